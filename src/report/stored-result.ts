// A result that an earlier audit wrote with --json, read again. The file may come from anywhere: its form is
// checked, what is not needed is dropped, and its texts are still to be made visible where they are shown.

import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs'
import { z } from 'zod'
import { UsageError } from '../model/errors.ts'
import { SEVERITIES } from '../model/finding.ts'
import { RESULT_SCHEMA } from '../model/result.ts'
import { byText } from '../model/text.ts'

/** Far more than anybody can act on; beyond it the file is something else. */
const RESULT_BYTES_MAX = 268_435_456
const TEXT_MAX = 8192
const CAPTURES_MAX = 65_536
const EXAMPLES_MAX = 100

const text = z.string().max(TEXT_MAX)
const count = z.number().int().min(0)
const port = z.number().int().min(0).max(65_535)
const time = z.string().regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$/)
const hash = z.string().regex(/^sha256:[0-9a-f]{64}$/)

const place = z.object({ capture: text, frame: z.number().int().min(1).max(0x7fffffff) })

const example = z.object({
  ...{ src_ip: text, src_port: port, dest_ip: text, dest_port: port, proto: text },
  ...{ pkts_toserver: count, pkts_toclient: count },
  packet: place,
})

const finding = z.object({
  id: z.string().regex(/^f-[0-9a-f]{12}$/),
  severity: z.enum(SEVERITIES),
  ...{ verdict: text, reason: text.nullable(), title: text, row: text, members: count },
  examples: z.array(example).max(EXAMPLES_MAX),
  // Results of earlier versions have none.
  frames: z
    .array(z.object({ says: text, packet: place }))
    .max(EXAMPLES_MAX)
    .default([]),
})

const result = z.object({
  provenance: z.object({
    policy: z.object({ hash }),
    site: z.object({ hash }),
    captures: z
      .array(
        z.object({
          name: text,
          sha256: z
            .string()
            .regex(/^[0-9a-f]{64}$/)
            .nullable(),
        }),
      )
      .max(CAPTURES_MAX),
    from: z.iso.datetime({ offset: true }).nullable(),
    to: z.iso.datetime({ offset: true }).nullable(),
  }),
  observed: z.object({ first: time.nullable(), last: time.nullable() }),
  findings: z.array(finding),
})

export type StoredResult = z.infer<typeof result>
export type StoredFinding = z.infer<typeof finding>
export type StoredExample = z.infer<typeof example>

const AGAIN = 'Make one with mpwatch audit --json.'

/** @throws UsageError that says what the file is in place of an audit's result. */
export function readStoredResult(path: string): StoredResult {
  const value = parsed(path)
  const schema = schemaOf(value)
  if (schema === null)
    throw new UsageError(`${path}: is no result of mpwatch, which says its "schema". ${AGAIN}`)
  if (schema !== RESULT_SCHEMA)
    throw new UsageError(
      `${path}: is written by the schema ${schema}; this mpwatch reads ${RESULT_SCHEMA}. ${AGAIN}`,
    )
  if (isFlowCount(value))
    throw new UsageError(`${path}: is a flow count, in which nothing is judged. ${AGAIN}`)
  const { data, error } = result.safeParse(value)
  if (data !== undefined) return data
  const [issue] = (error?.issues ?? []).toSorted((left, right) =>
    byText(left.path.join('.'), right.path.join('.')),
  )
  throw new UsageError(
    `${path}: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'is damaged'}. ${AGAIN}`,
  )
}

function parsed(path: string): unknown {
  const json = contentOf(path)
  try {
    return JSON.parse(json)
  } catch {
    throw new UsageError(`${path}: is no JSON, or is cut short. ${AGAIN}`)
  }
}

function contentOf(path: string): string {
  let file: number | null = null
  try {
    file = openSync(path, 'r')
    const { size } = fstatSync(file)
    if (size > RESULT_BYTES_MAX)
      throw new Error(`has ${size} bytes, and ${RESULT_BYTES_MAX} are the most that is read`)
    return readFileSync(file, 'utf8')
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new UsageError(`${path}: cannot be read: ${why}. ${AGAIN}`)
  } finally {
    if (file !== null) closeSync(file)
  }
}

function schemaOf(value: unknown): string | null {
  if (typeof value !== 'object' || value === null || !('schema' in value)) return null
  const { schema } = value
  return typeof schema === 'string' && schema.startsWith('mpwatch/') ? schema : null
}

const isFlowCount = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && 'conclusion' in value && value.conclusion === null
