// How long a cause lasts: from its first to its last member without a pause of ten minutes.

import { expect, test } from 'vitest'
import { type Episode, isLasting, withMember } from '../../src/findings/episode.ts'

const MINUTE_NS = 60e9

/** Members as pairs of first and last minute, in the order in which their flows ended. */
const lasts = (...members: readonly [first: number, last: number][]): boolean =>
  isLasting(
    members.reduce<Episode | null>(
      (episode, [first, last]) => withMember(episode, first * MINUTE_NS, last * MINUTE_NS),
      null,
    ),
  )

const cases: readonly [
  sentence: string,
  members: readonly [number, number][],
  expected: boolean,
][] = [
  ['one flow of sixteen minutes lasts', [[0, 16]], true],
  ['exactly fifteen minutes do not last', [[0, 15]], false],
  [
    'short flows eight minutes apart last',
    [
      [0, 0],
      [8, 8],
      [16, 16],
    ],
    true,
  ],
  [
    'short flows half an hour apart do not last',
    [
      [0, 0],
      [30, 30],
      [60, 60],
    ],
    false,
  ],
  [
    'an episode that lasted is not forgotten after a pause',
    [
      [0, 16],
      [60, 60],
    ],
    true,
  ],
  [
    'a flow that ends last may have begun first',
    [
      [10, 10],
      [0, 16],
    ],
    true,
  ],
  [
    'an old flow reported late does not bridge the pause',
    [
      [60, 61],
      [0, 1],
    ],
    false,
  ],
]

for (const [sentence, members, expected] of cases)
  test(sentence, () => {
    expect(lasts(...members)).toBe(expected)
  })
