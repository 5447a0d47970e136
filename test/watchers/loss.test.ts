// S-08: which losses between a Web Server and an Application Server make a finding. Borders first: the right
// verdict on both sides of 1 %, of 200 packets, of 0.1 % that the sensor lost, of two windows.

import { describe, expect, test } from 'vitest'
import type { SegmentCounts } from '../../src/model/quality.ts'
import { Loss } from '../../src/watchers/quality/loss.ts'
import { linkOf, Measures, segments } from './measures.ts'

const FETCH = linkOf('web-1 app-a 61004')
const REVERSED = linkOf('app-a web-1 5003')
const LOSS = 'degraded:loss app-a > web-1'

const loss = (): Measures => new Measures(watch => new Loss(watch, () => null))

/** What app-a sends in each minute from the beginning on. */
function minutes(...counts: readonly Partial<SegmentCounts>[]): Measures {
  const told = loss()
  for (const [index, one] of counts.entries()) told.sent(60 * (index + 1), FETCH, 'server', one)
  return told
}
const twice = (counts: Partial<SegmentCounts>): Measures => minutes(counts, counts).end(180)

describe('the limit', () => {
  const cases: Readonly<Record<string, readonly [Partial<SegmentCounts>, readonly string[]]>> = {
    '1.05 % is a breach': [{ segments: 2000, lost: 21 }, [LOSS]],
    '0.95 % is none': [{ segments: 2000, lost: 19 }, []],
    '1.00 % is none': [{ segments: 2000, lost: 20 }, []],
    '7 of 700 is 1 % and none': [{ segments: 700, lost: 7 }, []],
    'segments that never came to the sensor were sent too, 20 of 2,000': [
      { segments: 1980, lost: 20, lostBefore: 20 },
      [],
    ],
    'and 20 of 1,999': [{ segments: 1979, lost: 20, lostBefore: 20 }, [LOSS]],
    '3 of 200 is a breach': [{ segments: 200, lost: 3 }, [LOSS]],
    '199 are not judged, whatever is lost': [{ segments: 199, lost: 199 }, []],
    '200 are, with those that never came to the sensor': [
      { segments: 197, lost: 3, lostBefore: 3 },
      [LOSS],
    ],
    'retransmissions that nobody needed are no loss': [
      {
        segments: 2000,
        lost: 0,
        retransmissions: { total: 90, fast: 0, timeout: 0, spurious: 90 },
      },
      [],
    ],
    'what the sensor lost is no loss': [{ segments: 2000, lost: 0, captureGaps: 1000 }, []],
  }
  for (const [name, [counts, said]] of Object.entries(cases))
    test(name, () => expect(twice(counts).said).toEqual(said))
})

describe('capture loss', () => {
  const lossy = { segments: 9990, lost: 500 }
  test('of 0.1 % hides the path, and says so', () => {
    const told = twice({ ...lossy, captureGaps: 10 })
    expect([told.said, told.kept]).toEqual([[], []])
    expect(told.blind[0]).toBe(
      'The sensor missed 10 of 10,000 segments between app-a and web-1 (0.10 %), so that nobody can tell what the path lost.',
    )
  })
  test('of 0.09 % does not', () => {
    expect(twice({ ...lossy, captureGaps: 9 }).said).toEqual([LOSS])
  })
  test('counts both ways: what the other side sent is missed by the same sensor', () => {
    const told = loss()
    for (const to of [60, 120]) {
      told.sent(to, FETCH, 'server', lossy)
      told.sent(to, FETCH, 'client', { segments: 100, captureGaps: 12 })
    }
    expect(told.end(180).said).toEqual([])
  })
  test('neither opens nor continues', () => {
    const blind = { ...lossy, captureGaps: 400 }
    expect(minutes(lossy, blind, lossy).end(240).said).toEqual([])
    expect(minutes(lossy, lossy, blind, lossy, lossy).end(360).said).toEqual([LOSS, LOSS])
  })
  for (const pct of [0.1, 1, 5, 50])
    test(`of ${pct} % makes no finding out of a path that loses nothing`, () => {
      const captureGaps = Math.ceil((10_000 * pct) / 100)
      expect(twice({ segments: 10_000 - captureGaps, captureGaps }).said).toEqual([])
    })
})

