// The statements about two Application Servers and what passes between them, F-01 and F-07 to F-15.

import { httpRequest, httpResponse } from '../../fixtures/scenario/payloads.ts'
import { beat, beats, MINUTE, range, type Story } from '../watchers/failover-story.ts'
import { Line } from '../watchers/line.ts'
import { betweenNodes } from './scenes.ts'
import { type Cells, hidden, kept, violated } from './told.ts'

const page = { request: httpRequest(), response: httpResponse() }
const ALIVE = { request: 'alive?', response: 'yes' }
const BURST = { request: 'x'.repeat(40_000), response: 'done' }

/** Replication is away from the second minute until the tenth. */
function outage({ net, a, b }: Story): void {
  net.at(20).tcp(a, b, 2008, ALIVE)
  net.at(100).tcpSilent(a, b, 2008, { tries: 3 })
}
/** As fast as told, and so much that the sender waits for the link. */
const backlog = (title: string, bitsPerSecond: number) =>
  betweenNodes(title, 5 * MINUTE, ({ net, a, b }) => {
    const line = new Line(net, [a, b], 2008)
    line.open(100)
    line.close(line.backlog(101, 60, (1460 * 8) / bitsPerSecond))
  })
const alone = betweenNodes('one of the nodes is never heard', 5 * MINUTE, () => {})
const idle = betweenNodes(
  'nothing but a heartbeat passes',
  5 * MINUTE,
  told => void beats(told, [0]),
)
const burst = betweenNodes('a burst passes that nobody ordered', 5 * MINUTE, ({ net, a, b }) => {
  net.at(140).tcp(a, b, 2008, BURST)
})
const madeUp = betweenNodes(
  'a burst follows an outage',
  30 * MINUTE,
  told => {
    outage(told)
    told.net.at(600).tcp(told.a, told.b, 2008, BURST)
  },
  { isServed: false },
)
const late = [...range(0, 8), ...range(18, 30)]

export const BETWEEN_NODES: Readonly<Record<string, Cells>> = {
  'F-01': {
    confirms: kept(
      betweenNodes('both nodes are heard', 5 * MINUTE, ({ net, a, b }) => {
        net.at(20).tcp(a, b, 2008, ALIVE)
      }),
    ),
    violates: { impossible: 'one Application Server alone breaks nothing: failover is a choice' },
    cannotTell: hidden(alone),
  },
  'F-07': {
    confirms: kept(burst),
    violates: { impossible: 'how changes are buffered before they leave, no packet carries' },
    cannotTell: hidden(idle),
  },
  'F-08': {
    confirms: kept(
      betweenNodes('a heartbeat each minute', 10 * MINUTE, told => void beats(told, range(0, 10))),
    ),
    violates: violated(
      betweenNodes('no heartbeat for ten minutes', 30 * MINUTE, told => void beats(told, late)),
    ),
    cannotTell: hidden(betweenNodes('two minutes', 2 * MINUTE, told => void beats(told, [0]))),
  },
  'F-09': {
    confirms: kept('app -> app-b icmp/echo established'),
    violates: violated(
      betweenNodes('a late heartbeat, and a ping in vain', 30 * MINUTE, told => {
        beats(told, late)
        told.net.at(beat(7) + 65).ping(told.a, told.b, { count: 3, answered: false })
      }),
    ),
    cannotTell: hidden('app -> app-b icmp/echo one_way'),
  },
  'F-10': {
    confirms: kept(idle),
    violates: { impossible: 'there is no limit that a latency could exceed' },
    cannotTell: hidden(alone),
  },
  'F-11': {
    confirms: kept(backlog('a backlog drains at 256 kbit/s', 256_000)),
    violates: violated(backlog('a backlog drains at 64 kbit/s', 64_000)),
    cannotTell: hidden(idle),
  },
  'F-12': {
    confirms: kept(
      betweenNodes('a burst follows administration', 5 * MINUTE, ({ net, a, b, admin }) => {
        net.at(100).tcp(admin, a, 9090, page)
        net.at(140).tcp(a, b, 2008, BURST)
      }),
    ),
    violates: {
      impossible: 'whether anything was changed that had to be replicated, no packet says',
    },
    cannotTell: hidden(burst),
  },
  'F-13': {
    confirms: kept(burst),
    violates: violated(
      betweenNodes('a connection ends with bytes under way', 5 * MINUTE, ({ net, a, b }) => {
        const line = new Line(net, [a, b], 2008)
        line.open(100)
        line.exchange(101, 1400, 0)
        line.send(101.1, 'client', { bytes: 1400 })
        line.reset(101.3, 'client')
      }),
    ),
    cannotTell: hidden(idle),
  },
  'F-14': {
    confirms: kept(madeUp),
    violates: violated(betweenNodes('users are served meanwhile', 10 * MINUTE, outage)),
    cannotTell: hidden(
      betweenNodes('nobody is served meanwhile', 10 * MINUTE, outage, { isServed: false }),
    ),
  },
  'F-15': {
    confirms: kept(madeUp),
    violates: violated(
      betweenNodes('no burst follows a long outage', 30 * MINUTE, told => {
        outage(told)
        told.net.at(600).tcp(told.a, told.b, 2008, ALIVE)
      }),
    ),
    cannotTell: hidden(
      betweenNodes('the capture ends soon after an outage', 30 * MINUTE, told => {
        outage(told)
        told.net.at(25 * MINUTE).tcp(told.a, told.b, 2008, ALIVE)
      }),
    ),
  },
}
