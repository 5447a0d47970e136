// Bounds of setting an InfluxDB up.

import { createServer, type ServerResponse } from 'node:http'
import { expect } from 'vitest'
import { continuousQueries } from '../../src/influx/influxql-downsampling.ts'
import { InfluxServer } from '../../src/influx/server.ts'
import { refine, setUp } from '../../src/influx/setup.ts'
import { influxConfig } from '../influx/configs.ts'
import { hasInfluxd, Influxd } from '../support/influxd.ts'
import { type BoundCase, numbersTo } from './case.ts'

const QUESTION = { method: 'GET', path: '/', body: null } as const
const DRIP_MS = 50
const NOON_MS = Date.UTC(2026, 2, 2, 12)

/** What becomes of a question whose answer is so long, or never ends. */
async function asked(answer: (response: ServerResponse) => void, timeoutMs?: number) {
  const server = createServer((_, response) => answer(response))
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
  try {
    return await new InfluxServer(influxConfig(url), null, timeoutMs).ask(QUESTION)
  } finally {
    server.close().closeAllConnections()
  }
}

export const SETUP_BOUNDS: Readonly<Record<string, BoundCase>> = {
  'answer of an InfluxDB that is set up': async (bytes = 0, seconds = 0) => {
    const { text } = await asked(response => response.end('x'.repeat(bytes)))
    expect(text).toHaveLength(bytes)
    await expect(asked(response => response.end('x'.repeat(bytes + 1)))).rejects.toThrow(
      'too large',
    )
    const beganMs = performance.now()
    const dripping = (response: ServerResponse) => {
      const drip = setInterval(() => response.write('.'), DRIP_MS)
      response.on('close', () => clearInterval(drip))
    }
    await expect(asked(dripping)).rejects.toThrow('it does not answer')
    expect(performance.now() - beganMs).toBeGreaterThanOrEqual(seconds * 1000 - 100)
  },

  'points of findings, of blind intervals that are copied of a series and ten minutes': async (
    max = 0,
  ) => {
    const copies = continuousQueries('mpwatch').filter(({ text }) => text.includes('top('))
    expect(copies.map(({ measurement }) => measurement)).toEqual(['mp_violation', 'mp_blind'])
    for (const { text } of copies) expect(text).toMatch(new RegExp(`top\\("\\w+", ${max}\\)`))
    if (!hasInfluxd) return
    const influxd = await Influxd.begin()
    const config = influxConfig(influxd.url, { keepDays: 0, keepLongDays: 0 })
    for await (const _ of setUp(config, null));
    const body = numbersTo(max + 9)
      .map(
        at => `mp_violation,row=I-01 members=${at}i ${BigInt(NOON_MS) * 1_000_000n + BigInt(at)}`,
      )
      .join('\n')
    const written = await fetch(`${influxd.url}/write?db=mpwatch`, { method: 'POST', body })
    expect(written.status).toBe(204)
    await refine(config, null, { fromMs: NOON_MS, toMs: NOON_MS + 1 })
    const [copied] = await influxd.query(
      'SELECT count(members), min(members) FROM "long".mp_violation',
      'mpwatch',
    )
    expect(copied?.values[0]?.slice(1)).toEqual([max, 9])
  },
}
