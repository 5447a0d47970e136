// The smallest parts of the configuration's schemas: pieces of text that readers turn into values,
// lists, and keys that may be left out.

import { z } from 'zod'
import { ROLES, ZONES } from '../model/inventory.ts'
import { ENTRIES_MAX } from './check.ts'
import { readName, readWord } from './readers.ts'
import type { Reading } from './reading.ts'

const TEXT_CHARACTERS_MAX = 2000

/** A piece of text that one of the readers turns into a value. */
export const read = <T>(reader: (text: string) => Reading<T>) =>
  text.transform((written, context): T => {
    const reading = reader(written)
    if ('value' in reading) return reading.value
    context.issues.push({ code: 'custom', message: reading.wrong, input: written })
    return z.NEVER
  })

export const text = z.string().min(1).max(TEXT_CHARACTERS_MAX)
export const word = <const T extends string>(noun: string, valid: readonly T[]) =>
  read(written => readWord(noun, valid, written))

/** A word, and in the schema of the file the list of those that there are. */
export const oneOf = <const T extends string>(noun: string, valid: readonly T[]) =>
  word(noun, valid).meta({ enum: [...valid] })

export const whole = (least: number, most: number) => z.int().min(least).max(most)

/** What a key means, for editors that show it. */
export const says = <S extends z.ZodType>(schema: S, description: string): S =>
  schema.meta({ description })

/** Absent, or given; null in the model where absent. */
export const orNull = <S extends z.ZodType>(schema: S) =>
  schema.optional().transform((value): z.output<S> | null => value ?? null)

export const list = <S extends z.ZodType>(item: S) => z.array(item).max(ENTRIES_MAX)

/** `role: web` is short for `role: [web]`. */
export const oneOrMany = <S extends z.ZodType>(item: S) => z.preprocess(asList, list(item).min(1))

const asList = (value: unknown): unknown =>
  Array.isArray(value) || value === undefined ? value : [value]

export const name = read(readName)
/** Zones that somebody can declare; the remaining one is for what nobody did. */
export const ownZone = word(
  'zone',
  ZONES.filter(known => known !== 'unknown-private'),
)
export const role = word('role', ROLES)
/** Lists whose entries are checked one by one, so that one bad entry hides none of the others. */
export const someEntries = list(z.unknown()).min(1)
export const entries = list(z.unknown()).default([])

export const apiVersion = z.literal('mpwatch/v1')
