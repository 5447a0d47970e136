// F-01 and F-07 to F-15: heartbeat, then ping, then queue, then resync.

import { describe, expect, test } from 'vitest'
import { httpRequest, httpResponse } from '../../fixtures/scenario/payloads.ts'
import { scenario } from '../../fixtures/scenario/scenario.ts'
import { beat, beats, MINUTE, range, type Story, story } from './failover-story.ts'
import { Line, others } from './line.ts'
import { toldOf } from './told.ts'

describe('a heartbeat (F-08)', () => {
  test('on a long connection is learnt, and kept', async () => {
    const told = story(10 * MINUTE)
    beats(told, range(0, 10))
    const { said, kept } = await toldOf(told.net.pcap())
    expect(said).toEqual([])
    expect(['F-01', 'F-08', 'F-10'].map(kept)).toEqual([true, true, true])
  })

  test('on a connection that is older than the capture is learnt too', async () => {
    const told = story(10 * MINUTE)
    const line = new Line(told.net, [told.a, told.b], 2008, { clientPort: 2009 })
    for (const minute of range(0, 10)) line.exchange(beat(minute))
    const { said, kept } = await toldOf(told.net.pcap())
    expect([said, kept('F-08')]).toEqual([[], true])
  })

  test('may move to a new connection, and from one node to the other', async () => {
    const told = story(10 * MINUTE)
    const first = beats(told, range(0, 5))
    first.close(beat(4) + 20)
    const second = new Line(told.net, [told.b, told.a], 2008)
    second.open(beat(5) - 5)
    for (const minute of range(5, 10)) second.exchange(beat(minute))
    const { said, kept } = await toldOf(told.net.pcap())
    expect([said, kept('F-08')]).toEqual([[], true])
  })

  test('may have a connection of its own each time', async () => {
    const told = story(15 * MINUTE)
    const { net, a, b } = told
    for (const minute of range(0, 6))
      net.at(beat(minute)).tcp(a, b, 2008, { request: 'alive?', response: 'yes' })
    const { said, kept } = await toldOf(net.pcap())
    expect(kept('F-08')).toBe(true)
    expect(said).toContain('degraded:heartbeat_late F-08 app-a > app-b')
  })

  test('may be another service where replication has none, UDP too', async () => {
    const told = story(10 * MINUTE)
    const { net, a, b } = told
    net.at(10).udp(a, b, 5405, { count: 5, everyMs: 60_000 })
    const { findings, kept } = await toldOf(net.pcap())
    expect(kept('F-08')).toBe(true)
    expect(findings).toMatchObject([{ reason: 'heartbeat_late', service: 'udp/5405' }])
  })

  test('that stays away for more than 90 s is late', async () => {
    const told = story()
    beats(told, [...range(0, 8), ...range(10, 30)])
    const { said, findings } = await toldOf(told.net.pcap())
    expect(said).toEqual([
      'degraded:replication_queueing F-14 app-a > app-b',
      'degraded:heartbeat_late F-08 app-a > app-b',
    ])
    expect(findings[1]).toMatchObject({
      ...{ severity: 'medium', members: 1, service: 'tcp/2008' },
      title: 'The heartbeat between app-a and app-b has stayed away for more than 90 s',
    })
    expect(findings[1]?.why).toEqual([
      'The heartbeat is an exchange on tcp/2008 every 60.0 s, seen 8 times in a row.',
      'Both ends were last heard on it at 2026-03-02 10:07:10.002Z.',
      'Until 2026-03-02 10:09:51.000Z no ping was seen to be answered or to be given up, so it is undetermined whether a service, a node or the link failed.',
    ])
  })

  test('that comes after 65 s each time is not late', async () => {
    const told = story()
    const line = new Line(told.net, [told.a, told.b], 2008)
    line.open(2)
    for (const index of range(0, 28)) line.exchange(10 + 65 * index)
    const { said, kept } = await toldOf(told.net.pcap())
    expect([said, kept('F-08')]).toEqual([[], true])
  })

  test('between bursts of replication is a heartbeat too', async () => {
    const told = story(12 * MINUTE)
    const line = new Line(told.net, [told.a, told.b], 2008)
    line.open(2)
    for (const minute of range(0, 12)) {
      line.exchange(beat(minute))
      if (minute % 3 === 1) line.exchange(beat(minute) + 25, 1400, 40)
    }
    const { said, kept } = await toldOf(told.net.pcap())
    expect(said).toEqual([])
    expect(['F-07', 'F-08', 'F-13'].map(kept)).toEqual([true, true, true])
  })

  const unlearnt: Readonly<Record<string, (told: Story) => void>> = {
    'changes every quarter of a minute, and then none'(told) {
      const line = new Line(told.net, [told.a, told.b], 2008)
      line.open(2)
      for (const index of range(0, 40)) line.exchange(10 + 15 * index)
    },
    'two beats'(told) {
      beats(told, [0, 1])
    },
    'keep-alives of TCP'(told) {
      const line = new Line(told.net, [told.a, told.b], 2008)
      line.open(2)
      line.exchange(10)
      for (const minute of range(1, 9)) {
        line.send(beat(minute), 'client', { bytes: 1, back: 1 })
        line.send(beat(minute) + 0.001, 'server')
      }
    },
    'time that is asked every 64 s'({ net, a, b }) {
      net.at(10).udp(a, b, 123, { count: 6, everyMs: 64_000 })
    },
  }
  for (const [name, tell] of Object.entries(unlearnt))
    test(`is not learnt from ${name}`, async () => {
      const told = story()
      tell(told)
      const { said, kept, blind } = await toldOf(told.net.pcap())
      expect(said.filter(text => text.includes('heartbeat'))).toEqual([])
      expect(kept('F-08')).toBe(false)
      expect(blind('F-08')).toBe(
        'No exchange between app-a and app-b was heard three times in a row, 60 s apart.',
      )
    })

  test('cannot be told from a capture of two minutes', async () => {
    const told = story(2 * MINUTE)
    beats(told, [0, 1])
    const { said, blind } = await toldOf(told.net.pcap())
    expect(said).toEqual([])
    expect(blind('F-08')).toBe(
      'The capture is shorter than three heartbeats of 60 s, so that of app-a and app-b cannot be told.',
    )
  })

  test('cannot be told where one direction is not heard', async () => {
    const { net, a, b } = story()
    const line = new Line(net, [a, b], 2008, { unheard: ['server'] })
    line.open(2)
    for (const minute of range(0, 8)) line.exchange(beat(minute))
    const { said, kept, blind } = await toldOf(net.pcap())
    expect(said).toEqual([])
    expect(kept('F-08')).toBe(false)
    expect(blind('F-08')).toBe('No connection between app-a and app-b was seen both ways.')
  })

  test('is not missed while the capture paused', async () => {
    const net = scenario({ start: '2026-03-02T10:00:00Z' })
    const [a, b] = [
      net.host('app-a', { ip: '10.10.20.11' }),
      net.host('app-b', { ip: '10.10.20.12' }),
    ]
    others(net, [1, 5 * MINUTE])
    others(net, [60 * MINUTE, 65 * MINUTE])
    const line = new Line(net, [a, b], 2008)
    line.open(2)
    for (const minute of [...range(0, 5), ...range(60, 65)]) line.exchange(beat(minute))
    expect((await toldOf(net.pcap())).said).toEqual([])
  })

  test('is not late where neither node is heard at all', async () => {
    const net = scenario({ start: '2026-03-02T10:00:00Z' })
    const [a, b] = [
      net.host('app-a', { ip: '10.10.20.11' }),
      net.host('app-b', { ip: '10.10.20.12' }),
    ]
    others(net, [1, 15 * MINUTE])
    const line = new Line(net, [a, b], 2008)
    line.open(2)
    for (const minute of range(0, 5)) line.exchange(beat(minute))
    expect((await toldOf(net.pcap())).said).toEqual([])
  })

  test('that never comes back lasts, and is worse', async () => {
    const told = story()
    beats(told, range(0, 8))
    const { findings } = await toldOf(told.net.pcap())
    expect(findings[1]).toMatchObject({ reason: 'heartbeat_late', severity: 'high', members: 1 })
  })
})

