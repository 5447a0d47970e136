// The packets of records, out of the captures: a first reading finds which they are and whether the captures
// are those that were audited, a second one copies them. Nothing is written before the first has succeeded.

import { openSource } from '../../capture/source.ts'
import { placeOf, RecordPackets, type RecordParts } from '../../flows/record-packets.ts'
import { chunkBuffer } from '../../kernel/session.ts'
import type { CaptureInfo } from '../../model/chunk.ts'
import { InputError } from '../../model/errors.ts'
import { visible } from '../../model/text.ts'
import type { StoredResult } from '../../report/stored-result.ts'
import { ByteOutput } from '../../sinks/byte-output.ts'
import { PcapngWriter, type WrittenPacket } from '../../sinks/pcapng.ts'
import type { AskedFrame, AskedRecord } from './asked.ts'

export interface Audited {
  readonly provenance: StoredResult['provenance']
  /** Where each capture of the provenance lies now. */
  readonly paths: readonly string[]
  readonly separateVlans: boolean
}

export interface FoundRecord {
  readonly record: AskedRecord
  readonly parts: RecordParts
}

/** Everything that the second reading needs. */
export interface Evidence {
  readonly records: readonly FoundRecord[]
  /** Comments of each packet that is to be copied, by its place; most have none. */
  readonly packets: ReadonlyMap<number, readonly string[]>
}

/** @throws InputError where a capture is another one than was audited, or holds no such record. */
export async function findEvidence(
  audited: Audited,
  records: readonly AskedRecord[],
  frames: readonly AskedFrame[],
): Promise<Evidence> {
  const source = openSource(audited.paths, { hash: true })
  let reading: RecordPackets | null = null
  const places = new Map<number, AskedRecord>()
  const single = new Map<number, readonly string[]>()
  for await (const chunk of source.chunks(chunkBuffer)) {
    if (reading === null) {
      const files = filesByName(source.captures, audited)
      for (const record of records) {
        const file = files.get(record.capture)
        if (file !== undefined) places.set(placeOf(file, record.frame), record)
      }
      for (const { capture, frame, comments } of frames) {
        const place = placeOf(files.get(capture) ?? UNKNOWN_FILE, frame)
        single.set(place, [...(single.get(place) ?? []), ...comments])
      }
      reading = readingOf(audited, chunk.epochSeconds, places.keys())
    }
    reading.read(chunk)
  }
  checkHashes(source.captures, audited)
  const found = reading?.finish() ?? new Map<number, RecordParts>()
  return evidenceOf(
    records,
    [...places].flatMap(([place, record]) => {
      const parts = found.get(place)
      return parts === undefined ? [] : [{ record, parts }]
    }),
    single,
  )
}

/** No capture has this number, so what is said to lie in it is found nowhere. */
const UNKNOWN_FILE = 65_535

function readingOf(
  { provenance: { from, to }, separateVlans }: Audited,
  epochSeconds: number,
  wanted: Iterable<number>,
): RecordPackets {
  const since = (time: string | null, open: number) =>
    time === null ? open : Math.round((Date.parse(time) / 1000 - epochSeconds) * 1e9)
  return new RecordPackets({
    vlanInKey: separateVlans,
    fromNs: since(from, Number.NEGATIVE_INFINITY),
    toNs: since(to, Number.POSITIVE_INFINITY),
    wanted,
  })
}

/** The index in this reading of each capture, by the name that the result has for it. */
function filesByName(
  captures: readonly CaptureInfo[],
  { provenance, paths }: Audited,
): ReadonlyMap<string, number> {
  const files = new Map(captures.map(({ name }, file) => [name, file]))
  return new Map(
    provenance.captures.flatMap(({ name }, index) => {
      const file = files.get(paths[index] ?? '')
      return file === undefined ? [] : [[name, file] as const]
    }),
  )
}

function checkHashes(captures: readonly CaptureInfo[], { provenance, paths }: Audited): void {
  const hashes = new Map(captures.map(({ name, sha256 }) => [name, sha256]))
  const wrong = provenance.captures.flatMap(({ name, sha256 }, index) => {
    const path = paths[index] ?? ''
    const found = hashes.get(path) ?? null
    if (found === sha256) return []
    const whose = path === name ? '' : ` (the result's ${name})`
    return [
      `${path}${whose} is another file than was audited.`,
      `  SHA-256 expected: ${sha256}`,
      `  SHA-256 found:    ${found ?? 'none, since the file cannot be read to its end'}`,
    ]
  })
  if (wrong.length === 0) return
  throw new InputError(
    [...wrong, 'Say with --captures where the audited one lies. Nothing was written.'].join('\n'),
  )
}

function evidenceOf(
  records: readonly AskedRecord[],
  found: readonly FoundRecord[],
  single: ReadonlyMap<number, readonly string[]>,
): Evidence {
  const known = new Set(found.map(({ record }) => record))
  const missing = records.find(record => !known.has(record))
  if (missing !== undefined)
    throw new InputError(
      `No flow begins with frame ${missing.frame} of ${missing.capture}, though the result says so. ` +
        'Was the audit made with --separate-vlans? Then say so here too. Nothing was written.',
    )
  const packets = new Map<number, string[]>()
  for (const { record, parts } of found) {
    const all = [...parts.packets, ...parts.fragments, ...parts.errors]
    for (const place of all) if (!packets.has(place)) packets.set(place, [])
    packets.get(firstOf(all))?.push(...record.comments)
  }
  for (const [place, comments] of single)
    packets.set(place, [...(packets.get(place) ?? []), ...comments])
  return { records: found, packets }
}

/** Not Math.min(...): a record may have more packets than a call has arguments. */
const firstOf = (places: readonly number[]): number =>
  places.reduce((first, place) => Math.min(first, place), Number.POSITIVE_INFINITY)

export interface Copied {
  readonly packets: number
  readonly bytes: number
}

/** Copies the packets into a pcapng file, in the order in which they were read. */
export async function copyEvidence(
  audited: Audited,
  { packets }: Evidence,
  file: { path: string; application: string; comments: readonly string[] },
): Promise<Copied> {
  const source = openSource(audited.paths, { hash: true })
  const output = new ByteOutput(file.path)
  let copied = 0
  try {
    const writer = new PcapngWriter(bytes => output.write(bytes), file)
    for await (const { packets: count, file: index, frame, epochSeconds } of source.chunks(
      chunkBuffer,
    ))
      for (let slot = 0; slot < count; slot++) {
        const comments = packets.get(placeOf(index, frame + slot))
        if (comments === undefined) continue
        const capture = visible(source.captures[index]?.name ?? '')
        writer.packet({ ...packetIn(slot, epochSeconds), capture, comments })
        copied++
      }
    // Between the two readings somebody may have replaced a file.
    checkHashes(source.captures, audited)
    output.finish()
  } catch (error) {
    output.abandon()
    throw error
  }
  return { packets: copied, bytes: output.bytes }
}

function packetIn(slot: number, epochSeconds: number): Omit<WrittenPacket, 'capture' | 'comments'> {
  const at = chunkBuffer.at[slot] ?? 0
  const sinceNs = BigInt(Math.floor(chunkBuffer.timeNs[slot] ?? 0))
  return {
    link: chunkBuffer.link[slot] ?? 0,
    unixNs: BigInt(epochSeconds) * 1_000_000_000n + sinceNs,
    wireBytes: chunkBuffer.wireBytes[slot] ?? 0,
    data: chunkBuffer.bytes.subarray(at, at + (chunkBuffer.capturedBytes[slot] ?? 0)),
  }
}
