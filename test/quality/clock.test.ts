// Goal: S-13 is judged right wherever the clocks are at least 5 % away from the limit and the measurement is
// good enough, and where it is not, nothing is claimed.
// Method: stories of hosts whose clocks are known, audited as a whole.

import { describe, expect, test } from 'vitest'
import { httpRequest } from '../../fixtures/scenario/payloads.ts'
import { seeded } from '../../fixtures/scenario/random.ts'
import type { Scenario } from '../../fixtures/scenario/scenario.ts'
import type { Host } from '../../fixtures/scenario/stage.ts'
import { type Cast, linesOf, story, told } from '../watchers/story.ts'
import { Asker, type Clock, clockNs, type Exchange, even, type Ways } from './clock-world.ts'

const POLLS = [10, 74, 138, 202, 266]
const LONG = 300
const RIGHT: Clock = { aheadMs: 0 }

interface Told {
  readonly web?: Clock
  readonly app?: Clock
  readonly sensor?: Clock
  readonly ways?: Ways
  readonly isByApp?: boolean
  readonly isTelling?: boolean
  readonly polls?: readonly number[]
  readonly exchange?: (index: number) => Partial<Exchange>
}

/** Web Server and Application Server ask each other for the time. */
const between = (of: Told) =>
  told(
    story(LONG, (net, { web, appA }) => {
      const clocks = [of.web ?? RIGHT, of.app ?? RIGHT] as const
      const { sensor = RIGHT, ways = even(1), isByApp = false, polls = POLLS } = of
      const [client, server] = isByApp ? [appA, web] : [web, appA]
      const [clientClock, serverClock] = isByApp ? clocks.toReversed() : clocks
      const ends = {
        client,
        server,
        clientClock: clientClock ?? RIGHT,
        serverClock: serverClock ?? RIGHT,
      }
      const asker = new Asker({ net, ...ends, sensorClock: sensor, ways }, of.isTelling)
      for (const [index, at] of polls.entries()) asker.ask({ at, ...of.exchange?.(index) })
    }),
  )

const state = ({ coverage }: Awaited<ReturnType<typeof told>>): string =>
  coverage.statements.find(({ id }) => id === 'S-13')?.state ?? 'no such statement'

const SLOW_UP: Ways = { up: [80, 0.2], down: [0.2, 2] }
const hidden = (index: number) => {
  const random = seeded(index + 1)
  return { transmit: Array.from({ length: 8 }, () => random() & 0xff) }
}

describe('the verdict', () => {
  const cases: readonly (readonly [title: string, state: string, of: Told])[] = [
    ['right clocks', 'kept', {}],
    ['950 ms', 'kept', { web: { aheadMs: 950 } }],
    ['1,050 ms', 'violated', { web: { aheadMs: 1050 } }],
    ['1,050 ms the other way', 'violated', { web: { aheadMs: -1050 } }],
    ['1,050 ms of the Application Server', 'violated', { app: { aheadMs: 1050 } }],
    ['exactly 1,000 ms', 'unobservable', { web: { aheadMs: 1000 }, polls: [10, 74] }],
    [
      'right clocks, and a sensor that is an hour wrong',
      'kept',
      { sensor: { aheadMs: 3_600_000 } },
    ],
    [
      '1,050 ms, and such a sensor',
      'violated',
      { web: { aheadMs: 1050 }, sensor: { aheadMs: 3_600_000 } },
    ],
    [
      '950 ms, asked for by the Application Server',
      'kept',
      { web: { aheadMs: 950 }, isByApp: true },
    ],
    ['1,050 ms, asked for by it', 'violated', { web: { aheadMs: 1050 }, isByApp: true }],
    [
      '1,300 ms with a client that says nothing of its way',
      'violated',
      { web: { aheadMs: 1300 }, isTelling: false },
    ],
    ['700 ms with such a client', 'kept', { web: { aheadMs: 700 }, isTelling: false }],
    ['a way of 80 ms to the sensor and 0.2 ms from it', 'kept', { ways: SLOW_UP }],
    ['1,500 ms with such a way', 'violated', { web: { aheadMs: 1500 }, ways: SLOW_UP }],
    [
      'once beyond, then set',
      'kept',
      {
        web: { aheadMs: 0 },
        exchange: index => (index === 0 ? { transmit: [0xed, 0x4f, 0, 0, 0, 0, 0, 1] } : {}),
      },
    ],
    ['one exchange alone', 'unobservable', { web: { aheadMs: 9000 }, polls: [10] }],
    ['a client that hides its clock', 'unobservable', { exchange: hidden }],
    ['peers, 950 ms', 'kept', { web: { aheadMs: 950 }, exchange: () => ({ modes: [1, 2] }) }],
    [
      'peers, 1,050 ms',
      'violated',
      { web: { aheadMs: 1050 }, exchange: () => ({ modes: [1, 1] }) },
    ],
    [
      'answers that are lost',
      'unobservable',
      { web: { aheadMs: 9000 }, exchange: () => ({ isLost: 'answer' }) },
    ],
    [
      'requests that are lost',
      'unobservable',
      { web: { aheadMs: 9000 }, exchange: () => ({ isLost: 'request' }) },
    ],
    [
      'a kiss of death',
      'absent',
      { web: { aheadMs: 9000 }, exchange: () => ({ stratum: 0, reference: 'RATE' }) },
    ],
  ]
  for (const [title, expected, of] of cases)
    test(`${title}: ${expected}`, async () => {
      expect(state(await between(of))).toBe(expected)
    })
})

