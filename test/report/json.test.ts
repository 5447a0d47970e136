import { expect, test } from 'vitest'
import type { Result } from '../../src/model/result.ts'
import { writeJson } from '../../src/report/json.ts'
import {
  sampleCoverage,
  sampleLedger,
  sampleReportedFinding,
  sampleResult,
} from '../support/samples.ts'
import { complaints } from '../support/schemas.ts'
import { measuredHour } from './quality-story.ts'

/** The same value with the keys of every object the other way round. */
function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).toReversed()
  return Object.fromEntries(entries.map(([key, inner]) => [key, reversed(inner)]))
}

const parsed = (result: Result): Result => JSON.parse(writeJson(result))

test('the report fits its schema', () => {
  expect(complaints('result', parsed(sampleResult()))).toEqual([])
})

test('coverage fits its schema, and nothing else does', () => {
  const result = sampleResult({ coverage: sampleCoverage() })
  expect(complaints('result', parsed(result))).toEqual([])
  expect(parsed(result)).toEqual(result)
  const extra = { ...sampleCoverage(), extra: 1 }
  expect(complaints('result', { ...result, coverage: extra })).not.toEqual([])
})

test('a flow count fits the schema too', () => {
  const { provenance } = sampleResult()
  const count = sampleResult({
    provenance: { ...provenance, policy: null, site: null },
    conclusion: null,
    findings: [],
    ledger: sampleLedger({ verdicts: null, findings: null }),
  })
  expect(complaints('result', parsed(count))).toEqual([])
})

test('the schema refuses what nobody described', () => {
  expect(complaints('result', { ...sampleResult(), extra: 1 })).toEqual([
    ' must NOT have additional properties',
  ])
})

test('nothing is lost on the way', () => {
  expect(parsed(sampleResult())).toEqual(sampleResult())
})

test('a series stands on one line, and a text that looks like one stays as it is', () => {
  const quality = measuredHour().report(100, 0)
  const [pair] = quality.pairs
  const lines = writeJson(sampleResult({ quality })).split('\n')
  const series = lines.find(line => line.includes('"p95_series": ['))
  expect(series?.trim()).toBe(
    `"p95_series": [${pair?.round_trip.p95_series.join(', ')}]${series?.endsWith(',') ? ',' : ''}`,
  )
  const odd = sampleResult({
    quality,
    findings: [sampleReportedFinding({ title: '[\n  1,\n  2\n]' })],
  })
  expect(parsed(odd)).toEqual(odd)
})

test('the bytes do not depend on how the result was put together', () => {
  const result = sampleResult()
  expect(writeJson(reversed(result) as Result)).toBe(writeJson(result))
})

test('the report begins with its schema and ends with a newline', () => {
  const text = writeJson(sampleResult())
  expect(text.slice(0, 36)).toBe('{\n  "schema": "mpwatch/result/1",\n  ')
  expect(text.endsWith('}\n')).toBe(true)
})

test('findings stand worst first, then by time, then by id', () => {
  const low = sampleReportedFinding({ id: 'f-000000000001', severity: 'low' })
  const late = sampleReportedFinding({
    id: 'f-000000000002',
    first: '2026-03-03T00:00:00.000000000Z',
  })
  const early = sampleReportedFinding({ id: 'f-000000000004' })
  const twin = sampleReportedFinding({ id: 'f-000000000003' })
  const { findings } = parsed(sampleResult({ findings: [low, late, early, twin] }))
  expect(findings.map(({ id }) => id)).toEqual([
    'f-000000000003',
    'f-000000000004',
    'f-000000000002',
    'f-000000000001',
  ])
})

test('what was not judged stands by kind, then by subject', () => {
  const entry = { count: 1, reason: 'Not seen.', incomplete: false }
  const list = [
    { kind: 'undetermined', subject: 'I-12', ...entry },
    { kind: 'undetermined', subject: 'I-06', ...entry },
    { kind: 'damage', subject: 'office.pcap', ...entry },
  ]
  const { not_judged } = parsed(sampleResult({ not_judged: list }))
  expect(not_judged.map(({ kind, subject }) => `${kind} ${subject}`)).toEqual([
    'damage office.pcap',
    'undetermined I-06',
    'undetermined I-12',
  ])
})

test('a hostile name survives in JSON without acting on a terminal', () => {
  const name = '\u001b[2J\u009b\u202e\u007f.pcap'
  const finding = sampleReportedFinding({ source: name })
  const text = writeJson(sampleResult({ findings: [finding] }))
  expect(text).toContain('"source": "\\u001b[2J\\u009b\\u202e\\u007f.pcap"')
  expect(JSON.parse(text).findings[0].source).toBe(name)
})
