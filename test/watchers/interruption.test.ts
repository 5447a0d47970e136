// S-06: sessions between a Web Server and an Application Server that congestion interrupts.

import { expect, test } from 'vitest'
import { scenario } from '../../fixtures/scenario/scenario.ts'
import { Line, others } from './line.ts'
import { toldOf } from './told.ts'

const MINUTE = 60
const INTERRUPTED = 'degraded:interrupted S-06 web-1 > app-a'

function story(until = 20 * MINUTE) {
  const net = scenario({ start: '2026-03-02T10:00:00Z' })
  const app = net.host('app-a', { ip: '10.10.20.11' })
  const web = net.host('web-1', { ip: '10.10.20.21' })
  const audio = net.host('media-1a', { ip: '10.10.20.31' })
  others(net, [1, until])
  let clientPort = 50_000
  return {
    ...{ net, app, web, audio },
    line: (port: number) => new Line(net, [web, app], port, { clientPort: clientPort++ }),
  }
}
type Story = ReturnType<typeof story>

function everyMinute(line: Line, minutes: readonly number[]): void {
  line.open(5)
  for (const minute of minutes) line.exchange(10 + minute * MINUTE)
}

const interrupted: Readonly<Record<string, readonly [why: RegExp, tell: (told: Story) => void]>> = {
  'a reset, and a new session within a minute': [
    /^A session was reset at 2026-03-02 10:00:20\.000Z, and begun anew 30\.\d+ s later\.$/,
    ({ line }) => {
      const first = line(5003)
      first.open(5)
      first.exchange(10)
      first.reset(20, 'server')
      const second = line(5003)
      second.open(50)
      second.exchange(51)
    },
  ],
  'a reset before the answer to a request': [
    /^A session was reset/,
    ({ line }) => {
      const first = line(61_004)
      first.open(5)
      first.exchange(10, 200, 0)
      first.reset(12, 'server')
      line(61_004).open(15)
    },
  ],
  'a window that is shut for two seconds': [
    /^app-a had no room for more data for 2\.000 s from 2026-03-02 10:00:20\.000Z: its window was zero\.$/,
    ({ line }) => {
      const only = line(61_004)
      only.open(5)
      only.exchange(10)
      only.send(20, 'server', { window: 0 })
      only.send(22, 'server')
    },
  ],
  'a window that is shut for good': [
    /^app-a had no room for more data for 1\.500 s from 2026-03-02 10:00:20\.000Z: its window was zero\.$/,
    ({ line }) => {
      const only = line(61_004)
      only.open(5)
      only.exchange(10)
      for (const at of [20, 20.5, 21.5, 23.5]) only.send(at, 'server', { window: 0 })
      only.reset(24, 'client')
    },
  ],
  'four time-outs, each after twice the time': [
    /^web-1 sent the same data again and again until 2026-03-02 10:00:24\.500Z, each time after twice the time\.$/,
    ({ line }) => {
      const only = line(61_004)
      only.open(5)
      only.exchange(10)
      only.send(only.vain(20, 'client', 4), 'server', { bytes: 20 })
    },
  ],
  'three beats that stay away from a session that speaks once a minute': [
    /^What came every 1 min 0 s stayed away for 3 min 0 s from 2026-03-02 10:10:10\.000Z\.$/,
    ({ line }) => {
      const beats = Array.from({ length: 16 }, (_, minute) => minute)
      everyMinute(
        line(5003),
        beats.filter(minute => minute !== 11 && minute !== 12),
      )
    },
  ],
}
for (const [name, [why, tell]] of Object.entries(interrupted))
  test(`${name} is an interruption`, async () => {
    const told = story()
    tell(told)
    const { said, findings, kept } = await toldOf(told.net.pcap())
    expect(said).toEqual([INTERRUPTED])
    expect(findings[0]).toMatchObject({
      severity: 'low',
      members: 1,
      why: [expect.stringMatching(why)],
    })
    expect(findings[0]?.frames).toHaveLength(1)
    expect(findings[0]?.title).toBe('Sessions between web-1 and app-a are interrupted')
    expect(kept('S-06')).toBe(name.startsWith('a reset'))
  })

