// Bounds of what the slow path and the judge remember, and of findings.

import { createHash } from 'node:crypto'
import { expect } from 'vitest'
import { bytesOf, u16 } from '../../fixtures/scenario/bytes.ts'
import { sipInvite } from '../../fixtures/scenario/payloads.ts'
import { dnsQuery, opaque } from '../../fixtures/scenario/payloads-binary.ts'
import { FindingCollector } from '../../src/findings/collect.ts'
import { AddressBook } from '../../src/flows/addresses.ts'
import { Directions } from '../../src/flows/direction.ts'
import type { Ends } from '../../src/flows/record.ts'
import { ipv4 } from '../../src/model/address.ts'
import { Evidence } from '../../src/policy/evidence.ts'
import { HttpsPaths } from '../../src/policy/https.ts'
import { Inventory } from '../../src/policy/inventory.ts'
import { Judge } from '../../src/policy/judge.ts'
import { Listening } from '../../src/policy/listening.ts'
import { GwsimModes } from '../../src/policy/modes.ts'
import { NameBook } from '../../src/policy/names.ts'
import { conditionsOf, Rulebook } from '../../src/policy/rulebook.ts'
import { FirstMessages } from '../../src/protocols/first-messages.ts'
import { Sender } from '../../src/protocols/recogniser.ts'
import { flow, host, network, node, site } from '../policy/builders.ts'
import { type Frame, IP_AT, icmpAbout, patched, udp } from '../support/frames.ts'
import { judged, policyOf, row, sha256 } from '../support/judged.ts'
import { NO_PORTS } from '../support/kernel.ts'
import { type BoundCase, monitored, numbersTo } from './case.ts'