describe('windows', () => {
  const lossy = { segments: 1000, lost: 50 }
  const clean = { segments: 1000 }
  const few = { segments: 150, lost: 50 }
  const cases: Readonly<
    Record<string, readonly [counts: readonly Partial<SegmentCounts>[], said: readonly string[]]>
  > = {
    'one above is none': [[lossy, clean, clean], []],
    'one at the end is none': [[clean, clean, lossy], []],
    'two are': [[clean, lossy, lossy], [LOSS]],
    'two that do not follow one another are not': [[lossy, clean, lossy], []],
    'nor two around one that is too small to judge': [[lossy, few, lossy], []],
    'a third is the same going on': [
      [lossy, lossy, lossy],
      [LOSS, `+ ${LOSS}`],
    ],
    'two more after a good one are another case': [
      [lossy, lossy, clean, lossy, lossy],
      [LOSS, LOSS],
    ],
  }
  for (const [name, [counts, said]] of Object.entries(cases))
    test(name, () => {
      expect(minutes(...counts).end(60 * counts.length + 60).said).toEqual(said)
    })

  test('take in every ten seconds of all connections of the pair', () => {
    const told = loss()
    for (let to = 10; to <= 120; to += 10) {
      told.sent(to, FETCH, 'server', { segments: 30, lost: 1 })
      told.sent(to, REVERSED, 'client', { segments: 10, lost: 0 })
    }
    expect(told.end(180).said).toEqual([LOSS])
    expect(told.observations[0]?.why[0]).toMatch(/^12 of 480 segments from app-a to web-1 /)
  })

  test('hold each direction by itself', () => {
    const told = loss()
    for (const to of [60, 120]) {
      told.sent(to, FETCH, 'server', { segments: 1000 })
      told.sent(to, FETCH, 'client', { segments: 1000, lost: 15 })
    }
    expect(told.end(180).said).toEqual(['degraded:loss web-1 > app-a'])
  })

  test('are not judged where a part of one ends the capture', () => {
    const told = minutes(clean, clean).sent(170, FETCH, 'server', lossy).end(175)
    expect(told.said).toEqual([])
    expect(told.kept).toEqual([60, 120])
    expect(told.rows.map(({ fields }) => `${fields['lost']} ${fields['judged']}`)).toEqual([
      ...['0 true', '0 true', '50 false'],
    ])
  })
})

describe('a capture that is shorter than two windows is judged as one', () => {
  test('above', () => {
    const told = loss()
      .sent(60, FETCH, 'server', { segments: 150, lost: 3 })
      .sent(100, FETCH, 'server', { segments: 150, lost: 3 })
      .end(100, 5)
    expect(told.said).toEqual([LOSS])
    expect(told.observations[0]).toMatchObject({
      ...{ firstNs: 5e9, lastNs: 100e9, confidence: 'probable' },
    })
    expect(told.observations[0]?.why[0]).toBe(
      '6 of 300 segments from app-a to web-1 were lost from 5 s to 100 s, 2.00 %: judged as one window, since it is shorter than two.',
    )
  })
  test('within', () => {
    const told = loss()
      .sent(60, FETCH, 'server', { segments: 400, lost: 8 })
      .sent(100, FETCH, 'server', { segments: 500, lost: 0 })
      .end(100)
    expect([told.said, told.kept]).toEqual([[], [100]])
  })
  test('also where it ends within the first', () => {
    const lossy = { segments: 200, lost: 3 }
    expect(loss().sent(30, FETCH, 'server', lossy).end(30).said).toEqual([LOSS])
  })
  test('and with 199 packets not at all', () => {
    const told = loss().connected(FETCH)
    told.sent(60, FETCH, 'server', { segments: 100, lost: 50 })
    told.sent(90, FETCH, 'server', { segments: 99, lost: 50 }).end(90)
    expect([told.said, told.kept]).toEqual([[], []])
    expect(told.blind).toEqual([
      'No 60 s of any direction between Web Server and Application Server had 200 segments, which it takes to judge; the most were 199.',
    ])
  })
  test('even where whole minutes of the clock lie in it', () => {
    // From 0:55 to 2:20, with two whole windows that are judged in longer captures.
    const told = loss().from(55)
    told.sent(60, FETCH, 'server', { segments: 300, lost: 30 })
    told.sent(120, FETCH, 'server', { segments: 300, lost: 30 })
    told.sent(140, FETCH, 'server', { segments: 9000, lost: 0 })
    expect(told.end(140, 55).said).toEqual([])
  })
})

