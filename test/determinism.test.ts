// Goal: the same packets give the same result, whatever file format they come in and however they are cut up
// (faults.md G15). Method: the demo's office morning, its times cut to microseconds, which every format can
// hold, is audited in many shapes; the JSON of each must be that of the plain file, but for the parts that name
// files, frames and offsets.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { officeMorning } from '../fixtures/demo/office.ts'
import { type Packet, pcapOf } from '../fixtures/scenario/pcap.ts'
import type { SourceOptions } from '../src/capture/source.ts'
import { audit } from '../src/commands/audit.ts'
import type { Result } from '../src/model/result.ts'
import { tinyBlocks } from './capture/tiny-pcapng.ts'

const AUDIT_MS_MAX = 60_000

// How the command reads, where a test wants it otherwise.
const source = vi.hoisted(() => ({ options: {} as SourceOptions }))

vi.mock('../src/capture/source.ts', async original => {
  const { openSource } = await original<typeof import('../src/capture/source.ts')>()
  return {
    openSource: (paths: readonly string[], options: SourceOptions) =>
      openSource(paths, { ...options, ...source.options }),
  }
})

const folder = mkdtempSync(join(tmpdir(), 'mpwatch-determinism-'))
afterAll(() => rmSync(folder, { recursive: true }))

const story = officeMorning()
const packets: readonly Packet[] = story
  .packets()
  .map(packet => ({ ...packet, timeNs: Math.floor(packet.timeNs / 1000) * 1000 }))
const epoch = { epochSeconds: story.epochSeconds }
const pcap = (some: readonly Packet[] = packets) => pcapOf(some, epoch)

/** The packets are of the second interface; nothing came in on the first, which is of another kind. */
function pcapng(some: readonly Packet[], littleEndian: boolean, nanoseconds: boolean): Uint8Array {
  const { section, described, enhanced, resolution } = tinyBlocks(littleEndian)
  const options = resolution(nanoseconds ? 9 : 6)
  const perTick = nanoseconds ? 1n : 1000n
  return Buffer.concat([
    section(),
    described({ link: 113 }),
    described({ link: 1, options }),
    ...some.map(({ timeNs, bytes, wire }) =>
      enhanced({
        id: 1,
        time: (BigInt(story.epochSeconds) * 1_000_000_000n + BigInt(timeNs)) / perTick,
        data: Buffer.from(bytes).toString('hex'),
        wire,
      }),
    ),
  ])
}

/** The result as text, without what names files, frames and offsets. */
async function audited(
  files: Readonly<Record<string, Uint8Array>>,
  options: SourceOptions = {},
): Promise<string> {
  const paths = Object.entries(files).map(([name, bytes]) => {
    const path = join(folder, name)
    writeFileSync(path, bytes)
    return path
  })
  const json = join(folder, 'result.json')
  source.options = options
  await audit(options.stdin === undefined ? paths : ['-'], {
    ...{ json, site: 'fixtures/demo/site.yaml', sensor: ['core-span'], rules: 'rules' },
    ...{
      failOn: 'low',
      hash: false,
      quiet: true,
      separateVlans: false,
      color: false,
      maxMalformed: 0.001,
    },
  })
  const result: Result = JSON.parse(readFileSync(json, 'utf8'))
  const findings = result.findings.map(finding => ({
    ...finding,
    examples: finding.examples.map(({ packet: _, ...example }) => example),
  }))
  const provenance = { ...result.provenance, captures: [] }
  return JSON.stringify({ ...result, provenance, findings }, null, 1)
}

let expected = ''
beforeAll(async () => {
  expected = await audited({ 'office.pcap': pcap() })
}, AUDIT_MS_MAX)

test('the plain file has what there is to compare', () => {
  const { findings, ledger }: Result = JSON.parse(expected)
  expect(findings.length).toBeGreaterThan(20)
  expect(ledger.reader.seen).toBe(packets.length)
})

async function* inBlocks(bytes: Uint8Array, blockBytes: number) {
  for (let at = 0; at < bytes.length; at += blockBytes) yield bytes.subarray(at, at + blockBytes)
}