describe('a ping after a heartbeat without an answer (F-09)', () => {
  const late = [...range(0, 8), ...range(18, 30)]
  const pinged = beat(7) + 65

  test('that gets no answer says that the node or the link is down', async () => {
    const told = story()
    beats(told, late)
    told.net.at(pinged).ping(told.a, told.b, { count: 3, answered: false })
    const { said, findings, kept } = await toldOf(told.net.pcap())
    expect(said).toContain('degraded:peer_down F-09 app-a > app-b')
    expect(kept('F-09')).toBe(true)
    const [down] = findings.filter(({ reason }) => reason === 'peer_down')
    expect(down).toMatchObject({
      members: 1,
      title: 'app-b answers neither the heartbeat nor the ping of app-a',
      why: [
        'The last heartbeat was answered at 2026-03-02 10:07:10.002Z.',
        '1 min 4 s later app-a pinged app-b, and got no answer.',
      ],
    })
    const [silence] = findings.filter(({ reason }) => reason === 'heartbeat_late')
    expect(silence?.why[2]).toBe(
      'app-a pinged app-b from 2026-03-02 10:08:15.000Z, without an answer.',
    )
  })

  test('that is answered says that the service is down', async () => {
    const told = story()
    beats(told, late)
    told.net.at(pinged).ping(told.a, told.b, { count: 3 })
    const { said } = await toldOf(told.net.pcap())
    expect(said).toContain('degraded:repl_service_down F-09 app-a > app-b')
    expect(said).not.toContain('degraded:peer_down F-09 app-a > app-b')
  })

  test('is told apart from one that was answered before', async () => {
    const told = story()
    beats(told, late)
    told.net.at(pinged - 60).ping(told.a, told.b, { count: 2, identifier: 7 })
    told.net.at(pinged - 10).ping(told.a, told.b, { answered: false, identifier: 7 })
    told.net.at(pinged).ping(told.a, told.b, { count: 3, answered: false, identifier: 7 })
    const { said } = await toldOf(told.net.pcap())
    expect(said).toContain('degraded:peer_down F-09 app-a > app-b')
    expect(said).not.toContain('degraded:repl_service_down F-09 app-a > app-b')
  })

  test('that does not come leaves it undetermined', async () => {
    const told = story()
    beats(told, late)
    const { said, blind } = await toldOf(told.net.pcap())
    expect(said.filter(text => text.includes('F-09'))).toEqual([])
    expect(blind('F-09')).toBe(
      'A heartbeat was late and no ping followed, so what had failed is undetermined.',
    )
  })

  test('at another time says nothing', async () => {
    const told = story(10 * MINUTE)
    beats(told, range(0, 10))
    told.net.at(beat(3) + 20).ping(told.a, told.b, { answered: false })
    const { said, kept } = await toldOf(told.net.pcap())
    expect([said, kept('F-09')]).toEqual([[], false])
  })
})