describe('a finding', () => {
  const lossy = {
    ...{ segments: 10_000, lost: 310, lostBefore: 100 },
    retransmissions: { total: 330, fast: 290, timeout: 20, spurious: 20 },
  }
  test('says how many of how many, by what, and where', () => {
    const [observation] = twice(lossy).observations
    expect(observation).toMatchObject({
      ...{ verdict: 'degraded', reason: 'loss', row: 'S-08', confidence: 'confirmed' },
      ...{ service: 'tcp/61004', firstNs: 1e9, lastNs: 120e9, goesOn: false },
      title: 'More than 1 % of what app-a sends to web-1 is lost',
    })
    expect(observation?.fix).toContain('between the sensor and web-1')
    expect(observation?.why).toEqual([
      '620 of 20,200 segments from app-a to web-1 were lost from 1 s to 120 s, 3.07 %: 2 windows of 60 s in a row, each above 1 %.',
      'Known from what TCP sent again: 580 after duplicate acknowledgements, 40 after a time-out, 40 for nothing, which count as no loss.',
      '200 were lost between app-a and the sensor, 420 between the sensor and web-1.',
      'The sensor itself missed 0 of 20,000 segments both ways.',
    ])
  })
  test('says that it is a lower bound where much was lost before the sensor', () => {
    const before = { segments: 9700, lost: 300, lostBefore: 300 }
    const [observation] = twice(before).observations
    expect(observation?.why[0]).toContain(' 3.00 % at the least: ')
    expect(observation?.why[2]).toContain('so there were these at the least')
    expect(observation?.fix).toContain('between app-a and the sensor')
    const [just] = twice({ segments: 9800, lost: 200, lostBefore: 200 }).observations
    expect(just?.why[0]).not.toContain('at the least')
  })
  test('is but probable where chance could have made it', () => {
    expect(twice({ segments: 200, lost: 3 }).observations[0]?.confidence).toBe('probable')
  })
  test('names the cause that somebody else has found', () => {
    const told = new Measures(watch => new Loss(watch, ({ name }) => `${name} knows why.`))
    for (const to of [60, 120]) told.sent(to, FETCH, 'server', lossy)
    expect(told.end(180).observations[0]?.why.at(-1)).toBe('app-a knows why.')
  })
})

describe('nobody judges', () => {
  for (const link of ['app-a app-b 2008', 'app-a media-1a 2010', 'web-1 app-a 8080'])
    test(link, () => {
      const told = loss().connected(linkOf(link))
      for (const to of [60, 120]) told.sent(to, linkOf(link), 'server', { segments: 900, lost: 90 })
      told.end(180)
      expect([told.said, told.kept, told.blind]).toEqual([[], [], []])
      expect(told.rows[0]?.fields).toMatchObject({ expected: 900, lost: 90, judged: false })
    })
})

test('points of mp_loss come every minute, one for each pair, row and direction', () => {
  const told = loss()
  const many = { ...segments({}).retransmissions, total: 9, spurious: 7 }
  told.sent(20, FETCH, 'server', { segments: 150, lost: 3, lostBefore: 1, outOfOrder: 4 })
  told.sent(60, FETCH, 'server', { segments: 249, lost: 1, retransmissions: many })
  told.sent(60, REVERSED, 'server', { segments: 20, captureGaps: 5 })
  told.until(60)
  expect(told.rows).toEqual([
    {
      measurement: 'mp_loss',
      tags: { pair: 'app-a/web-1', row: 'I-12', dir: 'ab', method: 'tcp' },
      fields: {
        ...{ expected: 400, lost: 4, loss_pct: 1, dup: 7, reordered: 4, capture_lost: 0 },
        judged: false,
      },
      timeNs: 0,
    },
    {
      measurement: 'mp_loss',
      tags: { pair: 'app-a/web-1', row: 'I-32', dir: 'ba', method: 'tcp' },
      fields: {
        ...{ expected: 20, lost: 0, loss_pct: 0, dup: 0, reordered: 0, capture_lost: 5 },
        judged: false,
      },
      timeNs: 0,
    },
  ])
})
