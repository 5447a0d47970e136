// S-07: which round trips between a Web Server and an Application Server make a finding, and which are only
// counted. Told by hand; quality-story.test.ts has the same from packets.

import { describe, expect, test } from 'vitest'
import { loadPolicy } from '../../src/config/policy.ts'
import { Latency } from '../../src/watchers/quality/latency.ts'
import { linkOf, Measures } from './measures.ts'

const FETCH = linkOf('web-1 app-a 61004')
const REVERSED = linkOf('app-a web-1 5003')
const latency = (): Measures => new Measures(watch => new Latency(watch))
const SLOW = 'degraded:rtt web-1 > app-a'

/** Handshakes of so many milliseconds, one every second from 1 s on. */
function handshakes(...ms: readonly number[]): Measures {
  const told = latency()
  for (const [index, one] of ms.entries()) told.handshake(1 + index, FETCH, one)
  return told
}

describe('a breach takes', () => {
  const cases: Readonly<Record<string, readonly [told: () => Measures, said: readonly string[]]>> =
    {
      'five samples above 100 ms': [() => handshakes(105, 105, 105, 105, 105), [SLOW]],
      'not four': [() => handshakes(105, 105, 105, 105), []],
      'not five at 100.0 ms, which is no breach': [() => handshakes(100, 100, 100, 100, 100), []],
      'not five at 95 ms': [() => handshakes(95, 95, 95, 95, 95), []],
      'five that need not follow one another': [
        () => handshakes(105, 20, 105, 20, 105, 20, 105, 20, 105),
        [SLOW],
      ],
      'not one that is very long': [() => handshakes(20, 20, 900, 20, 20), []],
      'five within 60 s, of which some came in the minute before': [
        () => {
          const told = latency()
          for (const at of [50, 55, 58, 62, 70]) told.handshake(at, FETCH, 140)
          return told
        },
        [SLOW],
      ],
      'not five over more than 60 s': [
        () => {
          const told = latency()
          for (const at of [1, 20, 40, 50, 62]) told.handshake(at, FETCH, 140)
          return told
        },
        [],
      ],
      'five on whichever row': [
        () => {
          const told = latency()
          for (const at of [1, 2, 3]) told.handshake(at, FETCH, 140)
          for (const at of [4, 5]) told.handshake(at, REVERSED, 140)
          return told
        },
        [SLOW],
      ],
    }
  for (const [name, [told, said]] of Object.entries(cases))
    test(name, () => {
      expect(told().end(120).said).toEqual(said)
    })

  // With five allowed, the percentile never decides alone; a site may bear with more.
  describe('or, where the rules bear with more samples, a 95th percentile of 20', () => {
    const { policy } = loadPolicy('rules')
    const limits = policy.limits.map(limit =>
      limit.id === 'S-07' ? { ...limit, sustain: { samples: 50, withinS: 60 } } : limit,
    )
    const percentile = (fast: number, slow: number): readonly string[] => {
      const told = new Measures(watch => new Latency(watch), { policy: { ...policy, limits } })
      for (let at = 0; at < fast + slow; at++) told.handshake(1 + at, FETCH, at < fast ? 20 : 105)
      return told.end(120).said
    }
    test('the 19th of 20 is above', () => expect(percentile(18, 2)).toEqual([SLOW]))
    test('the 19th of 20 is not above', () => expect(percentile(19, 1)).toEqual([]))
    test('of 19 nobody speaks', () => expect(percentile(0, 19)).toEqual([]))
  })
})

describe('halves of the way', () => {
  test('of one pair add up, whichever connection they are of', () => {
    const told = latency()
    for (const at of [1, 2, 3, 4, 5]) {
      told.trip(at, FETCH, 'seqack', 'server', 65) // towards app-a
      told.trip(at + 0.5, REVERSED, 'seqack', 'server', 40) // towards web-1
    }
    // The first had no other half; nine wholes of 105 ms.
    const [observation] = told.end(60).observations
    expect(observation?.why[0]).toMatch(/^9 of 9 round trips from 1\.5 s to 5\.5 s took more/)
    expect(observation?.why[2]).toBe(
      'Of those above it, 65.0 ms on average between the sensor and app-a and 40.0 ms on average between the sensor and web-1.',
    )
  })

  const withOther = (otherAt: number): Measures => {
    const told = latency()
    told.handshake(1, FETCH, 20, 2)
    told.trip(otherAt, FETCH, 'seqack', 'client', 60)
    for (const at of [100, 101, 102, 103, 104]) told.trip(at, FETCH, 'seqack', 'server', 45)
    return told.end(180)
  }
  test('count with the latest other half for 60 s', () => {
    expect(withOther(50).said).toEqual([SLOW])
  })
  test('and with that of the handshake from then on', () => {
    expect(withOther(39).said).toEqual([])
  })

  test('alone say nothing but that a whole is too long', () => {
    const told = latency().connected(FETCH)
    for (const at of [1, 2, 3, 4, 5]) told.trip(at, FETCH, 'seqack', 'server', 99)
    expect(told.end(60).said).toEqual([])
    expect(told.kept).toEqual([])
    expect(told.blind).toEqual([
      'Between Web Server and Application Server one half of the way was measured only: no handshake was seen, and data went one way.',
    ])
    const slow = latency().connected(FETCH)
    for (const at of [1, 2, 3, 4, 5]) slow.trip(at, FETCH, 'seqack', 'server', 130)
    expect(slow.end(60).said).toEqual([SLOW])
    expect(slow.observations[0]?.why[2]).toBe(
      'Of those above it, 130.0 ms on average between the sensor and app-a and an unknown time between the sensor and web-1.',
    )
  })

  test('of echo and of reports are shown, and nobody adds them', () => {
    const told = latency().handshake(1, FETCH, 60)
    for (const at of [2, 3, 4, 5, 6]) told.trip(at, FETCH, 'icmp', 'server', 90)
    expect(told.end(60).said).toEqual([])
    expect(told.rows.map(({ tags }) => `${tags['method']} ${tags['leg']}`)).toEqual([
      ...['syn server', 'syn client', 'syn total', 'icmp server'],
    ])
  })
})