describe('what is said', () => {
  test('names both nodes, offset, bound, how it was found and how often', async () => {
    const { findings } = await between({ web: { aheadMs: 2100, ppm: 50 }, app: { aheadMs: -100 } })
    const finding = findings.find(({ reason }) => reason === 'clock')
    expect(finding).toMatchObject({
      ...{ verdict: 'degraded', row: 'S-13', source: 'web-1', destination: 'app-a' },
      ...{ severity: 'medium', members: 1, service: 'udp/123' },
      title: 'The clock of web-1 is 2.204 s ahead of that of app-a',
    })
    expect(finding?.why[0]).toMatch(
      /^By NTP between the two, web-1 is 2\.20\d s ahead of app-a, give or take \d+ ms; 2 measurements\.$/,
    )
    expect(finding?.frames).toHaveLength(4)
  })

  test('is high above five seconds, at once', async () => {
    const { findings } = await between({ web: { aheadMs: 5400 } })
    expect(findings.find(({ reason }) => reason === 'clock')?.severity).toBe('high')
  })

  test('is one member for as long as it lasts, and another after it was right', async () => {
    const wrong = (index: number) => index < 2 || index > 2
    const { findings } = await between({
      web: RIGHT,
      polls: [10, 74, 138, 202, 266],
      exchange: index => (wrong(index) ? { transmit: ahead(10 + 64 * index, 3) } : {}),
    })
    expect(findings.find(({ reason }) => reason === 'clock')?.members).toBe(2)
  })

  test('why nothing can be told, where it cannot', async () => {
    const reason = async (of: Told) => (await between(of)).note('S-13')?.blind
    expect(await reason({ exchange: hidden })).toBe(
      'web-1 hides its clock when it asks for the time.',
    )
    expect(await reason({ web: { aheadMs: 1000 }, polls: [10, 74] })).toMatch(
      /^The clocks of web-1 and app-a are 1\.000 s apart, give or take \d+ ms, so nobody can tell/,
    )
    expect(await reason({ web: { aheadMs: 9000 }, polls: [10] })).toMatch(
      /were more than 1\.000 s apart once/,
    )
  })

  test('as rows, once a minute for each pair', async () => {
    const { rows } = await between({
      web: { aheadMs: 300 },
      polls: [10, 20, 30, 74],
      isTelling: false,
    })
    const clocks = rows.filter(({ measurement }) => measurement === 'mp_clock')
    expect(
      clocks.map(({ tags, timeNs }) => [tags['pair'], tags['method'], Math.floor(timeNs / 1e9)]),
    ).toEqual([
      ['web-1 -> app-a', 'ntp', 10],
      ['web-1 -> app-a', 'ntp', 74],
    ])
    expect(clocks[0]?.fields).toMatchObject({ stratum: 3, leap: 0, root_dispersion_ms: 3.90625 })
    expect(clocks[0]?.fields['offset_ms']).toBeCloseTo(300, 3)
  })
})

