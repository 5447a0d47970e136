// Goal: every point is exactly one line, whatever its texts are, and InfluxDB reads from it what was meant (M5, F30).

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { lineOf } from '../../src/influx/line-protocol.ts'
import type { InfluxPoint } from '../../src/influx/writer.ts'
import { EXPORTED } from '../../src/model/measurement.ts'
import { HOSTILE } from '../support/hostile.ts'
import { hasInfluxd, Influxd } from '../support/influxd.ts'

const blind = (
  tags: InfluxPoint['tags'],
  fields: InfluxPoint['fields'],
  timeNs = 1n,
): InfluxPoint => ({ measurement: 'mp_blind', tags, fields, timeNs })

const cases: Readonly<Record<string, readonly [InfluxPoint, string | null]>> = {
  'types and nanoseconds': [
    blind(
      { site: 'hq', sensor: 'dmz', iface: 'span0', cause: 'drops' },
      { ends_ms: 5, lasts: false, seconds: 0.25, detail: 'so' },
      1_772_446_500_000_000_001n,
    ),
    'mp_blind,cause=drops,iface=span0,sensor=dmz,site=hq ends_ms=5i,lasts=false,seconds=0.25,detail="so" 1772446500000000001',
  ],
  'what a tag escapes': [
    blind({ site: 'a b,c=d"e' }, { lasts: true }),
    'mp_blind,site=a\\ b\\,c\\=d"e lasts=true 1',
  ],
  'what a tag cannot hold': [
    blind({ site: 'a\n\u2028\\', iface: '' }, { lasts: true }),
    'mp_blind,site=a___ lasts=true 1',
  ],
  'what a text escapes, and what it cannot hold': [
    blind({}, { detail: 'a"b\\c\nd\u202e' }),
    'mp_blind detail="a\\"b\\\\c\ufffdd\ufffd" 1',
  ],
  'a tag and a field that nobody knows': [
    blind({ ip: '192.0.2.1' }, { lasts: true, evil: 1 }),
    'mp_blind lasts=true 1',
  ],
  'a field of another type': [
    blind({}, { lasts: 1, seconds: 'x', ends_ms: true, detail: 'd' }),
    'mp_blind detail="d" 1',
  ],
  'an integer that is none': [blind({}, { ends_ms: 1.6 }), 'mp_blind ends_ms=2i 1'],
  'an integer that is too large': [
    blind({}, { ends_ms: 2 ** 63, lasts: true }),
    'mp_blind lasts=true 1',
  ],
  'no number': [
    blind({}, { seconds: Number.NaN, ends_ms: Number.POSITIVE_INFINITY, lasts: true }),
    'mp_blind lasts=true 1',
  ],
  'no field': [blind({ site: 'hq' }, { seconds: Number.NaN }), null],
  'a moment beyond 64 bits': [blind({}, { lasts: true }, 2n ** 63n), null],
  'a property of everything': [
    blind(JSON.parse('{"__proto__": "x"}'), JSON.parse('{"__proto__": 1, "lasts": true}')),
    'mp_blind lasts=true 1',
  ],
}

describe('lines', () => {
  test.each(Object.entries(cases))('%s', (_, [point, line]) => {
    expect(lineOf(point)).toBe(line)
  })

  test('texts are cut: those that may come from a packet at 256, our own sentences at 1,000', () => {
    const [title, tag] = ['t'.repeat(5_000), 'r'.repeat(5_000)]
    const fields = { message: title, src_ip: title }
    expect(lineOf({ measurement: 'mp_violation', tags: { row: tag }, fields, timeNs: 1n })).toBe(
      `mp_violation,row=${'r'.repeat(256)} src_ip="${'t'.repeat(256)}",message="${'t'.repeat(1_000)}" 1`,
    )
  })
})