describe('replication that stands still (F-14)', () => {
  test('by SYNs without an answer, while users are served, queues up', async () => {
    const { net, a, b } = story(10 * MINUTE)
    net.at(20).tcp(a, b, 2008, { request: 'alive?', response: 'yes' })
    net.at(100).tcpSilent(a, b, 2008, { tries: 3 })
    const { said, findings } = await toldOf(net.pcap())
    expect(said).toEqual(['degraded:replication_queueing F-14 app-a > app-b'])
    expect(findings[0]).toMatchObject({
      title:
        'Changes queue up between app-a and app-b, which have not replicated since 2026-03-02 10:01:40.000Z',
    })
    expect(findings[0]?.examples).toHaveLength(1)
    expect(findings[0]?.lastNs).toBeGreaterThan(580e9)
  })

  test('while nobody is seen to be served is not told', async () => {
    const { net, a, b } = story(10 * MINUTE, { isServed: false })
    net.at(20).tcp(a, b, 2008, { request: 'alive?', response: 'yes' })
    net.at(100).tcpSilent(a, b, 2008, { tries: 3 })
    const { said, blind } = await toldOf(net.pcap())
    expect(said).toEqual([])
    expect(blind('F-14')).toBe(
      'Replication stood still, and no Application Server was seen to serve anybody meanwhile.',
    )
  })

  test('is not an attempt that the next one made good for', async () => {
    const { net, a, b } = story(10 * MINUTE)
    net.at(100).tcpSilent(a, b, 2008, { tries: 1 })
    net.at(110).tcp(a, b, 2008, { request: 'alive?', response: 'yes' })
    expect((await toldOf(net.pcap())).said).toEqual([])
  })
})

