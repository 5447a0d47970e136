// Sentences become packets: `admin -> app tcp/22 established`, `web-int -> app udp/123 one_way from
// 123`. ICMP has no port but `echo`. Each sentence has a client port of its own, unless it says
// which. In the place of `established` may stand what the two speak: `admin -> app tcp/22 ssh`.

import type { Packet } from '../../../fixtures/scenario/pcap.ts'
import { scenario, type Verbs } from '../../../fixtures/scenario/scenario.ts'
import type { Host, Told } from '../../../fixtures/scenario/stage.ts'
import { DATAGRAM_TALKS, STREAM_TALKS } from '../../support/conversations.ts'
import { PEOPLE } from './site.ts'

export interface Words {
  readonly client: string
  readonly server: string
  readonly transport: string
  readonly port: number
  readonly outcome: string
  readonly clientPort: number
}

export interface Capture {
  readonly packets: readonly Packet[]
  readonly epochSeconds: number
}

const FIRST_CLIENT_PORT = 40_000
const SECONDS_APART = 0.05
const TRIES = 3
/** Long after the hold time of the last attempt. */
const END_SECONDS = 300
const OTHERS: Readonly<Record<string, string>> = {
  ...{ wall: '192.0.2.1', bystander: '10.99.0.1', passerby: '10.99.0.2' },
}

export function wordsOf(sentence: string, index: number): Words {
  const [client = '', , server = '', service = '', outcome = '', , from] = sentence.split(' ')
  const [transport = '', port = ''] = service.split('/')
  const clientPort = from === undefined ? FIRST_CLIENT_PORT + index : Number(from)
  return { client, server, transport, port: Number(port), outcome, clientPort }
}

export function addressOf(name: string): string {
  const address = PEOPLE[name] ?? OTHERS[name]
  if (address === undefined) throw new Error(`nobody is called "${name}"`)
  return address
}

/** All sentences in one capture, one after the other, and strangers at its end. */
export function captureOf(sentences: readonly string[]): Capture {
  const net = scenario({ start: '2026-03-02T10:15:00Z', seed: 7 })
  const hosts = new Map<string, Host>()
  const hostOf = (name: string): Host => {
    const host = hosts.get(name) ?? net.host(name, { ip: addressOf(name) })
    hosts.set(name, host)
    return host
  }
  for (const [index, sentence] of sentences.entries())
    tell(net.at(1 + index * SECONDS_APART), wordsOf(sentence, index), hostOf)
  net.at(END_SECONDS).udp(hostOf('bystander'), hostOf('passerby'), 9)
  return { packets: net.packets(), epochSeconds: net.epochSeconds }
}

type Verb = (net: Verbs, from: Host, to: Host, words: Words, wall: Host) => Told

const VERBS: Readonly<Record<string, Verb>> = {
  'tcp established': (net, from, to, { port, clientPort }) =>
    net.tcp(from, to, port, { clientPort, request: 'question', response: 'answer' }),
  'tcp refused': (net, from, to, { port, clientPort }) =>
    net.tcpRefused(from, to, port, { clientPort, tries: TRIES }),
  'tcp filtered': (net, from, to, { port, clientPort }, by) =>
    net.tcpFiltered(from, to, port, { clientPort, by, how: 'icmp' }),
  'tcp silent': (net, from, to, { port, clientPort }) =>
    net.tcpSilent(from, to, port, { clientPort, tries: TRIES }),
  'tcp midstream': (net, from, to, { port, clientPort }) =>
    net.tcpMidstream(from, to, port, { clientPort }),
  'udp established': (net, from, to, { port, clientPort }) =>
    net.udp(from, to, port, { clientPort }),
  'udp refused': (net, from, to, { port, clientPort }) =>
    net.udpRefused(from, to, port, { clientPort }),
  'udp filtered': (net, from, to, { port, clientPort }, by) =>
    net.udpFiltered(from, to, port, { clientPort, by }),
  // What is stopped shows what it was.
  'udp rtcp-filtered': (net, from, to, { port, clientPort }, by) =>
    net.udpFiltered(from, to, port, { clientPort, by, ...DATAGRAM_TALKS['rtcp'] }),
  'udp one_way': (net, from, to, { port, clientPort }) =>
    net.udpOneWay(from, to, port, { clientPort }),
  'icmp established': (net, from, to) => net.ping(from, to),
  'icmp one_way': (net, from, to) => net.ping(from, to, { answered: false }),
}

function tell(net: Verbs, words: Words, hostOf: (name: string) => Host): void {
  const verb = VERBS[`${words.transport} ${words.outcome}`] ?? speaking(words)
  if (verb === undefined) throw new Error(`no verb tells "${words.transport} ${words.outcome}"`)
  verb(net, hostOf(words.client), hostOf(words.server), words, hostOf('wall'))
}

/** A whole conversation of this protocol; undefined where that transport carries no such thing. */
function speaking({ transport, outcome }: Words): Verb | undefined {
  const [talk, exchange] = [STREAM_TALKS[outcome], DATAGRAM_TALKS[outcome]]
  if (transport === 'tcp' && talk !== undefined)
    return (net, from, to, { port, clientPort }) => net.tcp(from, to, port, { clientPort, talk })
  if (transport === 'udp' && exchange !== undefined)
    return (net, from, to, { port, clientPort }) =>
      net.udp(from, to, port, { clientPort, ...exchange })
  return undefined
}
