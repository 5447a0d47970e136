// Complaints about comparable systems: a capture that starts late must not accuse anybody of the wrong
// direction or protocol (1), half a conversation is no block (2), and every verdict has its reason (4).
// That no port decides the protocol (10) is in protocols.test.ts; floods (3), copies (5), losses (7), files in
// any order (8), and half a conversation once more with the watchers (2) are in test/pitfalls.

import { beforeAll, describe, expect, test } from 'vitest'
import { cutFirst, stripDirection } from '../../fixtures/scenario/edit.ts'
import { type Packet, pcapOf } from '../../fixtures/scenario/pcap.ts'
import type { Audited } from '../support/audit.ts'
import { auditBytes } from '../support/audit.ts'
import { type Outputs, outputsOf } from '../support/outputs.ts'
import { complaints } from '../support/schemas.ts'
import { SITE } from './rows/site.ts'
import { captureOf } from './rows/telling.ts'

// Every kind of row, kept and broken; clients use ports that are rows of others wherever they may.
// Nothing in here is blocked that ought to be open.
const { packets, epochSeconds } = captureOf([
  'web-dmz -> app tcp/61004 established',
  'admin -> app tcp/22 established',
  'enduser -> app tcp/22 established',
  'admin -> app tcp/443 established from 3333',
  'web-dmz -> app tcp/443 established from 1433',
  'admin -> app udp/161 established',
  'external -> app udp/161 one_way',
  'app -> app-b tcp/2008 established',
  'app-b -> app tcp/2008 established from 2008',
  'app-b -> app tcp/2008 established from 3333',
  'audio -> app tcp/2008 established',
  'web-normal -> app tcp/5003 established from 61004',
  'web-reverse -> app tcp/5003 established',
  'web-reverse -> app tcp/5003 refused',
  'app -> web-reverse tcp/5003 established from 2010',
  'app -> web-normal tcp/5003 established',
  'external -> app tcp/5003 established',
  'cucm -> app udp/5060 established from 5060',
  'app -> cucm tcp/5060 established',
  'web-int -> app tcp/8080 established',
  'web-dmz -> app tcp/8080 established from 1627',
  'web-dmz -> app tcp/8080 silent',
  'admin -> app tcp/9090 established',
  'audio -> app tcp/61002 established from 2010',
  'video -> app tcp/61003 established from 3336',
  'web-int -> app tcp/61004 established from 1433',
  'web-int -> app tcp/61004 refused',
  'external -> app tcp/61004 established from 3333',
  'app -> web-dmz tcp/61004 established',
  'app -> web-int tcp/61004 refused',
  'audio -> app udp/20000 established from 16400',
  'phone -> app udp/20002 established from 16402',
  'admin -> audio tcp/23 established',
  'external -> video tcp/23 refused',
  'app -> audio udp/123 established from 123',
  'app -> audio tcp/2010 established from 61002',
  'app -> audio tcp/2010 refused',
  'app -> video tcp/3333 established from 2008',
  'admin -> video tcp/3333 established',
  'audio -> video tcp/3337 established from 3337',
  'phone -> audio udp/16400 established from 20000',
  'phone -> audio udp/16402 established',
  'audio -> phone udp/20006 one_way from 16404',
  'external -> audio udp/16400 established',
  'app -> video tcp/2944 established',
  'enduser -> web-int tcp/80 established from 2010',
  'external -> web-dmz tcp/443 established from 3340',
  'external -> web-int tcp/443 established',
  'enduser -> web-dmz tcp/1627 established from 3336',
  'external -> web-dmz tcp/1627 established',
  'external -> web-dmz tcp/1627 refused',
  'web-int -> sql tcp/1433 established from 2008',
  'app -> sql tcp/1433 established',
  'lcs -> lcs-gw tcp/5061 established',
  'sametime -> sametime-gw tcp/8086 established',
  'app -> exchange tcp/443 established from 61004',
  'app -> smtp tcp/25 established from 2008',
  'app -> dns udp/53 established from 5060',
  'app -> dns tcp/53 refused',
  'app -> ntp udp/123 established from 123',
  'app -> cucm tcp/8443 established from 61003',
  'enduser -> webex tcp/443 established',
  'app -> webex tcp/443 established from 61002',
  'app -> external tcp/9443 established',
  'external -> app tcp/3389 established',
  'app-b -> web-int tcp/3389 established',
  'app -> app-b icmp/echo established',
  // The same rows with what they carry: a part of it may look like something else.
  'admin -> app tcp/22 ssh from 3333',
  'admin -> app tcp/443 tls from 1433',
  'web-dmz -> app tcp/61004 http from 1627',
  'web-dmz -> app udp/123 ntp from 123',
  'admin -> app udp/161 snmp from 2008',
  'cucm -> app tcp/5060 sip from 2010',
  'cucm -> app udp/5060 sip from 5062',
  'audio -> app udp/20008 rtp from 16406',
  'audio -> app udp/20009 rtcp from 16407',
  'admin -> audio tcp/21 ftp from 3336',
  'admin -> video tcp/23 telnet from 3340',
  'app -> audio tcp/3336 xml from 61002',
  'app -> video tcp/2944 h248 from 61003',
  'enduser -> web-dmz tcp/1627 rtmp from 3337',
  'web-int -> sql tcp/1433 tds from 2944',
  'app -> smtp tcp/25 smtp from 3333',
  'app -> socks tcp/1080 socks from 2010',
  'app -> dns tcp/53 dns from 2008',
  'app -> dns udp/53 dns from 123',
  'app -> cucm tcp/389 ldap from 61004',
  'sametime -> sametime-gw tcp/8086 rmi from 1627',
  'app -> audio tcp/2010 opaque from 61003',
  'enduser -> app tcp/9090 http from 2008',
  'app -> web-int tcp/61004 http from 3333',
])