describe('replication after an outage (F-15)', () => {
  /** Nothing is answered from the second minute until the tenth. */
  function outage(): Story {
    const told = story()
    told.net.at(20).tcp(told.a, told.b, 2008, { request: 'alive?', response: 'yes' })
    told.net.at(100).tcpSilent(told.a, told.b, 2008, { tries: 3 })
    return told
  }

  test('is made up for by a burst', async () => {
    const { net, a, b } = outage()
    net.at(600).tcp(a, b, 2008, { request: 'x'.repeat(40_000), response: 'done' })
    const { said, findings, kept } = await toldOf(net.pcap())
    expect(said).toEqual([
      'degraded:replication_queueing F-14 app-a > app-b',
      'event:resynchronised F-15 app-a > app-b',
    ])
    expect(findings[1]?.title).toMatch(
      /^app-a made up to app-b for 8 min 20 s without replication: 40004 bytes in 0\.\d+ s$/,
    )
    expect(findings[1]?.severity).toBe('info')
    expect(kept('F-15')).toBe(true)
  })

  test('that is not made up for within ten minutes is remarked on', async () => {
    const { net, a, b } = outage()
    net.at(600).tcp(a, b, 2008, { request: 'alive?', response: 'yes' })
    const { said, kept } = await toldOf(net.pcap())
    expect(said).toContain('advisory:resync_not_seen F-15 app-a > app-b')
    expect(kept('F-15')).toBe(false)
  })

  test('cannot be told where the capture ends before that', async () => {
    const { net, a, b } = outage()
    net.at(25 * MINUTE).tcp(a, b, 2008, { request: 'alive?', response: 'yes' })
    const { said, blind } = await toldOf(net.pcap())
    expect(said).toEqual(['degraded:replication_queueing F-14 app-a > app-b'])
    expect(blind('F-15')).toContain('the 10 min after it were not heard to their end')
  })
})

describe('a burst of replication', () => {
  test('that follows administration is one for a change (F-12)', async () => {
    const { net, a, b, admin } = story(5 * MINUTE)
    net.at(100).tcp(admin, a, 9090, { request: httpRequest('/'), response: httpResponse() })
    net.at(140).tcp(a, b, 2008, { request: 'x'.repeat(6000), response: 'done' })
    const { said, kept } = await toldOf(net.pcap())
    expect(said.filter(text => !text.includes('cleartext'))).toEqual([])
    expect(['F-07', 'F-12', 'F-13'].map(kept)).toEqual([true, true, true])
  })

  test('that follows none leaves F-12 open', async () => {
    const { net, a, b } = story(5 * MINUTE)
    net.at(140).tcp(a, b, 2008, { request: 'x'.repeat(6000), response: 'done' })
    const { kept, blind } = await toldOf(net.pcap())
    expect([kept('F-07'), kept('F-12')]).toEqual([true, false])
    expect(blind('F-12')).toBe('What was replicated did not follow administration that was seen.')
  })

  test('that is not seen leaves four statements open', async () => {
    const told = story(5 * MINUTE)
    beats(told, [0])
    const { blind } = await toldOf(told.net.pcap())
    expect(blind('F-07')).toBe('No burst was seen on tcp/2008: it was idle, which is no failure.')
    expect(blind('F-11')).toBe(
      'No backlog drained while the sensor listened, and an idle link does not show its capacity.',
    )
  })

  test('with bytes that nobody acknowledged is broken (F-13)', async () => {
    const { net, a, b } = story(5 * MINUTE)
    const line = new Line(net, [a, b], 2008)
    line.open(100)
    line.exchange(101, 1400, 0)
    line.send(101.1, 'client', { bytes: 1400 })
    line.send(101.2, 'client', { bytes: 1400 })
    line.reset(101.3, 'client')
    const { said, findings, kept } = await toldOf(net.pcap())
    expect(said).toEqual(['degraded:replication_broken F-13 app-a > app-b'])
    expect(findings[0]?.why).toEqual([
      '2800 bytes of app-a were not acknowledged when the connection ended.',
    ])
    expect(kept('F-13')).toBe(false)
  })

  test('that is reset in the middle is a doubt', async () => {
    const { net, a, b } = story(5 * MINUTE)
    const line = new Line(net, [a, b], 2008)
    line.open(100)
    line.exchange(101, 1400, 4)
    line.reset(101.3, 'server')
    const { findings } = await toldOf(net.pcap())
    expect(findings).toMatchObject([{ reason: 'replication_broken', confidence: 'possible' }])
  })

  test('and a reset long after it breaks nothing', async () => {
    const { net, a, b } = story(5 * MINUTE)
    const line = new Line(net, [a, b], 2008, { first: 0xffff_ff00 })
    line.open(100)
    line.exchange(101, 1400, 4)
    line.reset(150, 'server')
    const { said, kept } = await toldOf(net.pcap())
    expect([said, kept('F-13')]).toEqual([[], true])
  })

  test('that ends with the capture is not broken', async () => {
    const { net, a, b } = story(2 * MINUTE)
    const line = new Line(net, [a, b], 2008)
    line.open(100)
    line.exchange(101, 1400, 0)
    line.send(118, 'client', { bytes: 1400 })
    expect((await toldOf(net.pcap())).said).toEqual([])
  })
})

