// Bounds of what is remembered of Web Servers: the steps of a mode, and who tried the meeting room in vain.

import { expect } from 'vitest'
import { factsOf, KnownApp } from '../../src/model/app.ts'
import type { JudgedFlow } from '../../src/model/verdict.ts'
import { Tunnelled } from '../../src/watchers/tunnelled.ts'
import type { Watch } from '../../src/watchers/watcher.ts'
import { addressOf } from '../policy/builders.ts'
import { alternating } from '../policy/gwsim-turns.ts'
import { judged, policyOf } from '../support/judged.ts'
import { type BoundCase, numbersTo } from './case.ts'

export const MODE_BOUNDS: Readonly<Record<string, BoundCase>> = {
  'steps of the mode of a Web Server': (max = 0) => {
    expect(alternating(max)).toHaveLength(max)
    const more = alternating(max + 4)
    expect(more).toHaveLength(max)
    expect(more[0]?.sinceNs).toBeGreaterThan(0)
  },

  'failed tries of the meeting room, tunnels': (max = 0) => {
    const inTime = tunnelAfter(max / 2 - 1)
    expect(inTime).toBe(1)
    expect(tunnelAfter(max)).toBe(0)
  },
}

const BOTH = { client: true, server: true }
const RTMPT = new KnownApp('http', BOTH, factsOf({ isRtmpt: true }), 0, null)

/** How often a tunnel is told that follows a failed try with so many others in between. */
function tunnelAfter(others: number): number {
  let told = 0
  const watcher = new Tunnelled({ policy: policyOf([]), observe: () => told++ } as never as Watch)
  const by = (number: number, told: JudgedFlow): JudgedFlow => {
    const address = addressOf(`10.${number >> 16}.${(number >> 8) & 0xff}.${number & 0xff}`)
    return { ...told, flow: { ...told.flow, client: { address, port: 50_000 } } }
  }
  const failed = judged('enduser -> web-int-1 tcp/1627', 'misdropped I-30', { state: 'blocked' })
  const tunnel = judged('enduser -> web-int-1 tcp/80', 'permitted I-28')
  watcher.recordEnded(by(0, failed))
  for (const number of numbersTo(others)) watcher.recordEnded(by(1 + number, failed))
  const { flow, ...rest } = by(0, tunnel)
  watcher.recordEnded({ ...rest, flow: { ...flow, app: RTMPT } })
  return told
}