const DIRECTION: readonly (string | null)[] = [
  'wrong_direction',
  'forbidden_by_mode',
  'over_exposed',
  'wrong_protocol',
]

const audited = (seen: readonly Packet[]): Promise<Audited> =>
  auditBytes(pcapOf(seen, { epochSeconds }), SITE)

/**
 * `over_exposed I-01 enduser-int@user-net -> app` of each finding that says who may not open what.
 */
const accusations = ({ findings }: Audited): readonly string[] =>
  findings
    .filter(({ verdict, reason }) => verdict === 'escaped' && DIRECTION.includes(reason))
    .map(({ reason, row, source, destination }) => `${reason} ${row} ${source} -> ${destination}`)

/** Packets that each address sent; what ICMP reports about others belongs to no flow. */
function sentBy(seen: readonly Packet[]): Record<string, number> {
  const sent: Record<string, number> = {}
  for (const packet of seen.filter(isInFlow)) {
    const { source } = endsOf(packet)
    sent[source] = (sent[source] ?? 0) + 1
  }
  return sent
}

function countedOf({ flows }: Audited): Record<string, number> {
  const counted: Record<string, number> = {}
  for (const { flow } of flows)
    for (const [end, { packets: count }] of [
      [flow.client, flow.toServer],
      [flow.server, flow.toClient],
    ] as const)
      if (count > 0) counted[end.address.text] = (counted[end.address.text] ?? 0) + count
  return counted
}

const ICMP = 1
const UNREACHABLE = 3
const PROTOCOL_AT = 23
const SOURCE_AT = 26
const TARGET_AT = 30
const PORTS_AT = 34

const isInFlow = ({ bytes }: Packet): boolean =>
  bytes[PROTOCOL_AT] !== ICMP || bytes[PORTS_AT] !== UNREACHABLE

/** The frames of this story are plain Ethernet and IPv4 without options. */
function endsOf({ bytes }: Packet) {
  const address = (at: number) => bytes.subarray(at, at + 4).join('.')
  const port = (at: number) => bytes.subarray(at, at + 2).join('.')
  const source = address(SOURCE_AT)
  const isIcmp = bytes[PROTOCOL_AT] === ICMP
  const ends = [`${source} ${port(PORTS_AT)}`, `${address(TARGET_AT)} ${port(PORTS_AT + 2)}`]
  const flow = isIcmp ? 'icmp' : `${bytes[PROTOCOL_AT]} ${ends.sort().join(' ')}`
  return { source, flow }
}

const FLOWS = new Map<string, Packet[]>()
for (const packet of packets.filter(isInFlow)) {
  const { flow } = endsOf(packet)
  FLOWS.set(flow, [...(FLOWS.get(flow) ?? []), packet])
}

