// Bounds of what is remembered of connections between MeetingPlace servers.

import { expect } from 'vitest'
import { Connections } from '../../src/watchers/connections/connections.ts'
import { Rhythms } from '../../src/watchers/failover/rhythms.ts'
import { connectionOf } from '../watchers/placed.ts'
import { type BoundCase, numbersTo } from './case.ts'

const DAY_NS = 24 * 3600e9

export const FOLLOWED_BOUNDS: Readonly<Record<string, BoundCase>> = {
  'connections between servers followed': (max = 0, rest = 0) => {
    const told = { opened: 0, closed: 0, missed: 0 }
    const connections = new Connections(() => [
      {
        opened: () => void told.opened++,
        closed: () => void told.closed++,
        missed: count => {
          told.missed = count
        },
      },
    ])
    for (const flow of numbersTo(max + 1)) connections.connected(connectionOf(flow))
    expect(told).toEqual({ opened: max, closed: 0, missed: 0 })
    // Those that the kernel has forgotten meanwhile make room.
    connections.connected(connectionOf(max + 2, { timeNs: rest * 1e9 + 1e9 }))
    expect(told).toEqual({ opened: max + 1, closed: max, missed: 0 })
    connections.finish(0, DAY_NS)
    expect(told).toEqual({ opened: max + 1, closed: max + 1, missed: 1 })
  },

  'services of two nodes on which a heartbeat is looked for': (max = 0) => {
    const rhythms = new Rhythms('tcp/2008')
    const services = numbersTo(max + 1).map(port => `udp/${port}`)
    expect(services.filter(service => rhythms.of(service) !== null)).toHaveLength(max)
  },
}
