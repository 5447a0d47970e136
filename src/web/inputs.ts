// What may stand in a request: strict, and bounded everywhere.

import { z } from 'zod'
import { SEVERITIES } from '../model/finding.ts'
import { MEASUREMENTS, type MeasurementName } from '../model/measurement.ts'
import { MS_MAX } from '../model/store.ts'

const STRING_MAX = 2000
const LIST_MAX = 100
const LIMIT_MAX = 10_000
/** Findings are large: so many are a few megabytes. */
const FINDINGS_MAX = 1000
const OFFSET_MAX = 10_000_000

const text = z.string().min(1).max(STRING_MAX)
const list = z.array(text).min(1).max(LIST_MAX)
const moment = z.int().min(-MS_MAX).max(MS_MAX)
export const findingId = z
  .string()
  .regex(/^f-[0-9a-f]{12}$/, 'must be f- and 12 hexadecimal digits')
const quietId = z.string().regex(/^[sm]-[0-9a-f]{1,64}$/, 'must be s- or m- and hexadecimal digits')

/** The words of a scope, each a list. */
export const scope = {
  ids: z.array(findingId).min(1).max(LIST_MAX).exactOptional(),
  rows: list.exactOptional(),
  verdicts: list.exactOptional(),
  reasons: list.exactOptional(),
  severities: z.array(z.enum(SEVERITIES)).min(1).max(LIST_MAX).exactOptional(),
  nodes: list.exactOptional(),
  sources: list.exactOptional(),
  destinations: list.exactOptional(),
}

const scopeInput = z.strictObject(scope)

const period = { fromMs: moment, toMs: moment }

const findingFilter = {
  ...scope,
  state: z.enum(['open', 'closed']).exactOptional(),
  sinceMs: moment.exactOptional(),
}

export const nothing = z.strictObject({})
export const countInput = z.strictObject(findingFilter)
export const findingsInput = z.strictObject({
  ...findingFilter,
  limit: z.int().min(1).max(FINDINGS_MAX),
  offset: z.int().min(0).max(OFFSET_MAX),
  // The first page begins behind `f-`, and the ids of a beginning behind that.
  afterId: z
    .string()
    .regex(/^f-[0-9a-f]{0,12}$/, 'must be f- and at most 12 digits')
    .exactOptional(),
})
export const periodInput = z.strictObject(period)
const limit = z.int().min(1).max(LIMIT_MAX)
export const eventsInput = z.strictObject({
  ...period,
  id: findingId.exactOptional(),
  afterNumber: z.int().min(0).exactOptional(),
  limit,
})
export const timelineInput = z.strictObject({ ...period, limit })
export const flowsInput = z.strictObject({
  ...period,
  verdicts: list.exactOptional(),
  rows: list.exactOptional(),
  limit,
})

const isMeasurement = (name: string): name is MeasurementName => Object.hasOwn(MEASUREMENTS, name)
export const pointsInput = z.strictObject({
  ...period,
  measurement: z
    .string()
    .max(STRING_MAX)
    .refine(isMeasurement, {
      error: `must be one of ${Object.keys(MEASUREMENTS).join(', ')}`,
    }),
  limit,
})

export const saidInput = z.strictObject({
  ids: z.array(findingId).min(1).max(LIST_MAX),
  author: text,
  comment: z.string().max(STRING_MAX),
})
export const quietInput = z.strictObject({
  scope: scopeInput,
  reason: text,
  author: text,
  fromMs: moment.nullable(),
  untilMs: moment,
})
export const endInput = z.strictObject({ id: quietId, author: text })
