// Holds parts of a YAML file against schemas and turns every disagreement into a complaint at its
// place.

import { z } from 'zod'
import type { Complaints } from './complaints.ts'
import { noSuch } from './no-such.ts'
import { quoted } from './reading.ts'
import { lineAt, type Path, spotOf, type YamlFile } from './yaml.ts'

/** Most entries of one list: more than any site has, and few enough to compare each with each. */
export const ENTRIES_MAX = 4096

/** A file being checked and where its complaints go. */
export interface Desk {
  readonly file: YamlFile
  readonly complaints: Complaints
  /** How rows call the file: short, and the same on every machine. */
  readonly label: string
}

/** A value that fits its schema, and where it stands. */
export interface Entry<T> {
  readonly path: Path
  readonly value: T
}

/** Complains about the value at the path, or about its key. */
export function complain(
  desk: Desk,
  path: Path,
  message: string,
  part: 'value' | 'key' = 'value',
): void {
  const spot = spotOf(desk.file.root, path)
  desk.complaints.about(desk.file.source, part === 'key' ? spot.keyAt : spot.at, message)
}

/** `file:line` of the value at the path. */
export const whereOf = ({ file, label }: Desk, path: Path): string =>
  `${label}:${lineAt(file, path)}`

/** The file's value as its schema wants it; undefined, with complaints, where it does not fit. */
export function checkFile<S extends z.ZodType>(desk: Desk, schema: S): z.output<S> | undefined {
  return check(desk, [], desk.file.value, schema)
}

/**
 * The entries of the list at the path that fit, each with its place; complaints about the others.
 */
export function checkList<S extends z.ZodType>(
  desk: Desk,
  path: Path,
  schema: S,
): Entry<z.output<S>>[] {
  return rawList(desk, path).flatMap((raw, index) =>
    checkEntry(desk, [...path, index], raw, schema),
  )
}

/** The same for the values of a map whose keys are names. */
export function checkMap<S extends z.ZodType>(
  desk: Desk,
  path: Path,
  schema: S,
): ReadonlyMap<string, Entry<z.output<S>>> {
  const fitting = Object.entries(rawMap(desk, path)).flatMap(([key, raw]) =>
    checkEntry(desk, [...path, key], raw, schema).map(entry => [key, entry] as const),
  )
  return new Map(fitting)
}

/** The entry's value with the place by which reports call it. */
export const placed = <T extends object>(
  desk: Desk,
  { path, value }: Entry<T>,
): T & { where: string } => ({
  ...value,
  where: whereOf(desk, path),
})

/** What stands at the path, as it was written; an empty list where there is none. */
export function rawList(desk: Desk, path: Path): readonly unknown[] {
  const raw = rawAt(desk, path)
  return Array.isArray(raw) ? raw.slice(0, ENTRIES_MAX) : []
}

/** What stands at the path, as it was written; an empty map where there is none. */
export function rawMap(desk: Desk, path: Path): Readonly<Record<string, unknown>> {
  const raw = rawAt(desk, path)
  return isMapping(raw) ? raw : {}
}

export const isMapping = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** What an entry has under a key; undefined where it is no map. */
export const fieldOf = (raw: unknown, key: string): unknown =>
  isMapping(raw) ? raw[key] : undefined

const rawAt = (desk: Desk, path: Path): unknown =>
  path.reduce<unknown>((value, step) => fieldOf(value, String(step)), desk.file.value)

function checkEntry<S extends z.ZodType>(
  desk: Desk,
  path: Path,
  raw: unknown,
  schema: S,
): Entry<z.output<S>>[] {
  const value = check(desk, path, raw, schema)
  return value === undefined ? [] : [{ path, value }]
}

function check<S extends z.ZodType>(
  desk: Desk,
  path: Path,
  raw: unknown,
  schema: S,
): z.output<S> | undefined {
  const result = schema.safeParse(raw, { error: explain })
  if (result.success) return result.data
  for (const issue of result.error.issues) complainOf(desk, [...path, ...issue.path], issue)
  return undefined
}

function complainOf(desk: Desk, path: Path, issue: z.core.$ZodIssue): void {
  if (issue.code !== 'unrecognized_keys') complain(desk, path, issue.message)
  else
    for (const [index, message] of issue.message.split('\n').entries())
      complain(desk, [...path, issue.keys[index] ?? ''], message, 'key')
}

type Issue = Parameters<z.core.$ZodErrorMap>[0]

/** One sentence; for unknown keys one line each, in the order of the issue's keys. */
function explain(issue: Issue): string | undefined {
  switch (issue.code) {
    case 'invalid_type':
      return mistyped(issue.expected, issue.input, issue.path?.at(-1))
    case 'unrecognized_keys':
      return issue.keys.map(key => unknownKey(key, keysOf(issue.inst))).join('\n')
    case 'invalid_union':
      return ununited(issue)
    case 'invalid_value':
      return issue.input === undefined
        ? missing(issue.path?.at(-1))
        : `must be ${issue.values.map(String).join(' or ')}`
    case 'too_small':
      return issue.origin === 'number' ? `must be at least ${issue.minimum}` : 'must not be empty'
    case 'too_big':
      return `must be at most ${issue.maximum}${UNITS.get(issue.origin) ?? ''}`
    default:
      return undefined
  }
}

/** Keys under which people would write a secret. */
const SECRETS: readonly string[] = ['password', 'token', 'secret']

function unknownKey(key: string, keys: readonly string[]): string {
  const better = keys.filter(known => known === `${key}_file` || known === `${key}_env`)
  return SECRETS.includes(key) && better.length > 0
    ? `no secret stands in this file: name where it stands, with ${better.join(' or ')}`
    : noSuch('key', key, keys)
}

/** Of several shapes, one key says which it is; else one value of several is meant. */
function ununited(issue: Extract<Issue, { readonly code: 'invalid_union' }>): string | undefined {
  const { inst } = issue
  if (!(inst instanceof z.ZodDiscriminatedUnion)) return undefined
  const { discriminator, options } = inst.def
  const given = fieldOf(issue.input, discriminator)
  const valid = options.flatMap(option => [...(option._zod.propValues?.[discriminator] ?? [])])
  if (given === undefined) return missing(discriminator)
  return noSuch(discriminator, String(given), valid.map(String))
}

const UNITS: ReadonlyMap<string, string> = new Map([
  ['string', ' characters long'],
  ['array', ' entries long'],
])

const EXPECTED: ReadonlyMap<string, string> = new Map([
  ['string', 'text'],
  ['number', 'a number'],
  ['int', 'a whole number'],
  ['boolean', 'true or false'],
  ['array', 'a list'],
  ['object', 'a map of keys'],
  ['record', 'a map of keys'],
])

function mistyped(expected: string, input: unknown, key: PropertyKey | undefined): string {
  if (input === undefined) return missing(key)
  const quotes = expected === 'string' && typeof input === 'number' ? ': put it in quotes' : ''
  return `must be ${EXPECTED.get(expected) ?? expected}, not ${kindOf(input)}${quotes}`
}

const missing = (key: PropertyKey | undefined): string =>
  `the key ${quoted(String(key))} is missing`

function kindOf(value: unknown): string {
  if (value === null) return 'empty'
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object') return 'a map'
  return typeof value === 'string' ? `the text ${quoted(value)}` : `the ${typeof value} ${value}`
}

const keysOf = (schema: unknown): readonly string[] =>
  schema instanceof z.ZodObject ? Object.keys(schema.shape) : []
