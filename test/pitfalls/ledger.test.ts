// Complaint 7: events that are lost in silence. The demo's morning with a fault at each stage: in every case
// the counters add up to the packets that went in, what is lost has its name in the result, and no verdict
// rests on what is lost.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { officeMorning } from '../../fixtures/demo/office.ts'
import { type Packet, pcapOf } from '../../fixtures/scenario/pcap.ts'
import { type AuditOptions, audit } from '../../src/commands/audit.ts'
import { type Ledger, openEquations } from '../../src/model/ledger.ts'
import type { Result } from '../../src/model/result.ts'
import { auditFile, complianceFor } from '../support/audit.ts'
import { SITE } from '../watchers/site.ts'
import { fileOf, story, VENDOR } from '../watchers/story.ts'

const LONG_MS = 60_000
const FILE_HEADER_BYTES = 24
const RECORD_HEADER_BYTES = 16

const folder = mkdtempSync(join(tmpdir(), 'mpwatch-ledger-'))
const inFolder = (name: string): string => join(folder, name)
afterAll(() => rmSync(folder, { recursive: true }))

const morning = officeMorning()
const packets = morning.packets()
const epoch = { epochSeconds: morning.epochSeconds }
const whole = (): Uint8Array => pcapOf(packets, epoch)

async function audited(bytes: Uint8Array, more: Partial<AuditOptions> = {}): Promise<Result> {
  const [capture, json] = [inFolder('capture.pcap'), inFolder('result.json')]
  writeFileSync(capture, bytes)
  rmSync(json, { force: true })
  await audit([capture], {
    ...{ json, site: 'fixtures/demo/site.yaml', sensor: ['core-span'], rules: 'rules' },
    ...{ failOn: 'low', hash: false, quiet: true, separateVlans: false, color: false },
    ...{ maxMalformed: 0.001, ...more },
  })
  return JSON.parse(readFileSync(json, 'utf8'))
}

/** Packets that the reader delivered are all in one place; so are flows, verdicts and hits. */
function expectClosed({ ledger, provenance }: Result): void {
  expect(openEquations(ledger)).toEqual([])
  expect(ledger.reader.seen).toBe(provenance.captures.reduce((sum, one) => sum + one.packets, 0))
}

/** What was not read, by kind; what the flows themselves leave open is another matter. */
const gapsOf = ({ not_judged }: Result): Readonly<Record<string, number>> =>
  Object.fromEntries(
    not_judged
      .filter(({ kind }) => kind !== 'undetermined' && kind !== 'one_way')
      .map(({ kind, count }) => [kind, count]),
  )

/** Verdicts that rest on what was not seen; who opens what he may not is seen by what he sends. */
const OF_SILENCE: readonly string[] = ['misdropped', 'missing', 'degraded', 'topology']

const accused = ({ findings }: Result): readonly string[] =>
  findings
    .filter(({ verdict }) => OF_SILENCE.includes(verdict))
    .map(({ row, source, destination }) => `${row} ${source} -> ${destination}`)

/** Where the record of a packet begins in the file. */
const recordAt = (index: number): number =>
  packets
    .slice(0, index)
    .reduce((at, { bytes }) => at + RECORD_HEADER_BYTES + bytes.length, FILE_HEADER_BYTES)

/** Where the IPv4 header begins; null in any other frame. */
function ipAt({ bytes }: Packet): number | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const at = view.getUint16(12) === 0x8100 ? 18 : 14
  return view.getUint16(at - 2) === 0x0800 ? at : null
}

const isTenth = (index: number): boolean => index % 10 === 0

const changed = (isMeant: (packet: Packet, index: number) => boolean, change: typeof cutShort) =>
  pcapOf(
    packets.map((packet, index) => (isMeant(packet, index) ? change(packet) : packet)),
    epoch,
  )

/** Within the header of Ethernet. */
const cutShort = (packet: Packet): Packet => ({ ...packet, bytes: packet.bytes.subarray(0, 10) })

/** In the place of version 4 there is another. */
function damaged(packet: Packet): Packet {
  const bytes = packet.bytes.slice()
  bytes[ipAt(packet) ?? 0] = 0x65
  return { ...packet, bytes }
}

