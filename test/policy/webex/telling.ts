// Sentences about the way to WebEx become packets, and their verdicts words again:
// `enduser -> webex 443 tls acme.webex.com`, `enduser -> proxy 3128 connect acme.webex.com 403`,
// `app -> dns 53 lookup acme.webex.com nxdomain`. Each sentence has a client port of its own.

import { beforeAll, expect, test } from 'vitest'
import { httpRequest } from '../../../fixtures/scenario/payloads.ts'
import {
  dnsQuery,
  opaque,
  socksGreeting,
  socksGreetingAnswer,
  tlsClientHello,
  tlsServerHello,
} from '../../../fixtures/scenario/payloads-binary.ts'
import {
  dnsReply,
  httpAnswer,
  httpConnect,
  httpProxyGet,
  socksConnectName,
  socksReply,
  tlsServerCertificate,
} from '../../../fixtures/scenario/payloads-webex.ts'
import { scenario, type Verbs } from '../../../fixtures/scenario/scenario.ts'
import type { Host } from '../../../fixtures/scenario/stage.ts'
import type { TcpOptions } from '../../../fixtures/scenario/tcp.ts'
import type { JudgedFlow } from '../../../src/model/verdict.ts'
import { type Audited, auditBytes, verdictText } from '../../support/audit.ts'
import { addressOf } from '../builders.ts'
import { PEOPLE, SITE } from '../rows/site.ts'

/** Outside the ranges: where content networks are, where WebEx is not, and who is nobody's. */
const OTHERS: Readonly<Record<string, string>> = {
  ...{ cdn: '23.50.1.1', elsewhere: '198.18.7.7', resolver: '8.8.8.8', wall: '192.0.2.1' },
  ...{ bystander: '10.99.0.1', passerby: '10.99.0.2' },
}

const FIRST_CLIENT_PORT = 40_000
const END_SECONDS = 3600

export interface Told {
  readonly site?: string
  /**
   * What happens before each sentence, in the same words; at 1 s, and the sentences from 10 s on.
   */
  readonly before?: readonly string[]
  /** Seconds after the start at which the first sentence happens. */
  readonly atSeconds?: number
  readonly sensor?: string | null
}

/** One test per sentence: `misdropped:proxy_denied W-02`, remarks after a comma. */
export function testStories(cases: Readonly<Record<string, string>>, told: Told = {}): void {
  testFacts(cases, textOf, told)
}

/** One test per sentence: what `factOf` says of its flow is what is expected. */
export function testFacts<Fact>(
  cases: Readonly<Record<string, Fact>>,
  factOf: (judged: JudgedFlow) => Fact,
  told: Told = {},
): void {
  let audited: Audited
  const sentences = Object.keys(cases)
  beforeAll(async () => {
    audited = await auditStories(sentences, told)
  })
  for (const [index, [sentence, expected]] of Object.entries(cases).entries())
    test(`${sentence} is ${expected}`, () => {
      const judged = audited.flows.find(
        ({ flow }) => flow.client.port === FIRST_CLIENT_PORT + index,
      )
      expect(judged && factOf(judged)).toEqual(expected)
    })
}

/** Everything that was found in a capture of these sentences. */
export async function auditStories(
  sentences: readonly string[],
  { site = SITE, before = [], atSeconds = 10, sensor = null }: Told = {},
): Promise<Audited> {
  const net = scenario({ start: '2026-03-02T10:15:00Z', seed: 7 })
  const hosts = new Map<string, Host>()
  const hostOf = (name: string): Host => {
    const ip = PEOPLE[name] ?? OTHERS[name] ?? name
    const host = hosts.get(name) ?? net.host(name, { ip, firstPort: 50_000 + 100 * hosts.size })
    hosts.set(name, host)
    return host
  }
  for (const [index, sentence] of before.entries())
    tell(net.at(1 + index * 0.1), sentence.split(' '), hostOf)
  for (const [index, sentence] of sentences.entries())
    tell(net.at(atSeconds + index * 0.05), sentence.split(' '), hostOf, FIRST_CLIENT_PORT + index)
  net.at(END_SECONDS).udp(hostOf('bystander'), hostOf('passerby'), 9)
  return auditBytes(net.pcap(), site, sensor)
}

