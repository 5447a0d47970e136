// How many routers a packet has passed, by what is left of its TTL.

import { expect, test } from 'vitest'
import { hopsOf } from '../../src/watchers/segment/hops.ts'

const CASES: readonly (readonly [ttl: number, hops: number | null])[] = [
  ...([
    [64, 0],
    [128, 0],
    [255, 0],
    [32, 0],
  ] as const),
  ...([
    [63, 1],
    [127, 1],
    [254, 1],
    [52, 12],
  ] as const),
  // Set for a purpose: a traceroute, or a packet that is not to leave the link.
  ...([
    [1, null],
    [5, null],
    [31, null],
    [33, null],
    [90, null],
    [200, null],
  ] as const),
]

for (const [ttl, hops] of CASES)
  test(`a TTL of ${ttl} has passed ${hops ?? 'nobody knows how many'} routers`, () => {
    expect(hopsOf(ttl)).toBe(hops)
  })