const innocent: Readonly<Record<string, (told: Story) => void>> = {
  'a reset that nobody follows'({ line }) {
    const only = line(5003)
    only.open(5)
    only.exchange(10)
    only.reset(20, 'server')
    line(5003).open(20 + 2 * MINUTE)
  },
  'a reset after the answer'({ line }) {
    const first = line(61_004)
    first.open(5)
    first.exchange(10)
    first.reset(10.1, 'client')
    line(61_004).open(15)
  },
  'a reset after both had closed'({ line }) {
    const first = line(5003)
    first.open(5)
    first.exchange(10)
    first.close(20)
    first.reset(20.1, 'client')
    line(5003).open(25)
  },
  'a new session that is refused'({ line, net, web, app }) {
    const first = line(5003)
    first.open(5)
    first.exchange(10)
    first.reset(20, 'server')
    net.at(30).tcpRefused(web, app, 5003)
  },
  'a window that is shut for a moment'({ line }) {
    const only = line(61_004)
    only.open(5)
    only.send(20, 'server', { window: 0 })
    only.send(20.3, 'server')
  },
  'three time-outs'({ line }) {
    const only = line(61_004)
    only.open(5)
    only.exchange(10)
    only.send(only.vain(20, 'client', 3), 'server', { bytes: 20 })
  },
  'data sent again after the same time each time'({ line }) {
    const only = line(61_004)
    only.open(5)
    only.send(10, 'client', { bytes: 9 })
    for (const again of [1, 2, 3, 4, 5]) only.send(10 + again, 'client', { bytes: 9, back: 9 })
    only.send(16, 'server', { bytes: 9 })
  },
  'one beat that stays away'({ line }) {
    const beats = Array.from({ length: 16 }, (_, minute) => minute)
    everyMinute(
      line(5003),
      beats.filter(minute => minute !== 11),
    )
  },
  'trouble between an Application Server and a blade'({ net, app, audio }) {
    const only = new Line(net, [app, audio], 2010)
    only.open(5)
    only.send(only.vain(20, 'client', 5), 'server', { bytes: 20 })
  },
}
for (const [name, tell] of Object.entries(innocent))
  test(`${name} is no interruption`, async () => {
    const told = story()
    tell(told)
    expect((await toldOf(told.net.pcap())).said).toEqual([])
  })

test('all of them make one finding for a pair', async () => {
  const told = story()
  const [shut] = [told.line(61_004)]
  shut.open(5)
  shut.send(20, 'server', { window: 0 })
  shut.send(22, 'server')
  shut.send(30, 'server', { window: 0 })
  shut.send(33, 'server')
  const { findings } = await toldOf(told.net.pcap())
  expect(findings).toMatchObject([{ reason: 'interrupted', members: 2 }])
})

test('a limit of the operator says how many of an hour are borne with, and what exceeds it is no remark', async () => {
  const limit = (value: number) => [
    {
      id: 'S-06',
      on: ['I-06', 'I-12', 'I-32'],
      metric: 'interruptions_per_hour',
      value,
      where: '',
    },
  ]
  const told = story()
  const shut = told.line(61_004)
  shut.open(5)
  for (const at of [20, 30, 40]) {
    shut.send(at, 'server', { window: 0 })
    shut.send(at + 2, 'server')
  }
  const pcap = told.net.pcap()
  expect((await toldOf(pcap, limit(3))).said).toEqual([])
  const { findings } = await toldOf(pcap, limit(2))
  expect(findings).toMatchObject([{ reason: 'interrupted', severity: 'medium', members: 1 }])
})

test('sessions without any of this keep S-06', async () => {
  const told = story()
  everyMinute(told.line(5003), [0, 1, 2, 3, 4])
  const { said, kept } = await toldOf(told.net.pcap())
  expect([said, kept('S-06')]).toEqual([[], true])
})

test('of a session that is heard one way only, S-06 cannot be told', async () => {
  const { net, web, app } = story()
  const line = new Line(net, [web, app], 5003, { unheard: ['server'] })
  line.open(5)
  line.vain(20, 'client', 5)
  const { said, kept, blind } = await toldOf(net.pcap())
  expect([said, kept('S-06')]).toEqual([[], false])
  expect(blind('S-06')).toBe(
    'No session between a Web Server and an Application Server was seen both ways.',
  )
})

test('where the capture paused, no beat is missed', async () => {
  const net = scenario({ start: '2026-03-02T10:00:00Z' })
  const [app, web] = [
    net.host('app-a', { ip: '10.10.20.11' }),
    net.host('web-1', { ip: '10.10.20.21' }),
  ]
  others(net, [1, 11 * MINUTE])
  others(net, [14 * MINUTE, 20 * MINUTE])
  everyMinute(new Line(net, [web, app], 5003), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 14, 15, 16])
  expect((await toldOf(net.pcap())).said).toEqual([])
})