describe('the same result comes of the same packets', () => {
  const office = () => ({ 'office.pcap': pcap() })
  const cases: Record<string, () => Promise<string>> = {
    'read byte by byte': () => audited(office(), { readBytes: 1 }),
    'read in pieces of 4 KiB': () => audited(office(), { readBytes: 4096 }),
    'from standard input, byte by byte': () => audited({}, { stdin: inBlocks(pcap(), 1) }),
    'from standard input, in pieces of 4 KiB': () => audited({}, { stdin: inBlocks(pcap(), 4096) }),
    'counted by the kernel that is not compiled': () => {
      vi.stubEnv('MPWATCH_KERNEL', 'js')
      return audited(office()).finally(() => vi.unstubAllEnvs())
    },
    'packed with gzip': () => audited({ 'office.pcap.gz': gzipSync(pcap()) }),
    'packed with gzip, byte by byte': () =>
      audited({ 'office.pcap.gz': gzipSync(pcap()) }, { readBytes: 1 }),
    'as pcap, big-endian': () =>
      audited({ 'office.pcap': pcapOf(packets, { ...epoch, byteOrder: 'big' }) }),
    'as pcap with nanoseconds': () =>
      audited({ 'office.pcap': pcapOf(packets, { ...epoch, precision: 'nano' }) }),
    'as pcap with nanoseconds, big-endian': () =>
      audited({
        'office.pcap': pcapOf(packets, { ...epoch, precision: 'nano', byteOrder: 'big' }),
      }),
    'as pcapng': () => audited({ 'office.pcapng': pcapng(packets, true, false) }),
    'as pcapng with nanoseconds, big-endian, packed, in pieces of 4 KiB': () =>
      audited({ 'office.pcapng.gz': gzipSync(pcapng(packets, false, true)) }, { readBytes: 4096 }),
    'as pcapng in two sections of different byte order': () =>
      audited({
        'office.pcapng': Buffer.concat([
          pcapng(packets.slice(0, 2000), true, false),
          pcapng(packets.slice(2000), false, true),
        ]),
      }),
  }
  for (const [name, shaped] of Object.entries(cases))
    test(
      name,
      async () => {
        expect(await shaped()).toBe(expected)
      },
      AUDIT_MS_MAX,
    )
})

describe('the same result comes of three files', () => {
  const [one, two, three] = [packets.slice(0, 1000), packets.slice(1000, 2500), packets.slice(2500)]
  // Packets of one moment stay together: nothing tells in which order those of two files were.
  const moments = [...new Set(packets.map(({ timeNs }) => timeNs))]
  const momentOf = new Map(moments.map((timeNs, moment) => [timeNs, moment]))
  const every3rd = (rest: number) =>
    packets.filter(({ timeNs }) => (momentOf.get(timeNs) ?? 0) % 3 === rest)
  const cases: Record<string, Record<string, Uint8Array>> = {
    'one after the other': { 'a.pcap': pcap(one), 'b.pcap': pcap(two), 'c.pcap': pcap(three) },
    'given and named the other way round': {
      'c.pcap': pcap(three),
      'b.pcap': pcap(one),
      'a.pcap': pcap(two),
    },
    'of three formats': {
      'z.pcap.gz': gzipSync(pcap(one)),
      'y.pcapng': pcapng(two, false, true),
      'x.pcap': pcapOf(three, { ...epoch, byteOrder: 'big', precision: 'nano' }),
    },
    'that overlap from beginning to end': {
      'z.pcap': pcap(every3rd(0)),
      'x.pcapng': pcapng(every3rd(1), true, true),
      'y.pcap.gz': gzipSync(pcap(every3rd(2))),
    },
  }
  for (const [name, files] of Object.entries(cases))
    test(
      name,
      async () => {
        expect(await audited(files)).toBe(expected)
        expect(await audited(files, { readBytes: 4096 })).toBe(expected)
      },
      AUDIT_MS_MAX,
    )
})
