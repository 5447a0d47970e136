// The office day: ten hours in which every row of the document is in use and nothing is wrong, and
// the same day with what may go wrong. The expectations are written by hand in
// fixtures/day/expected.ts.

import { readFileSync } from 'node:fs'
import { beforeAll, describe, expect, test } from 'vitest'
import { officeDay, plantedDay } from '../fixtures/day/day.ts'
import {
  EXPECTED_FINDINGS,
  PLANTED_FINDINGS,
  STATEMENTS_OF_NO_FLOW,
} from '../fixtures/day/expected.ts'
import { clock } from '../fixtures/day/words.ts'
import { type Packet, pcapOf } from '../fixtures/scenario/pcap.ts'
import type { Scenario } from '../fixtures/scenario/scenario.ts'
import { loadPolicy } from '../src/config/policy.ts'
import type { Finding } from '../src/model/finding.ts'
import { type Audited, auditBytes } from './support/audit.ts'

const SITE = 'fixtures/day/site.yaml'
const SENSOR = 'core-span'
const AUDIT_MS_MAX = 60_000
const PACKETS_MAX = 100_000
const CARDS = { appA: '001b54aa0011', appB: '001b54aa0012' }
const VIP = '0a0a140a'
const { policy: POLICY } = loadPolicy('rules')

const dayAudit = (net: Scenario): Promise<Audited> =>
  auditBytes(net.pcap({ precision: 'nano' }), readFileSync(SITE, 'utf8'), SENSOR)

const pairOf = ({ source, destination }: Finding): string => `${source} -> ${destination}`

const kindOf = ({ verdict, reason }: Finding): string =>
  reason === null ? verdict : `${verdict}:${reason}`

const wholeLine = (finding: Finding): string =>
  `${kindOf(finding)} ${finding.row} ${finding.severity} ${pairOf(finding)} x${finding.members}`

const shortLine = (finding: Finding): string =>
  `${kindOf(finding)} ${finding.row} ${pairOf(finding)}`

describe('the day as it should be', () => {
  let audited: Audited
  beforeAll(async () => {
    audited = await dayAudit(officeDay())
  }, AUDIT_MS_MAX)

  test('has no finding but remarks on clear text, and proof that the filters work', () => {
    expect(audited.findings.map(wholeLine).toSorted()).toEqual(EXPECTED_FINDINGS.toSorted())
  })

  test('leaves nothing open and nothing unverified', () => {
    expect(audited.ledger.verdicts).toMatchObject({
      ...{ undetermined: 0, permitted_unverified: 0, escaped: 0, misdropped: 0, pending: 0 },
    })
    expect(audited.ledger.reader).toMatchObject({
      ...{ dropped: 0, duplicate: 0, malformed: 0, truncated: 0, unsupported: 0 },
    })
    expect(audited.ledger.flows.unflowed).toBe(0)
  })

  test('has every row of the document in use', () => {
    const seen = citedBy(audited)
    const rows = POLICY.rows.filter(({ kind }) => kind !== 'practice').map(({ id }) => id)
    expect(rows.filter(id => !seen.has(id))).toEqual([])
  })

  test('cites every statement that a flow can be cited by', () => {
    const seen = citedBy(audited)
    const unseen = [...POLICY.statements.keys()].filter(id => !seen.has(id))
    expect(unseen.toSorted()).toEqual(STATEMENTS_OF_NO_FLOW.toSorted())
  })
})

describe('the day with what may go wrong', () => {
  test(
    'has just those findings more',
    async () => {
      const { findings } = await dayAudit(plantedDay())
      const planted = Object.values(PLANTED_FINDINGS).flat()
      const usual = new Set(EXPECTED_FINDINGS)
      const lines = findings.map(wholeLine)
      expect(EXPECTED_FINDINGS.filter(line => !lines.includes(line))).toEqual([])
      const added = findings.filter(finding => !usual.has(wholeLine(finding))).map(shortLine)
      expect(added.toSorted()).toEqual(planted.toSorted())
    },
    AUDIT_MS_MAX,
  )
})

