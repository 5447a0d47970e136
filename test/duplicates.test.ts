// Goal: a mirror port that delivers every packet twice changes no verdict and no count (pitfalls, 5).
// Method: the demo's morning, each packet followed by a copy as such ports make them: the same once more,
// from behind a router (TTL one lower), from another VLAN. Real retransmissions are told apart by IP id.

import { readFileSync } from 'node:fs'
import { beforeAll, describe, expect, test } from 'vitest'
import { officeMorning } from '../fixtures/demo/office.ts'
import { type Packet, pcapOf } from '../fixtures/scenario/pcap.ts'
import { scenario } from '../fixtures/scenario/scenario.ts'
import { type Audited, auditBytes, verdictText } from './support/audit.ts'

const SITE = readFileSync('fixtures/demo/site.yaml', 'utf8')
const LATER_NS = 40_000
const LONG_MS = 60_000

const morning = officeMorning({ isQuiet: true })
const options = { epochSeconds: morning.epochSeconds }
const audited = (packets: readonly Packet[]): Promise<Audited> =>
  auditBytes(pcapOf(packets, options), SITE, 'core-span')

/** Each packet and then its copy, in the order of time. */
function doubled(packets: readonly Packet[], copyOf: (bytes: Uint8Array) => Uint8Array): Packet[] {
  return packets
    .flatMap(packet => {
      const bytes = copyOf(packet.bytes)
      const wire = packet.wire + bytes.length - packet.bytes.length
      return [packet, { ...packet, bytes, wire, timeNs: packet.timeNs + LATER_NS }]
    })
    .toSorted((one, other) => one.timeNs - other.timeNs)
}

const ETHERTYPE_AT = 12
const isIpv4 = (bytes: Uint8Array, at: number): boolean =>
  bytes[at] === 0x08 && bytes[at + 1] === 0x00
const isTagged = (bytes: Uint8Array): boolean => bytes[ETHERTYPE_AT] === 0x81

/** The copy behind a router: TTL one lower, and a header checksum that fits (RFC 1624). */
function routed(bytes: Uint8Array): Uint8Array {
  const type = isTagged(bytes) ? ETHERTYPE_AT + 4 : ETHERTYPE_AT
  if (!isIpv4(bytes, type)) return bytes
  const copy = bytes.slice()
  const view = new DataView(copy.buffer)
  const ttlAt = type + 2 + 8
  view.setUint8(ttlAt, view.getUint8(ttlAt) - 1)
  const sum = view.getUint16(ttlAt + 2) + 0x100
  view.setUint16(ttlAt + 2, (sum & 0xffff) + (sum >>> 16))
  return copy
}

/** The copy from another VLAN: a tag more, or another id in the tag. */
function inVlan(bytes: Uint8Array): Uint8Array {
  if (isTagged(bytes)) {
    const copy = bytes.slice()
    new DataView(copy.buffer).setUint16(ETHERTYPE_AT + 2, 999)
    return copy
  }
  const tag = Uint8Array.of(0x81, 0x00, 0x03, 0xe7)
  const [head, tail] = [bytes.subarray(0, ETHERTYPE_AT), bytes.subarray(ETHERTYPE_AT)]
  return Uint8Array.from([...head, ...tag, ...tail])
}

const linesOf = ({ flows }: Audited): string[] =>
  flows
    .map(judged => {
      const { client, server, toServer, toClient } = judged.flow
      const ends = `${client.address.text}:${client.port} > ${server.address.text}:${server.port}`
      const counts = `${toServer.packets}/${toServer.bytes} ${toClient.packets}/${toClient.bytes}`
      return `${ends} ${verdictText(judged)} ${counts}`
    })
    .sort()

describe('every packet twice', () => {
  const packets = morning.packets()
  let once: Audited
  beforeAll(async () => {
    once = await audited(packets)
  }, LONG_MS)

  const copies: Readonly<Record<string, (bytes: Uint8Array) => Uint8Array>> = {
    'just the same': bytes => bytes,
    'with a TTL one lower': routed,
    'in another VLAN': inVlan,
  }
  for (const [how, copyOf] of Object.entries(copies)) {
    test(
      `${how}, makes the same verdicts and counts`,
      async () => {
        const twice = await audited(doubled(packets, copyOf))
        expect(linesOf(twice)).toEqual(linesOf(once))
        expect(twice.ledger.reader.duplicate).toBe(packets.length)
        expect(twice.findings.map(({ id, members }) => `${id} x${members}`)).toEqual(
          once.findings.map(({ id, members }) => `${id} x${members}`),
        )
      },
      LONG_MS,
    )
  }
})

test('what is sent again within milliseconds under an IP id of its own is no copy', async () => {
  const net = scenario({ start: '2026-03-02T10:15:00Z', seed: 3 })
  const web = net.host('web-dmz-1', { ip: '192.0.2.20' })
  const app = net.host('app-a', { ip: '10.10.20.11' })
  net.udp(web, app, 123, { request: new Uint8Array(48).fill(7), count: 20, everyMs: 2 })
  const { ledger, flows } = await auditBytes(net.pcap(), SITE, 'core-span')
  expect(ledger.reader.duplicate).toBe(0)
  expect(flows.map(({ flow }) => flow.toServer.packets)).toEqual([20])
})
