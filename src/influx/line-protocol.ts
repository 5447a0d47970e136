// Points as lines of InfluxDB's line protocol. What would break a line is replaced and never escaped: a newline in a tag
// has no safe spelling there (influxdata/influxdb#9966), and what follows it would become a point of somebody else's making.
// https://docs.influxdata.com/influxdb/v1/write_protocols/line_protocol_reference/

import { EXPORTED, type FieldType } from '../model/measurement.ts'
import { withoutInvisible } from '../model/text.ts'
import type { InfluxPoint } from './writer.ts'

/** Characters of a tag, and of a text that may come from a packet. */
const TEXT_CHARACTERS_MAX = 256
/** Characters of texts that we have written ourselves. */
const SENTENCE_CHARACTERS_MAX = 1_000
const SENTENCES: ReadonlySet<string> = new Set(['message', 'detail'])

/** The first and the last moment that an InfluxDB of version 1 takes; versions 2 and 3 take at least as many. */
const TIME_NS_MIN = -9_223_372_036_854_775_806n
const TIME_NS_MAX = 9_223_372_036_854_775_806n

/** A field with what it is. Integers are safe ones, floats are finite, and texts have no character that acts. */
export type CleanField =
  | { readonly name: string; readonly type: 'float' | 'integer'; readonly value: number }
  | { readonly name: string; readonly type: 'boolean'; readonly value: boolean }
  | { readonly name: string; readonly type: 'text'; readonly value: string }

/** A point that any serialiser makes one line of: names are ours, and no value breaks a line or is empty. */
export interface CleanPoint extends Pick<InfluxPoint, 'measurement' | 'timeNs'> {
  /** In the order of their names, in which InfluxDB keeps them. */
  readonly tags: readonly (readonly [name: string, value: string])[]
  readonly fields: readonly CleanField[]
}

/** The point as one line without its end; null where no field of it can be written. */
export function lineOf(point: InfluxPoint): string | null {
  const clean = cleanPoint(point)
  if (clean === null) return null
  const tags = clean.tags.map(([name, value]) => `,${name}=${value.replace(/[,= ]/g, '\\$&')}`)
  const fields = clean.fields.map(field => `${field.name}=${valueText(field)}`)
  return `${clean.measurement}${tags.join('')} ${fields.join(',')} ${clean.timeNs}`
}

/**
 * The point without what an InfluxDB refuses or misreads: tags and fields that its measurement has not got, empty tags,
 * fields of another type, numbers that are none, and integers that doubles do not hold. Null where no field is left, or
 * the moment is none that can be stored.
 */
export function cleanPoint({ measurement, tags, fields, timeNs }: InfluxPoint): CleanPoint | null {
  const { tags: names, fields: types } = EXPORTED[measurement]
  if (timeNs < TIME_NS_MIN || timeNs > TIME_NS_MAX) return null
  const cleanFields = Object.entries<FieldType>(types).flatMap(([name, type]) => {
    const field = cleanField(name, type, own(fields, name))
    return field === null ? [] : [field]
  })
  if (cleanFields.length === 0) return null
  const cleanTags = ['site', 'sensor', ...names].sort().flatMap(name => {
    const value = cleanTag(own(tags, name) ?? '')
    return value === '' ? [] : [[name, value] as const]
  })
  return { measurement, tags: cleanTags, fields: cleanFields, timeNs }
}

/** A backslash at its end would take the comma behind it into the tag (M5), so none stays. */
const cleanTag = (value: string): string =>
  withoutInvisible(shortened(value, TEXT_CHARACTERS_MAX), '_').replaceAll('\\', '_')

function cleanField(
  name: string,
  type: FieldType,
  value: number | boolean | string | undefined,
): CleanField | null {
  if (type === 'text') return typeof value === 'string' ? cleanText(name, value) : null
  if (type === 'boolean') return typeof value === 'boolean' ? { name, type, value } : null
  if (typeof value !== 'number') return null
  const number = type === 'integer' ? Math.round(value) : value
  const isWritable = type === 'integer' ? Number.isSafeInteger(number) : Number.isFinite(number)
  return isWritable ? { name, type, value: number } : null
}

function cleanText(name: string, value: string): CleanField {
  const most = SENTENCES.has(name) ? SENTENCE_CHARACTERS_MAX : TEXT_CHARACTERS_MAX
  return { name, type: 'text', value: withoutInvisible(shortened(value, most), '\ufffd') }
}

function valueText({ type, value }: CleanField): string {
  if (type === 'text') return `"${value.replace(/["\\]/g, '\\$&')}"`
  return type === 'integer' ? `${value}i` : String(value)
}

/** Counted in UTF-16 units; a pair that is cut leaves half of it, which is replaced then as any lone surrogate is. */
const shortened = (text: string, most: number): string =>
  text.length > most ? text.slice(0, most) : text

const own = <Value>(record: Readonly<Record<string, Value>>, name: string): Value | undefined =>
  Object.hasOwn(record, name) ? record[name] : undefined
