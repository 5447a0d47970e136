// Goal: what the writer of version 2 sends is understood by a real server that takes such requests. It has no token, no
// buckets and no texts: what InfluxDB 2 answers beyond 204 is shown by answers.test.ts alone.

import { describe, expect, test } from 'vitest'
import { hasVictoriaMetrics, VictoriaMetrics } from '../support/victoria-metrics.ts'
import { pointsOf, writerFor } from './writers.ts'

const POINTS = 5_000
const LONG_MS = 60_000

describe.runIf(hasVictoriaMetrics)('VictoriaMetrics', { timeout: LONG_MS }, () => {
  test('every point arrives, once', async () => {
    const server = await VictoriaMetrics.begin()
    const writer = writerFor({ url: server.url, version: 2, org: 'acme' }, { secret: 'token' })
    // A millisecond apart, since it knows no finer times.
    const points = pointsOf(POINTS).map((point, index) => ({
      ...point,
      timeNs: 1_772_446_500_000_000_000n + BigInt(index) * 1_000_000n,
    }))
    expect(await writer.write(points)).toEqual({ status: 204, text: '', retryAfterMs: null })
    const [flows, ...more] = await server.exported('mp_flow_flows')
    expect(more).toEqual([])
    expect(flows?.metric).toMatchObject({ __name__: 'mp_flow_flows', row: 'I-01', l4: 'tcp' })
    expect(flows?.values).toEqual(points.map((_, index) => index))
    expect(flows?.timestamps[1]).toBe(1_772_446_500_001)
    process.stderr.write(`VictoriaMetrics: ${POINTS} sent, ${flows?.values.length} stored\n`)
    const [bytes] = await server.exported('mp_flow_bytes_ab')
    expect(bytes?.values.at(-1)).toBe(POINTS)
  })

  test('ended it refuses', async () => {
    const server = await VictoriaMetrics.begin()
    const writer = writerFor({ url: server.url, version: 2, org: 'acme' })
    expect((await writer.write(pointsOf(1))).status).toBe(204)
    await server.remove()
    expect((await writer.write(pointsOf(1))).status).toBe(0)
    expect(await writer.createDatabase()).toBe(false)
  })
})
