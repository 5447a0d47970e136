// Who talked to whom, against who may: the state of a pair of groups.

import { describe, expect, test } from 'vitest'
import type { MatrixCell } from '../../src/model/coverage.ts'
import { siteWithout } from '../policy/rows/site.ts'
import { coverageOf, type Story } from './telling.ts'

/** One host that has two roles gives its group the rows of both. */
const SITE = siteWithout('all-in-one')

async function cellOf(story: Story, pair: string): Promise<MatrixCell | undefined> {
  const { matrix } = await coverageOf({ site: SITE, ...story })
  return matrix.find(({ source, destination }) => `${source} -> ${destination}` === pair)
}

const EXCEPTED = `${SITE}exceptions:
  - {id: EX-1, row: unlisted, from: app, to: 203.0.113.9/32, l4: tcp/514, owner: noc, reason: "syslog, change 4411", expires: 2027-01-31}
`

describe('a pair is', () => {
  const cases: readonly (readonly [Story, pair: string, Partial<MatrixCell>])[] = [
    [
      { tell: ['admin -> app tcp/22 ssh', 'admin -> app tcp/443 tls'] },
      'admin@admin-net -> app@core',
      { state: 'allowed_seen', flows: 2, rows: ['I-01', 'I-02', 'I-04', 'I-09'] },
    ],
    [
      { tell: ['app -> dns udp/53 dns'] },
      'admin@admin-net -> app@core',
      { state: 'allowed_never_seen', flows: 0 },
    ],
    [
      { tell: ['external -> web-dmz tcp/443 tls'], sensor: 'dmz-span' },
      'admin@admin-net -> app@core',
      { state: 'not_seen_by_sensor', flows: 0 },
    ],
    [
      { tell: ['admin -> app tcp/22 ssh', 'admin -> app tcp/3389 opaque'] },
      'admin@admin-net -> app@core',
      { state: 'violating', flows: 2, violating: 1 },
    ],
    [
      { tell: ['admin -> app tcp/22 filtered'] },
      'admin@admin-net -> app@core',
      { state: 'violating', violating: 1 },
    ],
    [
      { tell: ['enduser -> app tcp/22 filtered'] },
      'enduser-int@user-net -> app@core',
      { state: 'refused', flows: 1, refused: 1, rows: [] },
    ],
    [
      { tell: ['admin -> app tcp/22 ssh', 'admin -> app tcp/3389 filtered'] },
      'admin@admin-net -> app@core',
      { state: 'allowed_seen', flows: 2, refused: 1 },
    ],
    [
      { tell: ['app -> external tcp/514 opaque'], site: EXCEPTED },
      'app@core -> external@internet',
      { state: 'tolerated', flows: 1, rows: [] },
    ],
    [
      { tell: ['admin -> app icmp/echo established'] },
      'admin@admin-net -> app@core',
      { state: 'tolerated', flows: 1, violating: 0 },
    ],
    [
      { tell: ['enduser -> webex 443 silent'] },
      'enduser-int@user-net -> webex@cloud',
      { state: 'undetermined', flows: 1, rows: ['W-01'] },
    ],
  ]
  for (const [story, pair, expected] of cases)
    test(`${expected.state}: ${story.tell.join('; ')}: ${pair}`, async () => {
      expect(await cellOf(story, pair)).toMatchObject(expected)
    })
})

test('only pairs that are allowed or were seen are listed, in order', async () => {
  const { matrix } = await coverageOf({ tell: ['admin -> app tcp/22 ssh'], site: SITE })
  const pairs = matrix.map(({ source, destination }) => `${source} ${destination}`)
  expect(pairs).toEqual(pairs.toSorted())
  expect(matrix.filter(({ flows, rows }) => flows === 0 && rows.length === 0)).toEqual([])
  expect(pairs).not.toContain('phone@user-net app@core')
})

test('the direction that a mode closes is not allowed', async () => {
  const site = SITE.split('\n')
    .filter(line => !/name: (web-dmz|web-normal|audio-dmz)/.test(line))
    .join('\n')
    .replace(', web-normal: normal', '')
  const cell = await cellOf({ tell: ['app -> dns udp/53 dns'], site }, 'web@dmz -> app@core')
  expect(cell?.rows).toEqual(['I-03', 'I-12', 'O-10'])
})
