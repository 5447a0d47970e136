// A store as months have left it: full of flows up to its quota, so that something goes for whatever comes now.

import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { FlowRow } from '../../src/model/live.ts'
import { openMetrics } from '../../src/store/metrics/metrics.ts'
import { Random } from '../bench/random.ts'

const ROWS_AT_ONCE = 20_000
const SEED = 7

/** Adds flows from before `untilMs` until the oldest of them have gone. */
export async function fillStore(store: string, bytesMax: number, untilMs: number): Promise<void> {
  mkdirSync(store, { recursive: true, mode: 0o700 })
  const metrics = await openMetrics(join(store, 'metrics'), { now: Date.now, bytesMax })
  const random = new Random(SEED)
  for (let at = 0; metrics.health().expired === 0; at += ROWS_AT_ONCE) {
    const flows = Array.from({ length: ROWS_AT_ONCE }, (_, row) => {
      // Years before, a second apart.
      const firstUs = (untilMs - 1e11 + (at + row) * 1000) * 1000
      return flowOf(firstUs, () => random.below(1e6))
    })
    metrics.add({ flows, points: [] })
    await metrics.flush()
  }
  await metrics.close()
}

const flowOf = (firstUs: number, some: () => number): FlowRow => ({
  ...{ firstUs, lastUs: firstUs + some(), sensor: 'core-span', transport: 'tcp', protocol: 6 },
  ...{ vlan: null, client: `10.77.${some() % 256}.${some() % 256}`, clientPort: some() % 65_536 },
  ...{ server: `10.10.20.${some() % 256}`, serverPort: 443, source: 'enduser-int' },
  ...{ destination: 'web-1', verdict: 'permitted', reason: 'row_matched', row: 'I-20' },
  ...{ app: 'tls', state: 'answered', packetsToServer: some(), packetsToClient: some() },
  ...{ bytesToServer: some(), bytesToClient: some() },
})
