// Complaint 5: a mirror port that delivers every packet twice. The office day with all that is planted in it
// must say the same by its watchers too: copies from a router make no second holder of an address, no other
// card and no other segment. Flows and verdicts packet by packet are compared in test/duplicates.test.ts.

import { readFileSync } from 'node:fs'
import { beforeAll, describe, expect, test } from 'vitest'
import { plantedDay } from '../../fixtures/day/day.ts'
import { sortByTime } from '../../fixtures/scenario/edit.ts'
import { type Packet, pcapOf } from '../../fixtures/scenario/pcap.ts'
import { type Audited, auditBytes, verdictText } from '../support/audit.ts'

const SITE = readFileSync('fixtures/day/site.yaml', 'utf8')
const LONG_MS = 60_000
const LATER_NS = 40_000

const TYPE_AT = 12
const TAG_BYTES = 4
const TYPE = { VLAN: 0x8100, IPV4: 0x0800 } as const
const ROUTER_MAC = [0x02, 0x00, 0x5e, 0x00, 0x00, 0xfe]

type Copying = (bytes: Uint8Array) => Uint8Array

const viewOf = ({ buffer, byteOffset, byteLength }: Uint8Array): DataView =>
  new DataView(buffer, byteOffset, byteLength)

const isTagged = (bytes: Uint8Array): boolean => viewOf(bytes).getUint16(TYPE_AT) === TYPE.VLAN

/** Where the IPv4 header begins; null in any other frame. */
function ipAt(bytes: Uint8Array): number | null {
  const at = TYPE_AT + 2 + (isTagged(bytes) ? TAG_BYTES : 0)
  return viewOf(bytes).getUint16(at - 2) === TYPE.IPV4 ? at : null
}

/** TTL one lower, and a header checksum that fits (RFC 1624). What is not IPv4 is not routed. */
const behindRouter: Copying = bytes => {
  const copy = bytes.slice()
  const at = ipAt(copy)
  if (at === null) return copy
  const view = viewOf(copy)
  const sum = view.getUint16(at + 10) + 0x100
  view.setUint8(at + 8, view.getUint8(at + 8) - 1)
  view.setUint16(at + 10, (sum & 0xffff) + (sum >>> 16))
  return copy
}

/** A tag more, or another id in the tag. */
const inVlan: Copying = bytes => {
  const head = bytes.subarray(0, TYPE_AT)
  const rest = bytes.subarray(TYPE_AT + (isTagged(bytes) ? TAG_BYTES : 0))
  return Uint8Array.from([...head, TYPE.VLAN >> 8, TYPE.VLAN & 0xff, 999 >> 8, 999 & 0xff, ...rest])
}

/** From the card of a router, into another VLAN. */
const fromRouter: Copying = bytes => {
  const copy = behindRouter(bytes)
  if (ipAt(copy) === null) return copy
  copy.set(ROUTER_MAC, 6)
  return inVlan(copy)
}

const COPIES: Readonly<Record<string, Copying>> = {
  'just the same': bytes => bytes,
  'with a TTL one lower': behindRouter,
  'in another VLAN': inVlan,
  'from the card of a router, with a TTL one lower and in another VLAN': fromRouter,
}

const twice = (packets: readonly Packet[], copyOf: Copying): readonly Packet[] =>
  sortByTime(
    packets.flatMap(packet => {
      const bytes = copyOf(packet.bytes)
      const timeNs = packet.timeNs + LATER_NS
      return [packet, { ...packet, bytes, wire: bytes.length, timeNs }]
    }),
  )

/** Strangers of another network say a few things under IP id 0, of which the same once more may be no copy. */
const hasIdentity = ({ bytes }: Packet): boolean => {
  const at = ipAt(bytes)
  return at === null || viewOf(bytes).getUint16(at + 4) !== 0
}

/** What must not change: verdicts by number, findings with their flows, statements with their findings. */
const saidBy = ({ flows, findings, coverage }: Audited) => ({
  verdicts: flows.map(verdictText).toSorted(),
  findings: findings.map(({ id, title, members }) => `${id} ${title} x${members}`),
  statements: coverage.statements.map(
    ({ id, state, reason, times_kept, findings: against }) =>
      `${id} ${state} ${times_kept}: ${reason} ${against.join()}`,
  ),
})

describe('pitfall 5: every packet twice, with the watchers', () => {
  const day = plantedDay()
  const packets = day.packets().filter(hasIdentity)
  const audited = (seen: readonly Packet[]): Promise<Audited> =>
    auditBytes(
      pcapOf(seen, { epochSeconds: day.epochSeconds, precision: 'nano' }),
      SITE,
      'core-span',
    )
  let once: Audited
  beforeAll(async () => {
    once = await audited(packets)
  }, LONG_MS)

  test('the day has a quarrel about the shared address and much else to tell', () => {
    expect(day.packets().length - packets.length).toBeLessThan(300)
    expect(once.findings.map(({ reason }) => reason)).toContain('split_brain')
    expect(once.ledger.reader.duplicate).toBe(0)
  })

  for (const [how, copyOf] of Object.entries(COPIES))
    test(
      `${how}, says the same`,
      async () => {
        const doubled = await audited(twice(packets, copyOf))
        expect(saidBy(doubled)).toEqual(saidBy(once))
        expect(doubled.ledger.reader.duplicate).toBe(packets.length)
      },
      LONG_MS,
    )
})
