// Bounds of what watchers remember of a segment: cards, VLANs and moves, as told by whoever claims an address.

import { expect } from 'vitest'
import type { Observation } from '../../src/model/observation.ts'
import { Inventory } from '../../src/policy/inventory.ts'
import { MissingConnections } from '../../src/watchers/missing-connections.ts'
import { node, site } from '../policy/builders.ts'
import { policyOf } from '../support/judged.ts'
import { mac, overhear, servers } from '../watchers/overheard.ts'
import { connectionOf } from '../watchers/placed.ts'
import { type BoundCase, numbersTo } from './case.ts'

const SPREAD = servers({
  'app-a': { macs: [mac('A')] },
  'app-b': { macs: [mac('B')], site: 'north' },
})

export const WATCHER_BOUNDS: Readonly<Record<string, BoundCase>> = {
  'cards of a node, VLANs of the shared address, moves of it': (
    cards = 0,
    vlans = 0,
    moves = 0,
  ) => {
    const cardsTold = numbersTo(cards + 9).map(
      number => `${number} 02:66:00:00:00:${(16 + number).toString(16)} asks as app-a`,
    )
    expect(overhear(servers(), ...cardsTold).observations).toHaveLength(cards - 1)

    const vlansTold = numbersTo(vlans + 9).map(vlan => `${vlan} A sends as vip vlan ${1 + vlan}`)
    expect(overhear(SPREAD, ...vlansTold).observations).toHaveLength(vlans - 1)

    const moved = (count: number) =>
      overhear(
        SPREAD,
        ...numbersTo(count).map(turn => `${100 * turn} ${'AB'[turn % 2]} sends as vip`),
      )
    const first = (count: number) => moved(count).segment.active.activeNode(1e9)
    expect([first(moves), first(moves + 1)]).toEqual(['app-a', null])
  },

  'absences of a statement at a Web Server that wait to be told': (max = 0, waitSeconds = 0) => {
    const windows = max + 4
    const many = missing()
    for (const seconds of numbersTo(60 * windows + 1)) many.inUse(seconds)
    expect([60 * windows < waitSeconds, many.told]).toEqual([true, []])
    many.watcher.finish()
    expect(many.told).toHaveLength(max)
    expect(many.told.at(-1)).toMatchObject({ firstNs: (max - 1) * 60e9, lastNs: windows * 60e9 })

    const one = missing()
    for (const seconds of numbersTo(61)) one.inUse(seconds)
    for (const seconds of numbersTo(waitSeconds + 1)) one.watcher.tick((60 + seconds) * 1e9)
    expect(one.told).toEqual([])
    one.watcher.tick((61 + waitSeconds) * 1e9)
    expect(one.told).toMatchObject([{ firstNs: 0, lastNs: 60e9 }])
  },
}

/** A Web Server whose 61004 is in use all the while, and nobody opens 5003: absences of a minute each. */
function missing() {
  const told: Observation[] = []
  const declared = site({ nodes: [node('web-1 web 10.10.20.21'), node('app-a app 10.10.20.11')] })
  const inventory = new Inventory(declared, [])
  const limit = { id: 'S-01', on: [], metric: 'missing_window_s', value: 60, where: '' }
  const watcher = new MissingConnections({
    ...{ site: declared, policy: { ...policyOf([]), limits: [limit] }, sees: null },
    place: address => inventory.place(address),
    isVisible: () => true,
    modeOf: () => undefined,
    sensors: [],
    sinceEpochNs: unixSeconds => unixSeconds * 1e9,
    timeText: ns => `${ns}`,
    observe: observation => void told.push(observation),
    measure: () => {},
    kept: () => {},
    blind: () => {},
  })
  const inUse = (seconds: number): void => {
    watcher.connected(connectionOf(1, { timeNs: seconds * 1e9 }))
    watcher.tick(seconds * 1e9)
  }
  return { told, watcher, inUse }
}