describe('a finding', () => {
  test('says how many, how long, by what, and which half it is', () => {
    const told = latency()
    for (const at of [1, 2, 3, 4, 5, 6]) told.handshake(at, FETCH, at === 6 ? 20 : 140, 130)
    const [observation] = told.end(60).observations
    expect(observation).toMatchObject({
      ...{ verdict: 'degraded', reason: 'rtt', row: 'S-07', confidence: 'confirmed' },
      ...{ service: 'tcp/61004', firstNs: 1e9, lastNs: 6e9, goesOn: false },
      title: 'Round trips between web-1 and app-a take more than 100 ms',
      expected: 'a round trip of 100 ms at the most',
    })
    expect(observation?.fix).toContain('between the sensor and web-1 first')
    expect(observation?.why.slice(1)).toEqual([
      'They were measured by handshakes (6).',
      'Of those above it, 10.0 ms on average between the sensor and app-a and 130.0 ms on average between the sensor and web-1.',
    ])
  })

  test('goes on from minute to minute, with all of them in its words', () => {
    const told = latency()
    for (const minute of [0, 60, 120])
      for (const at of [1, 2, 3, 4, 5]) told.handshake(minute + at, FETCH, 140)
    told.end(180)
    expect(told.said).toEqual([SLOW, `+ ${SLOW}`, `+ ${SLOW}`])
    expect(told.observations[2]).toMatchObject({ firstNs: 1e9, lastNs: 125e9, isRetold: true })
    expect(told.observations[2]?.why[0]).toMatch(/^15 of 15 round trips/)
  })

  test('ends with a minute that is as it should be, and the next one is another', () => {
    const told = latency()
    for (const at of [1, 2, 3, 4, 5]) told.handshake(at, FETCH, 140)
    told.handshake(90, FETCH, 20)
    for (const at of [181, 182, 183, 184, 185]) told.handshake(at, FETCH, 140)
    expect(told.end(240).said).toEqual([SLOW, SLOW])
    expect(told.kept).toEqual([90])
  })
})

describe('S-07 is kept', () => {
  test('by each minute that has round trips, and no breach', () => {
    const told = latency()
    for (const at of [10, 20, 130]) told.handshake(at, FETCH, 20)
    expect(told.end(180).kept).toEqual([20, 130])
  })
  test('also with a single excursion', () => {
    expect(handshakes(20, 900).end(60).kept).toEqual([2])
  })
})

describe('nobody judges', () => {
  const shown: Readonly<Record<string, string>> = {
    'what goes on between Application Servers (F-10)': 'app-a app-b 2008 > I-05',
    'what an Application Server says to a blade': 'app-a media-1a 2010 > I-19',
    'a port that no limit speaks of': 'web-1 app-a 8080 > I-08',
    'the way that no row allows': 'app-a web-1 61004 > other',
  }
  for (const [name, sentence] of Object.entries(shown))
    test(name, () => {
      const [link = '', row] = sentence.split(' > ')
      const told = latency()
      for (const at of [1, 2, 3, 4, 5, 6]) told.handshake(at, linkOf(link), 400)
      told.end(60)
      expect([told.said, told.kept, told.blind]).toEqual([[], [], []])
      const [first] = told.rows
      expect(first?.tags['row']).toBe(row)
      expect(first?.fields).not.toHaveProperty('limit_ms')
    })
})

test('where the link was seen and nothing was measured, a note says so', () => {
  expect(latency().connected(FETCH).end(60).blind).toEqual([
    expect.stringMatching(/^Connections between .* and none of them showed a round trip/),
  ])
  for (const other of ['app-a app-b 2008', '10.20.0.5 web-1 61004'])
    expect(latency().connected(linkOf(other)).end(60).blind).toEqual([])
})

describe('points of mp_latency', () => {
  test('come every ten seconds, one for each pair, row, method and leg', () => {
    const told = latency()
    told.handshake(1, FETCH, 140, 30)
    told.trip(2, FETCH, 'seqack', 'server', 20)
    told.trip(11, REVERSED, 'seqack', 'client', 50)
    told.until(10)
    expect(told.rows).toHaveLength(5)
    told.end(20)
    expect(
      told.rows.map(
        ({ measurement, tags, fields, timeNs }) =>
          `${timeNs / 1e9} ${measurement} ${Object.values(tags).join(' ')} n=${fields['n']} over=${fields['over_limit']} of ${fields['limit_ms']}`,
      ),
    ).toEqual([
      '0 mp_latency app-a/web-1 I-12 syn server n=1 over=1 of 100',
      '0 mp_latency app-a/web-1 I-12 syn client n=1 over=0 of 100',
      '0 mp_latency app-a/web-1 I-12 syn total n=1 over=1 of 100',
      '0 mp_latency app-a/web-1 I-12 seqack server n=1 over=0 of 100',
      '0 mp_latency app-a/web-1 I-12 seqack total n=1 over=0 of 100',
      // app-a is the client here: 50 ms to it, and 30 ms to web-1 from the handshake.
      '10 mp_latency app-a/web-1 I-32 seqack client n=1 over=0 of 100',
      '10 mp_latency app-a/web-1 I-32 seqack total n=1 over=0 of 100',
    ])
  })
})