/** The capture without the first packets of these flows. */
function cutFlows(flows: readonly (readonly Packet[])[], count: number): readonly Packet[] {
  const lost = new Set(flows.flatMap(own => own.slice(0, count)))
  return packets.filter(packet => !lost.has(packet))
}

describe('pitfall 1: a capture that starts late', () => {
  let known: readonly string[]
  beforeAll(async () => {
    known = accusations(await audited(packets))
  })

  async function accusesNobodyNew(seen: readonly Packet[]): Promise<void> {
    const audit = await audited(seen)
    expect(accusations(audit).filter(text => !known.includes(text))).toEqual([])
    expect(countedOf(audit)).toEqual(sentBy(seen))
  }

  test('the whole one has something to accuse', () => {
    expect(known).toContain('wrong_direction S-10 app -> web-dmz')
    expect(known).toContain('forbidden_by_mode I-06.2 web-reverse -> app')
    expect(known).toContain('over_exposed I-12 external@internet -> app')
  })

  for (let count = 1; count <= 10; count++) {
    test(`by ${count} packets accuses nobody new`, () => accusesNobodyNew(cutFirst(packets, count)))
    test(`by ${count} packets of every flow accuses nobody new`, () =>
      accusesNobodyNew(cutFlows([...FLOWS.values()], count)))
  }

  // A flow that has no packet more than were cut before has been cut whole.
  for (const [before, count] of [
    [0, 1],
    [1, 2],
    [2, 3],
    [3, 5],
  ] as const)
    test(`by ${count} packets of any one flow accuses nobody new`, async () => {
      const longer = [...FLOWS.values()].filter(flow => flow.length > before)
      for (const flow of longer) await accusesNobodyNew(cutFlows([flow], count))
    }, 60_000)
})

describe('pitfall 2: half a conversation', () => {
  const misdropped = async (isLost: (packet: Packet) => boolean) =>
    (await audited(stripDirection(packets, isLost))).flows
      .filter(({ verdict }) => verdict.kind === 'misdropped')
      .map(({ client, server, flow }) => `${client.role} -> ${server.role} ${flow.server.port}`)

  test('the whole one has nothing misdropped', async () => {
    expect(await misdropped(() => false)).toEqual([])
  })

  test('is not misdropped when all answers are lost', async () => {
    const askers = new Map([...FLOWS].map(([key, [first]]) => [key, first?.from]))
    expect(await misdropped(packet => askers.get(endsOf(packet).flow) !== packet.from)).toEqual([])
  })

  test('is not misdropped when all questions are lost', async () => {
    const askers = new Map([...FLOWS].map(([key, [first]]) => [key, first?.from]))
    expect(await misdropped(packet => askers.get(endsOf(packet).flow) === packet.from)).toEqual([])
  })

  test('is not misdropped when one way between two hosts is lost', async () => {
    const ways = new Set(packets.map(({ from, to }) => `${from} ${to}`))
    for (const way of ways)
      expect(await misdropped(({ from, to }) => `${from} ${to}` === way)).toEqual([])
  }, 60_000)

  test('is not misdropped when nothing to one host is seen', async () => {
    for (const name of new Set(packets.map(({ to }) => to)))
      expect(await misdropped(({ to }) => to === name)).toEqual([])
  }, 60_000)
})

describe('pitfall 4: every event says on what grounds', () => {
  let written: Outputs
  beforeAll(() => {
    written = outputsOf(pcapOf(packets, { epochSeconds }), SITE)
  }, 60_000)

  test('in EVE: row, place in the document, demand, who may do it, and what to do', () => {
    const lines = written.eve
      .trimEnd()
      .split('\n')
      .map(line => JSON.parse(line))
    for (const line of lines) expect(complaints('eve', line)).toEqual([])
    const alerts = lines.filter(line => line.event_type === 'alert')
    expect(alerts.length).toBeGreaterThan(10)
    for (const { mp } of alerts)
      expect([mp.title, mp.row, mp.cite, mp.says, mp.fix].every(text => text !== '')).toBe(true)
  })

  test('in the result', () => {
    expect(complaints('result', JSON.parse(written.json))).toEqual([])
  })

  test('with what the flow was found to carry', () => {
    expect(written.eve).toContain('"app":{"protocol":"ssh","by":"both","version":"SSH-2.0"')
    expect(written.terminal.replaceAll(/\s+/g, ' ')).toContain(
      'It speaks HTTP/1.1: GET meet.example',
    )
  })
})