// What the headers of single connections do not tell, and the watchers of layer 2 and of time read.
describe('the story', () => {
  let usual: readonly Packet[]
  let planted: readonly Packet[]
  beforeAll(() => {
    usual = officeDay().packets()
    planted = plantedDay().packets()
  }, AUDIT_MS_MAX)

  test(
    'is the same on every run, and small enough to be audited in seconds',
    () => {
      const files = [usual, officeDay().packets()].map(packets =>
        pcapOf(packets, { epochSeconds: 0 }),
      )
      const [one = new Uint8Array(0), other = one] = files
      expect(one !== other && Buffer.from(one).equals(other)).toBe(true)
      expect(usual.length).toBeLessThan(PACKETS_MAX)
    },
    AUDIT_MS_MAX,
  )

  test('gives the shared address one owner at a time, and at lunch the other', () => {
    const owners = ownersOf(usual)
    const isBefore = ({ at }: Owner) => at < clock('12:29:30')
    expect(new Set(owners.filter(isBefore).map(({ card }) => card))).toEqual(new Set([CARDS.appA]))
    const after = owners.filter(owner => !isBefore(owner))
    expect(new Set(after.map(({ card }) => card))).toEqual(new Set([CARDS.appB]))
    expect(after[0]?.at).toBe(clock('12:29:30'))
  })

  test('plants a quarrel about it, in turns', () => {
    const quarrel = ownersOf(planted).filter(
      ({ at }) => at >= clock('11:10') && at < clock('11:15'),
    )
    expect(quarrel.filter(({ card }) => card === CARDS.appA).length).toBeGreaterThan(10)
    expect(quarrel.filter(({ card }) => card === CARDS.appB).length).toBeGreaterThan(10)
  })

  test('lets a heartbeat pass each minute, and plants a silence of eleven', () => {
    expect(longestSilence(usual)).toBeCloseTo(60, 0)
    expect(longestSilence(planted)).toBeCloseTo(660, 0)
  })

  test('keeps app-b silent while its heartbeat is lost', () => {
    const isHeard = ({ from, timeNs }: Packet) =>
      from === 'app-b' && timeNs > clock('10:19:30') * 1e9 && timeNs < clock('10:30') * 1e9
    expect(planted.filter(isHeard)).toEqual([])
  })
})

/**
 * Rows and statements that decided a flow, that allow one, or in whose range of WebEx one ended.
 */
const citedBy = ({ flows }: Audited): ReadonlySet<string> =>
  new Set(flows.flatMap(({ verdict: { row, rows } }) => [...rows, ...(row === null ? [] : [row])]))

interface Owner {
  readonly at: number
  readonly card: string
}

const TAG_BYTES = 4
const ARP_AT = 14 + TAG_BYTES
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

/** Which card said of itself that it has the shared address, and when: ARP's sender, RFC 826. */
function ownersOf(packets: readonly Packet[]): readonly Owner[] {
  return packets.flatMap(({ bytes, timeNs }) => {
    if (hex(bytes.subarray(ARP_AT - 2, ARP_AT)) !== '0806') return []
    const sender = bytes.subarray(ARP_AT + 8, ARP_AT + 18)
    if (hex(sender.subarray(6)) !== VIP) return []
    return [{ at: Math.round(timeNs / 1e9), card: hex(sender.subarray(0, 6)) }]
  })
}

/**
 * The longest time in seconds between two frames of the nodes that carry replication or heartbeat.
 */
function longestSilence(packets: readonly Packet[]): number {
  const times = packets
    .filter(({ from, to }) => from.startsWith('app-') && to.startsWith('app-') && from !== to)
    .filter(({ bytes }) => isOnPort(bytes, 2008))
    .map(({ timeNs }) => timeNs / 1e9)
  return Math.max(...times.slice(1).map((time, index) => time - (times[index] ?? time)))
}

/** Either port of a TCP segment in IPv4 without options, behind a VLAN tag. */
function isOnPort(bytes: Uint8Array, port: number): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const transportAt = ARP_AT + 20
  if (view.getUint8(ARP_AT + 9) !== 6) return false
  return [transportAt, transportAt + 2].some(at => view.getUint16(at) === port)
}