/** Anything: real names and others, and texts of whatever somebody may think of. */
const anyText = fc.oneof(
  fc.constantFrom(...HOSTILE),
  fc.string({ unit: 'binary' }),
  fc.array(fc.integer({ min: 0, max: 0xffff })).map(units => String.fromCharCode(...units)),
)
const anyPoint: fc.Arbitrary<InfluxPoint> = fc
  .constantFrom(...(Object.keys(EXPORTED) as (keyof typeof EXPORTED)[]))
  .chain(measurement => {
    const { tags, fields } = EXPORTED[measurement]
    const value = fc.oneof(anyText, fc.double(), fc.integer(), fc.boolean())
    return fc.record({
      measurement: fc.constant(measurement),
      tags: fc.dictionary(fc.oneof(fc.constantFrom('site', 'sensor', ...tags), anyText), anyText),
      fields: fc.dictionary(fc.oneof(fc.constantFrom(...Object.keys(fields)), anyText), value),
      timeNs: fc.bigInt({ min: -(2n ** 64n), max: 2n ** 64n }),
    })
  })

test('any points are as many lines as there are points with a field', () => {
  fc.assert(
    fc.property(fc.array(anyPoint, { maxLength: 20 }), points => {
      const lines = points.flatMap(point => lineOf(point) ?? [])
      // No line has an end within it, nor does it begin as a comment or another measurement would.
      expect(lines.join('\n').split(/[\r\n\u0085\u2028\u2029]/).length || 1).toBe(lines.length || 1)
      for (const line of lines) expect(line).toMatch(/^mp_[a-z]+[, ]/)
    }),
    { numRuns: 2_000, seed: 8 },
  )
})

test.runIf(hasInfluxd)(
  'InfluxDB reads from hostile points what was meant, and nothing else',
  async () => {
    const influxd = await Influxd.begin()
    await influxd.query('CREATE DATABASE hostile')
    const lines = HOSTILE.map((text, index) =>
      lineOf({
        measurement: 'mp_violation',
        tags: { site: 'hq', row: text, reason: text },
        fields: { src_ip: text, message: text, count: index },
        timeNs: BigInt(index),
      }),
    )
    const body = lines.join('\n')
    const { status } = await fetch(`${influxd.url}/write?db=hostile`, { method: 'POST', body })
    expect(status).toBe(204)
    expect((await influxd.query('SHOW MEASUREMENTS', 'hostile'))[0]?.values).toEqual([
      ['mp_violation'],
    ])
    const [series] = await influxd.query('SELECT * FROM mp_violation ORDER BY time', 'hostile')
    const column = (name: string) => {
      const at = series?.columns.indexOf(name) ?? -1
      return series?.values.map(row => row[at])
    }
    const rule = (text: string, by: string, most: number) =>
      text.slice(0, most).replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, by)
    const tags = HOSTILE.map(text => rule(text, '_', 256).replaceAll('\\', '_'))
    expect(column('row')).toEqual(tags)
    expect(column('reason')).toEqual(tags)
    expect(column('src_ip')).toEqual(HOSTILE.map(text => rule(text, '\ufffd', 256)))
    expect(column('message')).toEqual(HOSTILE.map(text => rule(text, '\ufffd', 1_000)))
    expect(column('count')).toEqual(HOSTILE.map((_, index) => index))
  },
)

const DAY_NS = 86_400_000_000_000n

test.runIf(hasInfluxd)('InfluxDB takes whatever is made of any points', async () => {
  const influxd = await Influxd.begin()
  await influxd.query('CREATE DATABASE anything')
  // Within one day, since influxd makes a shard for each week.
  const points = fc
    .sample(anyPoint, { numRuns: 5_000, seed: 8 })
    .map(point => ({ ...point, timeNs: ((point.timeNs % DAY_NS) + DAY_NS) % DAY_NS }))
  const lines = points.flatMap(point => lineOf(point) ?? [])
  const body = lines.join('\n')
  const response = await fetch(`${influxd.url}/write?db=anything`, { method: 'POST', body })
  expect([response.status, await response.text()]).toEqual([204, ''])
  const measurements = await influxd.query('SHOW MEASUREMENTS', 'anything')
  for (const [name] of measurements[0]?.values ?? []) expect(EXPORTED).toHaveProperty(String(name))
})
