// The proof of segmentation: what became of attempts on ports that are exposed to nobody, zone by zone.

import { describe, expect, test } from 'vitest'
import type { Barrier } from '../../src/model/coverage.ts'
import { SITE, siteWithout } from '../policy/rows/site.ts'
import { coverageOf, type Story } from './telling.ts'

async function barrierOf(story: Story, row: string, zone: string): Promise<Barrier | undefined> {
  const { segmentation } = await coverageOf(story)
  return segmentation.find(one => one.row === row && one.zone === zone)
}

describe('a port that is exposed to nobody, from the DMZ, is', () => {
  const cases: readonly (readonly [Story, Partial<Barrier>])[] = [
    [
      { tell: ['web-dmz -> app tcp/8080 filtered', 'web-dmz -> app tcp/8080 filtered'] },
      { state: 'stopped', stopped: 2, signatures: ['BS1'] },
    ],
    [{ tell: ['web-dmz -> app tcp/8080 refused'] }, { state: 'refused', refused: 1 }],
    [{ tell: ['web-dmz -> app tcp/8080 http'] }, { state: 'reached', reached: 1 }],
    // Where the sensor stands is not declared.
    [{ tell: ['web-dmz -> app tcp/8080 silent'] }, { state: 'unproven', unproven: 1 }],
    // Seen in the server's own zone: the filter let it through.
    [
      { tell: ['web-dmz -> app tcp/8080 silent'], sensor: 'core-span' },
      { state: 'reached', reached: 1 },
    ],
    [{ tell: ['app -> dns udp/53 dns'] }, { state: 'not_tried', signatures: [] }],
    // One that got through disproves what the others prove.
    [
      { tell: ['web-dmz -> app tcp/8080 filtered', 'web-dmz -> app tcp/8080 http'] },
      { state: 'reached', reached: 1, stopped: 1, signatures: ['BS1'] },
    ],
  ]
  for (const [story, expected] of cases)
    test(`${expected.state}: ${story.tell.join('; ')} (${story.sensor ?? 'no sensor'})`, async () => {
      expect(await barrierOf(story, 'I-08', 'dmz')).toMatchObject(expected)
    })
})

test('only rows that are exposed to nobody are listed, by row and zone', async () => {
  const { segmentation } = await coverageOf({ tell: ['app -> dns udp/53 dns'] })
  const places = segmentation.map(({ row, zone }) => `${row} ${zone}`)
  expect(places).toEqual(places.toSorted())
  expect(places.slice(0, 5)).toEqual([
    ...['I-05 admin-net', 'I-05 dmz', 'I-05 internet', 'I-05 user-net', 'I-07 admin-net'],
  ])
  expect(places.filter(place => /^(I-01|I-12|O-)/.test(place))).toEqual([])
})

test('a row that nobody could use is not listed', async () => {
  const story = { tell: ['app -> dns udp/53 dns'], site: siteWithout('role: lcs-gw,') }
  expect(await barrierOf(story, 'I-33', 'internet')).toBeUndefined()
})

test('nor is a zone in which a service of the row stands', async () => {
  const site = SITE.replace('address: 10.10.20.50}', 'address: 10.10.50.50}')
  expect(await barrierOf({ tell: ['app -> dns udp/53 dns'], site }, 'I-07', 'admin-net')).toBe(
    undefined,
  )
})