function textOf(judged: JudgedFlow): string {
  const { kind, reason, advisories } = judged.verdict
  const isSaid = (kind === 'misdropped' || kind === 'rejected') && reason !== null
  const verdict = verdictText(judged)
  const text = isSaid ? verdict.replace(kind, `${kind}:${reason}`) : verdict
  return [text, ...advisories].join(', ')
}

type Talk = (words: readonly string[]) => TcpOptions

/** What is said over TCP, by the word for it: words after it are its own. */
const TALKS: Readonly<Record<string, Talk>> = {
  // `tls <name>`, `tls <name> issued <issuer>`, `tls <name> reset`
  tls: ([name = '', how, ...issuer]) => {
    const client = tlsClientHello(name)
    if (how === 'reset') return { talk: [{ client }], close: 'server_reset' }
    const server = how === 'issued' ? tlsServerCertificate(issuer.join(' ')) : tlsServerHello()
    return { request: client, response: server }
  },
  // `http <host><path> <status> <header>`
  http: ([target = '', status = '200', ...header]) => {
    const [host, path] = split(target)
    return { request: httpRequest(path, host), response: answer(status, header) }
  },
  // `get <host><path> <status> <header>`
  get: ([target = '', status = '200', ...header]) => {
    const [host, path] = split(target)
    return { request: httpProxyGet(host, path), response: answer(status, header) }
  },
  // `connect <host> <status>`, `connect <host> <status> then <status>`, `connect <host> unanswered`
  connect: ([host = '', status = '200', , second]) => {
    const request = httpConnect(host)
    if (status === 'unanswered') return { request }
    const talk = [{ client: request }, { server: answer(status, []) }]
    if (second === undefined) return { talk }
    return { talk: [...talk, { client: request }, { server: answer(second, []) }] }
  },
  // `socks <target> <reply>`
  socks: ([target = '', reply = '0']) => ({
    talk: [
      { client: socksGreeting() },
      { server: socksGreetingAnswer() },
      { client: socksConnectName(target) },
      { server: socksReply(Number(reply)) },
    ],
  }),
  opaque: () => ({ request: opaque(40), response: opaque(40, 2) }),
}

function tell(
  net: Verbs,
  [client = '', , server = '', port = '', verb = '', ...words]: readonly string[],
  hostOf: (name: string) => Host,
  clientPort?: number,
): void {
  const [from, to] = [hostOf(client), hostOf(server)]
  const own = clientPort === undefined ? {} : { clientPort }
  if (verb === 'filtered')
    net.tcpFiltered(from, to, Number(port), { ...own, by: hostOf('wall'), how: 'icmp' })
  else if (verb === 'silent') net.tcpSilent(from, to, Number(port), own)
  else if (verb === 'lookup')
    net.udp(from, to, Number(port), {
      ...own,
      request: dnsQuery(words[0] ?? ''),
      response: dnsReply(words[0] ?? '', replyOf(words)),
    })
  else {
    const talk = TALKS[verb]
    if (talk === undefined) throw new Error(`nobody can "${verb}"`)
    net.tcp(from, to, Number(port), { ...own, ...talk(words) })
  }
}

/** `<name> nxdomain`, `<name> refused`, `<name> fails`, `<name> 10.0.0.1,10.0.0.2 ttl 60` */
function replyOf([, what = '', , ttl = '300']: readonly string[]) {
  const codes: Readonly<Record<string, number>> = { nxdomain: 3, refused: 5, fails: 2, nothing: 0 }
  const code = codes[what]
  if (code !== undefined) return { code }
  return { addresses: what.split(',').map(addressOf), ttlSeconds: Number(ttl) }
}

const answer = (status: string, header: readonly string[]): string =>
  status === 'unanswered'
    ? ''
    : httpAnswer(Number(status), ...(header.length === 0 ? [] : [header.join(' ')]))

function split(target: string): readonly [host: string, path: string] {
  const slash = target.indexOf('/')
  return slash < 0 ? [target, '/'] : [target.slice(0, slash), target.slice(slash)]
}