/** So many seconds ahead, in NTP's words, at this second of the story. */
function ahead(at: number, seconds: number): readonly number[] {
  const time = Date.parse('2026-03-02T10:00:00Z') / 1000 + 2_208_988_800 + at + seconds
  return [24, 16, 8, 0].map(shift => Math.floor(time / 2 ** shift) & 0xff).concat([0, 0, 0, 1])
}

describe('a client that says nothing of its way', () => {
  const afterHandshakes = (aheadMs: number) =>
    told(
      story(LONG, (net, { web, appA }) => {
        for (const at of [1, 2])
          net.at(at).tcp(web, appA, 61_004, { request: 'one', response: 'two' })
        const clocks = { clientClock: { aheadMs }, serverClock: RIGHT, sensorClock: RIGHT }
        const asker = new Asker({ net, client: web, server: appA, ...clocks, ways: even(1) }, false)
        for (const at of POLLS) asker.ask({ at })
      }),
    )

  test.each([
    [950, 'kept'],
    [1050, 'violated'],
    [-950, 'kept'],
    [-1050, 'violated'],
  ])('is as far away as handshakes of TCP tell: %d ms is %s', async (aheadMs, expected) => {
    const audit = await afterHandshakes(aheadMs)
    expect(state(audit)).toBe(expected)
    const finding = audit.findings.find(({ reason }) => reason === 'clock')
    expect(finding?.confidence).toBe(expected === 'violated' ? 'confirmed' : undefined)
  })
})

describe('with another time server', () => {
  const byOthers = (web: Clock, app: Clock, more: { readonly isWebHiding?: boolean } = {}) =>
    told(
      story(LONG, (net, { web: webHost, appA, dns }) => {
        const asker = (client: Host, clientClock: Clock) =>
          new Asker({
            ...{ net, client, server: dns, clientClock, serverClock: RIGHT },
            ...{ sensorClock: { aheadMs: 40_000 }, ways: even(0.4) },
          })
        const [one, other] = [asker(webHost, web), asker(appA, app)]
        for (const [index, at] of POLLS.entries()) {
          one.ask({ at, ...(more.isWebHiding === true ? hidden(index) : {}) })
          other.ask({ at: at + 13 })
        }
      }),
    )

  test.each([
    [0, 'kept'],
    [-930, 'kept'],
    [1070, 'violated'],
    [-1070, 'violated'],
  ])('the clocks of both are compared: %d ms is %s', async (aheadMs, expected) => {
    const audit = await byOthers({ aheadMs }, RIGHT)
    expect(state(audit)).toBe(expected)
    const finding = audit.findings.find(({ reason }) => reason === 'clock')
    expect(finding?.confidence).toBe(expected === 'violated' ? 'probable' : undefined)
  })

  test('and not where one of them hides its own', async () => {
    expect(state(await byOthers({ aheadMs: 9000 }, RIGHT, { isWebHiding: true }))).toBe(
      'unobservable',
    )
  })
})