export const FLOW_BOUNDS: Readonly<Record<string, BoundCase>> = {
  'stretches of time in which a sensor listened': (max = 0) => {
    const coverage = new Listening()
    const isKnown = (stretch: number) =>
      coverage.covers((100 * stretch + 1) * 1e9, (100 * stretch + 1) * 1e9)
    const listen = (stretch: number) =>
      [0, 2].forEach(second => void coverage.heard(100 * stretch + second))
    numbersTo(max).forEach(listen)
    expect([isKnown(0), isKnown(max - 1)]).toEqual([true, true])
    listen(max)
    expect([isKnown(0), isKnown(1), isKnown(max)]).toEqual([false, true, true])
  },

  'first messages of UDP flows': (ring = 0, each = 0) => {
    const messages = new FirstMessages()
    const query = dnsQuery('meet.example.com')
    const keep = (flow: number, bytes: Uint8Array) =>
      messages.keep(flow, 0, Sender.Client, { bytes, at: 0, end: bytes.length })
    const place = keep(0, query)
    const asked = () => messages.factsOf(0, place, 'dns').requests.length
    const long = opaque(2 * each)
    // Each message has a header beside its own bytes.
    const room = Math.floor((0.95 * ring) / each)
    for (const flow of numbersTo(room)) keep(1 + flow, long)
    expect([asked(), messages.forgotten]).toEqual([1, 0])
    for (const flow of numbersTo(ring / each - room)) keep(1 + flow, long)
    expect([asked(), messages.forgotten]).toEqual([0, 1])

    const software = (headBytes: number) => {
      const [line = '', ...rest] = sipInvite().split('\r\n')
      const filler = `X: ${'x'.repeat(headBytes - line.length - 7)}`
      const invite = bytesOf([line, filler, 'User-Agent: phone', ...rest].join('\r\n'))
      return messages.factsOf(0, keep(0, invite), 'sip').clientSoftware
    }
    expect(software(each - 100)).toBe('phone')
    expect(software(each)).toBeNull()
  },

  'records of a batch': (max = 0) => {
    const flows = numbersTo(max + 1).map(port => fromPort(udp(0, 'a:1 > b:1'), port))
    expect(monitored(flows).batches).toEqual([max, 1])
  },

  'ICMP errors kept for open flows': (max = 0) => {
    const query = udp(0, 'a:1 > b:53')
    const queries = numbersTo(max).map(port => fromPort(query, port))
    const error = icmpAbout(1, 'w > a', [3, 13], query)
    const errors = numbersTo(max).map(port => patched(error, QUOTED_PORT_AT, ...u16(port)))
    const last = udp(0.5, 'a:1 > c:53')
    const surplus = icmpAbout(2, 'w > a', [3, 13], last)
    const reasons = (frames: readonly Frame[]) => monitored(frames).ledger.reasons
    const full = [...queries, last, ...errors]
    expect(reasons(full)['note.icmp_error_dropped']).toBeUndefined()
    expect(reasons([...full, surplus])['note.icmp_error_dropped']).toBe(1)
  },

  'rulings, placements, addresses remembered': (max = 0) => {
    const book = new AddressBook()
    const first = book.ipv4(0)
    for (const number of numbersTo(max)) book.ipv4(number)
    expect(book.ipv4(0)).toBe(first)
    book.ipv4(max)
    expect(book.ipv4(0)).not.toBe(first)

    const inventory = new Inventory(SITE, [])
    const placement = inventory.place(first)
    for (const number of numbersTo(max - 1)) inventory.place(ipv4(number))
    expect(inventory.place(first)).toBe(placement)
    inventory.place(ipv4(max))
    expect(inventory.place(first)).not.toBe(placement)

    const judge = new Judge({
      ...{ inventory, book: BOOK, names: new NameBook() },
      evidence: new Evidence(() => Number.NEGATIVE_INFINITY),
      ...{ modes: new GwsimModes(BOOK), https: new HttpsPaths(false) },
    })
    const log = flow('10.0.9.9:50000 -> 10.0.0.5:22 tcp')
    const rowAt = (port: number, transport: 'tcp' | 'udp' = 'tcp'): string | null => {
      const server = { ...log.server, port }
      const moment = { nowNs: 60e9, epochSeconds: 0 }
      return judge.judge({ ...log, transport, server }, moment).verdict.row
    }
    const known = [rowAt(22), rowAt(23)]
    for (const port of numbersTo(max)) rowAt(port, 'udp')
    expect(known[0]).toBe('I-01')
    expect(known[1]).not.toBe('I-01')
    expect([rowAt(22), rowAt(23)]).toEqual(known)
  },

  'services that have answered': (max = 0) => {
    const directions = new Directions(NO_PORTS)
    const ends = (server: number, basis: 'syn' | 'first_packet'): Ends => ({
      ...{ transport: 'tcp', protocol: 6, orientation: { clientHigh: false, basis } },
      low: { address: ipv4(1), port: 50_000 },
      high: { address: ipv4(2 + (server >> 16)), port: server & 0xffff },
    })
    for (const server of numbersTo(max + 1)) directions.learn(ends(server, 'syn'))
    expect(directions.of(ends(max - 1, 'first_packet')).basis).toBe('service_seen')
    expect(directions.of(ends(max, 'first_packet')).basis).toBe('first_packet')
  },

  'TTLs of a host': (max = 0) => {
    const evidence = new Evidence(() => Number.NEGATIVE_INFINITY)
    const server = host('app@core')
    for (const ttl of numbersTo(max)) evidence.noteHandshake(server, 40 + ttl, Number.NaN)
    expect(evidence.profile(server)?.isWhole).toBe(true)
    for (const ttl of numbersTo(100)) evidence.noteHandshake(server, 100 + ttl, Number.NaN)
    expect(evidence.profile(server)?.isWhole).toBe(false)
    expect(evidence.profile(server)?.ttls).toHaveLength(max + 1)
  },

  'findings of a row': (max = 0) => {
    const findings = collected(numbersTo(max + 1))
    expect(findings.ledger()).toEqual({ hits: max + 1, in_findings: max, in_overflow: 1 })
  },

  'pairs whose unverified share is told': (max = 0) => {
    const app = { expect: ['http'], not: [] }
    const policy = policyOf([row('I-02', 'admin -> app tcp/80', { app })])
    const collector = new FindingCollector(policy, sha256)
    const one = judged('admin -> app-a tcp/80', 'permitted_unverified I-02')
    for (const number of numbersTo(max + 1))
      collector.share({ ...one, client: { ...one.client, name: `admin-${number}` } }, () => null)
    expect(collector.findings()).toHaveLength(max)
  },

  'examples of a finding': (max = 0) => {
    const [finding] = collected(numbersTo(max + 1).map(() => 7)).findings()
    expect(finding?.examples).toHaveLength(max)
    expect(finding?.members).toBe(max + 1)
  },
}

/** Behind the headers of Ethernet, IP and ICMP and the quoted IP header. */
const QUOTED_PORT_AT = IP_AT + 20 + 8 + 20
const SITE = site({
  networks: ['10.0.0.0/24 core', '10.0.9.0/24 admin-net admin'].map(network),
  nodes: [node('app app 10.0.0.5')],
})
const POLICY = policyOf([row('I-01', 'admin -> app tcp/22')])
const BOOK = new Rulebook(POLICY, conditionsOf(SITE, []))

const fromPort = (frame: Frame, port: number): Frame => patched(frame, IP_AT + 20, ...u16(port))

/** Each port that an unknown host answers is a cause of its own. */
function collected(ports: readonly number[]): FindingCollector {
  const hash = (text: string): string => createHash('sha256').update(text).digest('hex')
  const collector = new FindingCollector(policyOf([]), hash)
  for (const port of ports)
    collector.add(judged(`external -> app-a tcp/${port}`, 'escaped:unlisted unlisted'), null)
  return collector
}
