// T-02 and S-06: a stateful filter forgets a connection that says nothing for long.

import { expect, test } from 'vitest'
import { FLAG } from '../../fixtures/scenario/packet.ts'
import { type Scenario, scenario } from '../../fixtures/scenario/scenario.ts'
import { Line, others } from './line.ts'
import { toldOf } from './told.ts'

const MINUTE = 60
const IDLE = 42 * MINUTE

function story() {
  const net = scenario({ start: '2026-03-02T10:00:00Z' })
  const app = net.host('app-a', { ip: '10.10.20.11' })
  const web = net.host('web-1', { ip: '10.10.20.21' })
  const audio = net.host('media-1a', { ip: '10.10.20.31' })
  return { net, app, web, audio }
}

/** Others are heard all the while, and so are both servers on other connections, now and then. */
function daily(net: Scenario, line: Parameters<Scenario['tcp']>, until = IDLE + 5 * MINUTE): void {
  others(net, [1, until])
  const [client, server, port] = line
  for (let at = 5; at < until; at += 2 * MINUTE)
    net.at(at).tcp(client, server, port, { request: 'x', response: 'y' })
}

/** Talks, is silent for so long, and talks in vain. */
function forgotten(line: Line, idle = IDLE, tries = 4): number {
  line.open(1)
  line.exchange(2)
  return line.vain(2 + idle, 'client', tries)
}

test('a session of a Web Server that meets silence after 42 minutes was forgotten', async () => {
  const { net, app, web } = story()
  daily(net, [web, app, 61_004])
  forgotten(new Line(net, [web, app], 61_004))
  const { said, findings } = await toldOf(net.pcap())
  expect(said).toEqual(['degraded:forgotten S-06 web-1 > app-a'])
  expect(findings[0]).toMatchObject({
    ...{ confidence: 'probable', severity: 'medium', members: 1, service: 'tcp/61004' },
    title:
      'A filter between web-1 and app-a forgot their connection on tcp/61004 after 41 min of silence',
  })
  expect(findings[0]?.why).toEqual([
    'web-1:50000 and app-a:61004 were connected, and said nothing for 41 min 59 s from 2026-03-02 10:00:02.002Z.',
    'web-1 sent the same packet 5 times from 2026-03-02 10:42:02.000Z on, without an answer.',
    'app-a was heard on other connections meanwhile, so it was not down.',
  ])
  expect(findings[0]?.fix).toContain('above 41 min for tcp/61004, or turn on TCP keep-alive')
})

test('between other servers it is T-02', async () => {
  const { net, app, audio } = story()
  daily(net, [app, audio, 3333])
  forgotten(new Line(net, [app, audio], 2010))
  expect((await toldOf(net.pcap())).said).toEqual(['degraded:forgotten T-02 app-a > media-1a'])
})

test('a reset with a TTL that is not the server’s proves it at once', async () => {
  const { net, app, web } = story()
  daily(net, [web, app, 61_004])
  const line = new Line(net, [web, app], 61_004)
  const at = forgotten(line, IDLE, 0)
  line.reset(at, 'server', 255)
  const { said, findings } = await toldOf(net.pcap())
  expect(said).toEqual(['degraded:forgotten S-06 web-1 > app-a'])
  expect(findings[0]).toMatchObject({ confidence: 'confirmed', members: 1 })
  expect(findings[0]?.why).toContain(
    'A reset in the name of app-a has TTL 255; its own packets here had 64.',
  )
  expect(findings[0]?.frames.map(({ says }) => says)).toEqual([
    'first packet after the silence',
    'reset, TTL 255',
  ])
})

test('silence first and a stranger’s reset after it are one member', async () => {
  const { net, app, web } = story()
  daily(net, [web, app, 61_004])
  const line = new Line(net, [web, app], 61_004)
  line.reset(forgotten(line), 'server', 255)
  const { findings } = await toldOf(net.pcap())
  expect(findings).toMatchObject([{ reason: 'forgotten', members: 1, confidence: 'confirmed' }])
})

test('a connection that is closed in vain was forgotten too', async () => {
  const { net, app, web } = story()
  daily(net, [web, app, 61_004])
  const line = new Line(net, [web, app], 61_004)
  line.open(1)
  line.exchange(2)
  line.send(IDLE, 'client', { flags: FLAG.FIN | FLAG.ACK })
  for (const [again, at] of [0.3, 0.9, 2.1].entries())
    line.send(IDLE + at + again * 0.001, 'client', { flags: FLAG.FIN | FLAG.ACK, back: 1 })
  expect((await toldOf(net.pcap())).said).toEqual(['degraded:forgotten S-06 web-1 > app-a'])
})

test('who was heard nowhere else may be down itself', async () => {
  const { net, app, web } = story()
  others(net, [1, IDLE + 5 * MINUTE])
  forgotten(new Line(net, [web, app], 61_004))
  const { findings } = await toldOf(net.pcap())
  const title = 'web-1 and app-a lost their connection on tcp/61004 after 41 min of silence'
  expect(findings).toMatchObject([{ reason: 'forgotten', confidence: 'possible', title }])
  expect(findings[0]?.why[2]).toBe(
    'app-a was not heard elsewhere meanwhile, so it may be down itself.',
  )
})

const innocent: Readonly<Record<string, (line: Line) => void>> = {
  'the peer’s own reset'(line) {
    line.reset(forgotten(line, IDLE, 0), 'server')
  },
  'an answer after all'(line) {
    line.send(forgotten(line, IDLE, 5), 'server', { bytes: 8 })
  },
  'two tries'(line) {
    forgotten(line, IDLE, 2)
  },
  'four minutes of silence'(line) {
    forgotten(line, 4 * MINUTE)
  },
  'the sender’s own reset'(line) {
    line.open(1)
    line.exchange(2)
    line.reset(IDLE, 'client', 255)
  },
  'work after the silence'(line) {
    line.open(1)
    line.exchange(2)
    line.exchange(IDLE)
    line.close(IDLE + 1)
  },
}
for (const [name, tell] of Object.entries(innocent))
  test(`${name} is not a connection forgotten`, async () => {
    const { net, app, web } = story()
    daily(net, [web, app, 61_004])
    tell(new Line(net, [web, app], 61_004))
    expect((await toldOf(net.pcap())).said.filter(text => text.includes('forgotten'))).toEqual([])
  })

test('sequence numbers may wrap in between', async () => {
  const { net, app, web } = story()
  daily(net, [web, app, 61_004])
  forgotten(new Line(net, [web, app], 61_004, { first: 0xffff_fff0 }))
  expect((await toldOf(net.pcap())).said).toEqual(['degraded:forgotten S-06 web-1 > app-a'])
})

test('where one direction is not heard, nothing is told', async () => {
  const { net, app, web } = story()
  daily(net, [web, app, 61_004])
  forgotten(new Line(net, [web, app], 61_004, { unheard: ['server'] }))
  expect((await toldOf(net.pcap())).said).toEqual([])
})

test('where the capture paused, the silence is not known to be one', async () => {
  const { net, app, web } = story()
  others(net, [1, 20])
  forgotten(new Line(net, [web, app], 61_004))
  others(net, [IDLE, IDLE + 5 * MINUTE])
  expect((await toldOf(net.pcap())).said).toEqual([])
})

test('where the capture ends too soon, nothing is told', async () => {
  const { net, app, web } = story()
  daily(net, [web, app, 61_004], IDLE)
  forgotten(new Line(net, [web, app], 61_004))
  expect((await toldOf(net.pcap())).said).toEqual([])
})