describe('by dates of HTTP', () => {
  const dated = (host: { readonly clock: Clock; readonly net: Scenario }, at: number): string => {
    const madeNs = clockNs(host.clock, (at + 0.001_25) * 1e9)
    const date = new Date((host.net.epochSeconds + Math.floor(madeNs / 1e9)) * 1000).toUTCString()
    return `HTTP/1.1 200 OK\r\nDate: ${date}\r\nContent-Length: 2\r\n\r\nok`
  }
  const pages = (webClock: Clock, appClock: Clock, count = 12, cached = '') =>
    told(
      story(LONG, (net: Scenario, { user, web, appA }: Cast) => {
        for (let index = 0; index < count; index++) {
          const at = 10 + index * 7.09
          const page = (clock: Clock) =>
            dated({ net, clock }, at).replace('Content-', `${cached}Content-`)
          net.at(at).tcp(user, web, 80, { request: httpRequest(), response: page(webClock) })
          net.at(at).tcp(web, appA, 61_004, { request: httpRequest(), response: page(appClock) })
        }
      }),
    )

  test.each([
    [0, 12, 'kept'],
    [500, 12, 'kept'],
    [3000, 12, 'violated'],
    [-3000, 12, 'violated'],
    [3000, 2, 'unobservable'],
    [1000, 12, 'unobservable'],
    [1500, 2, 'unobservable'],
  ])('%d ms in %d dates of each is %s', async (aheadMs, count, expected) => {
    expect(state(await pages({ aheadMs }, RIGHT, count))).toBe(expected)
  })

  test('each finding says that dates told it, and is probable', async () => {
    const { findings, rows } = await pages({ aheadMs: 3000 }, RIGHT)
    const finding = findings.find(({ reason }) => reason === 'clock')
    expect(finding).toMatchObject({ confidence: 'probable', service: null })
    expect(finding?.why[0]).toMatch(/^By the dates of HTTP responses of both, web-1 is/)
    expect(rows.find(({ tags }) => tags['method'] === 'http_date')?.tags['pair']).toBe(
      'web-1 - app-a',
    )
  })

  test('what a cache answers tells nothing', async () => {
    expect(state(await pages({ aheadMs: 9000 }, RIGHT, 12, 'Age: 7\r\n'))).toBe('absent')
  })
})

describe("the sensor's own clock", () => {
  const seen = async (sensorMs: number, server: 'dns' | 'appA' = 'dns', polls = POLLS) => {
    const packets = story(LONG, (net, cast) => {
      const client = cast.web
      const asker = new Asker({
        ...{ net, client, server: cast[server], clientClock: RIGHT, serverClock: RIGHT },
        ...{ sensorClock: { aheadMs: sensorMs }, ways: even(0.4) },
      })
      for (const at of polls) asker.ask({ at })
    })
    const audit = await told(packets)
    return { ...audit, lines: linesOf(audit).filter(line => line.includes('sensor_clock')) }
  }

  test.each([0, 990, -990, 1000])('is no matter of a remark at %d ms', async aheadMs => {
    expect((await seen(aheadMs)).lines).toEqual([])
  })

  test.each([
    [1010, 'ahead of'],
    [-4000, 'behind'],
  ])('is remarked on at %d ms', async (aheadMs, how) => {
    const { lines, findings, coverage } = await seen(aheadMs)
    expect(lines).toEqual(['advisory:sensor_clock S-13 dns-1 -> dns-1'])
    const finding = findings.find(({ reason }) => reason === 'sensor_clock')
    expect(finding).toMatchObject({ severity: 'low', confidence: 'probable', members: 1 })
    expect(finding?.title).toContain(`s ${how} that of dns-1`)
    expect(finding?.fix).toContain(`clock_ms: ${-aheadMs}`)
    expect(coverage.statements.find(({ id }) => id === 'S-13')?.state).not.toBe('violated')
  })

  test('is doubted less where only a server of MeetingPlace tells the time', async () => {
    const { findings } = await seen(4000, 'appA')
    expect(findings.find(({ reason }) => reason === 'sensor_clock')?.confidence).toBe('possible')
  })

  test('takes two exchanges', async () => {
    expect((await seen(4000, 'dns', [10])).lines).toEqual([])
  })
})

describe('a time server that has no time', () => {
  test.each([
    [{ leap: 3, stratum: 16 }, 'time_unsynchronised'],
    [{ stratum: 0, reference: 'INIT' }, 'time_unsynchronised'],
    [{ stratum: 0, reference: 'DENY' }, 'time_refused'],
  ])('%o is remarked on once', async (exchange, reason) => {
    const audit = await between({ exchange: () => exchange })
    const lines = linesOf(audit).filter(line => line.includes('time_'))
    expect(lines).toEqual([`advisory:${reason} I-03 web-1 -> app-a`])
    expect(audit.findings.find(one => one.reason === reason)?.members).toBe(1)
  })

  test('does not break the recommendation that both exchange the time', async () => {
    const { coverage } = await between({
      isByApp: true,
      exchange: () => ({ leap: 3, stratum: 16 }),
    })
    expect(coverage.statements.find(({ id }) => id === 'S-11')?.state).toBe('kept')
  })
})