describe('a backlog (F-11)', () => {
  test('that drains at 64 kbit/s is too slow', async () => {
    const { net, a, b } = story(5 * MINUTE)
    const line = new Line(net, [a, b], 2008)
    line.open(100)
    line.close(line.backlog(101, 60, (1460 * 8) / 64_000))
    const { said, findings } = await toldOf(net.pcap())
    expect(said).toEqual(['degraded:repl_bandwidth F-11 app-a > app-b'])
    expect(findings[0]?.title).toMatch(/drains at 6\d kbit\/s, below 128$/)
  })

  test('that drains at 256 kbit/s is fast enough', async () => {
    const { net, a, b } = story(5 * MINUTE)
    const line = new Line(net, [a, b], 2008)
    line.open(100)
    line.close(line.backlog(101, 60, (1460 * 8) / 256_000))
    const { said, kept } = await toldOf(net.pcap())
    expect([said, kept('F-11')]).toEqual([[], true])
  })

  test('of a sender that has nothing more to send shows nothing', async () => {
    const { net, a, b } = story(5 * MINUTE)
    const line = new Line(net, [a, b], 2008)
    line.open(100)
    for (const index of range(0, 60)) line.exchange(101 + index, 1460, 0)
    line.close(170)
    const { said, kept, blind } = await toldOf(net.pcap())
    expect([said, kept('F-11')]).toEqual([[], false])
    expect(blind('F-11')).not.toBeNull()
  })
})

describe('two Application Servers (F-01)', () => {
  test('are not both seen where one is silent', async () => {
    const { net } = story(2 * MINUTE)
    const { kept, blind } = await toldOf(net.pcap())
    expect(kept('F-01')).toBe(false)
    expect(blind('F-01')).toBe('Nothing was heard of app-b.')
  })

  test('are not both seen where a filter answers for one', async () => {
    const { net, a, b } = story(2 * MINUTE)
    const wall = net.host('wall', { ip: '10.10.20.1', ttl: 255 })
    net.at(20).tcpFiltered(a, b, 2008, { by: wall, how: 'icmp' })
    expect((await toldOf(net.pcap())).kept('F-01')).toBe(false)
  })

  test('that only reset each other are seen, and nothing else is', async () => {
    const { net, a, b } = story(2 * MINUTE)
    net.at(20).tcpRefused(a, b, 2008)
    const { kept } = await toldOf(net.pcap())
    expect([kept('F-01'), kept('F-10')]).toEqual([true, false])
  })
})