describe('pitfall 7: what is lost is counted', () => {
  let known: readonly string[]
  beforeAll(async () => {
    const result = await audited(whole())
    expectClosed(result)
    expect(result.ledger.reader).toMatchObject({ seen: packets.length, decoded: packets.length })
    known = accused(result)
  }, LONG_MS)

  /** No fault accuses anybody who was not accused before. */
  const expectNothingNew = (result: Result): void =>
    expect(accused(result).filter(line => !known.includes(line))).toEqual([])

  test('where the file ends in the middle of a packet', async () => {
    const index = 2000
    const result = await audited(whole().subarray(0, recordAt(index) + 30))
    expectClosed(result)
    expect(result.ledger.reader.seen).toBe(index)
    expect(gapsOf(result)).toMatchObject({ damage: 1 })
    expectNothingNew(result)
  })

  test('where a record in the middle of the file is overwritten', async () => {
    const bytes = whole()
    const [at, end] = [recordAt(2000), recordAt(2001)]
    bytes.fill(0xff, at, end)
    const result = await audited(bytes)
    expectClosed(result)
    expect(result.ledger.reader.seen).toBe(packets.length - 1)
    const [{ damage } = { damage: [] }] = result.provenance.captures
    expect(damage).toMatchObject([{ kind: 'corrupt', offset: at, skipped_bytes: end - at }])
    expect(gapsOf(result)).toEqual({ damage: 1 })
    expectNothingNew(result)
  })

  test('where every tenth packet is cut off within its headers', async () => {
    const result = await audited(changed((_, index) => isTenth(index), cutShort))
    expectClosed(result)
    const cut = packets.filter((_, index) => isTenth(index)).length
    const { decoded, truncated, duplicate } = result.ledger.reader
    // Two of one moment of which nothing is left but a few bytes look like copies.
    expect([decoded, truncated + duplicate]).toEqual([packets.length - cut, cut])
    expect(duplicate).toBeLessThan(10)
    expect(gapsOf(result)).toEqual({ truncated })
    expectNothingNew(result)
  })

  test('where every packet is cut off within its payload', async () => {
    const snaplen = 96
    const result = await audited(pcapOf(packets, { ...epoch, snaplen }))
    expectClosed(result)
    expect(result.ledger.reader).toMatchObject({ seen: packets.length, decoded: packets.length })
    expect(result.ledger.reasons['note.snapped']).toBe(
      packets.filter(({ bytes }) => bytes.length > snaplen).length,
    )
    expectNothingNew(result)
  })

  test('where every tenth packet of IPv4 is damaged', async () => {
    const isMeant = (packet: Packet, index: number) => isTenth(index) && ipAt(packet) !== null
    const result = await audited(changed(isMeant, damaged), { maxMalformed: 1 })
    expectClosed(result)
    const malformed = packets.filter(isMeant).length
    expect(result.ledger.reader).toMatchObject({ seen: packets.length, malformed })
    expect(gapsOf(result)).toEqual({ malformed })
    expectNothingNew(result)
  })

  test('where only a part of it is asked for', async () => {
    const [from = 0, to = 0] = [1000, 3000].map(index => packets[index]?.timeNs)
    const timeOf = (ns: number) => ({ text: `${ns}`, seconds: morning.epochSeconds + ns / 1e9 })
    const result = await audited(whole(), { from: timeOf(from), to: timeOf(to) })
    expectClosed(result)
    const { seen, decoded, filtered } = result.ledger.reader
    expect([seen, decoded + filtered]).toEqual([packets.length, packets.length])
    expect(Math.abs(decoded - 2001)).toBeLessThan(3) // Seconds as fractions are not exact.
    expectNothingNew(result)
  })
})

describe('pitfall 7: a flow that has to make room', () => {
  /** A required port that does not answer, and perhaps a flood while nobody can know yet. */
  const tale = (isFlooded: boolean): Uint8Array =>
    fileOf(
      story(120, (net, { webDmz, appA, one, other }) => {
        net.at(1).tcp(webDmz, appA, 61_004, VENDOR)
        net.at(10).tcpSilent(webDmz, appA, 5003, { tries: 3 })
        for (let port = 1; isFlooded && port <= 500; port++)
          net.at(20 + port / 1000).tcpSilent(one, other, port, { tries: 1 })
      }),
    )
  const judged = async (isFlooded: boolean): Promise<{ said: string[]; ledger: Ledger }> => {
    const [capture, site] = [inFolder('flood.pcap'), inFolder('site.yaml')]
    writeFileSync(capture, tale(isFlooded))
    writeFileSync(site, SITE)
    const { flows, ledger } = await auditFile(capture, complianceFor(site, null), {
      halfOpenMax: 64,
    })
    const own = flows.filter(({ flow }) => flow.server.port === 5003)
    return { said: own.map(({ verdict }) => verdict.kind), ledger }
  }

  test('is misdropped where there is room', async () => {
    const { said, ledger } = await judged(false)
    expect([said, ledger.flows.evicted]).toEqual([['misdropped'], 0])
  })

  test('is undetermined where it was evicted before its time, and the ledger counts it', async () => {
    const { said, ledger } = await judged(true)
    expect(said).toEqual(['undetermined'])
    expect(ledger.flows.evicted).toBeGreaterThan(400)
    expect(ledger.verdicts?.undetermined).toBeGreaterThan(0)
  })
})
