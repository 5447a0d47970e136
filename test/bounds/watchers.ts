// Bounds of what watchers remember of a segment: cards, VLANs and moves, as told by whoever claims an address.

import { expect } from 'vitest'
import { mac, overhear, servers } from '../watchers/overheard.ts'
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
}
