// Bounds of what is kept for the time series of the Application Servers.

import { expect } from 'vitest'
import { Holders } from '../../src/watchers/segment/holders.ts'
import { type BoundCase, numbersTo } from './case.ts'

export const STANDING_BOUNDS: Readonly<Record<string, BoundCase>> = {
  'cards with which a shared address was heard lately': (max = 0) => {
    const holders = new Holders((one, other) => one === other)
    for (const number of numbersTo(max + 5)) {
      holders.heard(`card ${number}`, number)
      // The one that goes on to be heard stays.
      holders.heard('card 0', number)
    }
    const now = { fromNs: 0, toNs: max + 5 }
    expect(holders.countSince(now, null)).toBe(max)
    expect(holders.countSince(now, 'card 0')).toBe(max)
    expect(holders.countSince(now, 'card 1')).toBe(max + 1)
  },
}
