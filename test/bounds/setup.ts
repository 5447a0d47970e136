// Bounds of setting an InfluxDB up.

import { createServer, type ServerResponse } from 'node:http'
import { expect } from 'vitest'
import { InfluxServer } from '../../src/influx/server.ts'
import { influxConfig } from '../influx/configs.ts'
import type { BoundCase } from './case.ts'

const QUESTION = { method: 'GET', path: '/', body: null } as const
const DRIP_MS = 50

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
}
