// Goal: on well-formed captures our reader and independent ones see the same packets.
// Method: a hand-written file, and the captures beside the project where they are. pcap-parser gives every
// byte of classic files, but knows neither nanoseconds nor damage; capinfos (truth/files.tsv) gives packets
// and bytes of every file and every format.

import { createHash, type Hash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { describe, expect, test } from 'vitest'
import { openSource } from '../../src/capture/source.ts'
import { InputError } from '../../src/model/errors.ts'
import { makeChunkBuffer } from '../support/chunk-buffer.ts'
import { writeFiles } from './read-all.ts'
import { tinyPcap } from './tiny-pcap.ts'

interface ParsedPacket {
  readonly header: {
    readonly timestampSeconds: number
    readonly timestampMicroseconds: number
    readonly originalLength: number
  }
  readonly data: Uint8Array
}

interface Parser {
  on(event: 'packet', listener: (packet: ParsedPacket) => void): void
  on(event: 'error', listener: (error: Error) => void): void
  on(event: 'end', listener: () => void): void
}

// The package brings no types.
const { parse } = createRequire(import.meta.url)('pcap-parser') as { parse(path: string): Parser }

interface Summary {
  readonly packets: number
  readonly hash: string
}

test('both read a hand-written file alike, in either byte order', async () => {
  const packets = [
    { seconds: 1, fraction: 999_999, data: '0102' },
    { seconds: 3, data: '03'.repeat(99), wire: 1500 },
  ]
  const paths = writeFiles({
    'little.pcap': tinyPcap(packets),
    'big.pcap': tinyPcap(packets, { littleEndian: false }),
  })
  for (const path of paths) expect(await ours(path)).toEqual(await theirs(path))
})

const FOLDER = new URL('../../../shared/captures/', import.meta.url).pathname
const names = existsSync(FOLDER) ? readdirSync(FOLDER, { recursive: true, encoding: 'utf8' }) : []

describe.skipIf(names.length === 0)('both read the same packets in', () => {
  for (const name of names.filter(isWellFormed).sort())
    test(name, async () => {
      expect(await ours(FOLDER + name)).toEqual(await theirs(FOLDER + name))
    })
})

interface Truth {
  readonly file: string
  readonly packets: number
  /** Sum of the original lengths; tshark's own sum also counts blocks that hold no packets. */
  readonly bytes: number
}

const TRUTH = `${FOLDER}truth/files.tsv`

/** Where capinfos gives up before the first packet there is none, as `packets` 0 says. */
function truths(): readonly Truth[] {
  const [head = [], ...rows] = readFileSync(TRUTH, 'utf8')
    .trimEnd()
    .split('\n')
    .map(line => line.split('\t'))
  const column = (row: readonly string[], name: string) => row[head.indexOf(name)] ?? ''
  return rows.map(row => ({
    file: column(row, 'file'),
    packets: Number(column(row, 'packets_capinfos')),
    bytes: Number.parseInt(column(row, 'data_size') || '0', 10),
  }))
}

describe.skipIf(!existsSync(TRUTH))('capinfos and we count the same packets and bytes in', () => {
  for (const { file, packets, bytes } of existsSync(TRUTH) ? truths() : [])
    test(file, async () => {
      expect(await counted(FOLDER + file)).toEqual({ packets, bytes })
    })
})

/** Nothing where the capture is refused. */
async function counted(path: string): Promise<Omit<Truth, 'file'>> {
  const buffer = makeChunkBuffer()
  const counts = { packets: 0, bytes: 0 }
  try {
    for await (const chunk of openSource([path], { hash: false }).chunks(buffer)) {
      counts.packets += chunk.packets
      for (const bytes of buffer.wireBytes.subarray(0, chunk.packets)) counts.bytes += bytes
    }
  } catch (error) {
    if (!(error instanceof InputError)) throw error
  }
  return counts
}

function isWellFormed(name: string): boolean {
  if (!/\.p?cap$/.test(name) || name.startsWith('broken/')) return false
  const magic = readFileSync(FOLDER + name).toString('hex', 0, 4)
  return magic === 'd4c3b2a1' || magic === 'a1b2c3d4'
}

async function ours(path: string): Promise<Summary> {
  const buffer = makeChunkBuffer()
  const hash = createHash('sha256')
  let packets = 0
  for await (const chunk of openSource([path], { hash: false }).chunks(buffer)) {
    for (let slot = 0; slot < chunk.packets; slot++) {
      const at = buffer.at[slot] ?? 0
      const data = buffer.bytes.subarray(at, at + (buffer.capturedBytes[slot] ?? 0))
      const micros = chunk.epochSeconds * 1e6 + (buffer.timeNs[slot] ?? 0) / 1000
      add(hash, micros, buffer.wireBytes[slot] ?? 0, data)
    }
    packets += chunk.packets
  }
  return { packets, hash: hash.digest('hex') }
}

function theirs(path: string): Promise<Summary> {
  const hash = createHash('sha256')
  let packets = 0
  return new Promise((resolve, reject) => {
    const parser = parse(path)
    parser.on('packet', ({ header, data }) => {
      const { timestampSeconds, timestampMicroseconds, originalLength } = header
      add(hash, timestampSeconds * 1e6 + timestampMicroseconds, originalLength, data)
      packets += 1
    })
    parser.on('error', reject)
    parser.on('end', () => resolve({ packets, hash: hash.digest('hex') }))
  })
}

/** Rounded, because times far from the epoch are doubles coarser than a nanosecond. */
function add(hash: Hash, micros: number, wireBytes: number, data: Uint8Array): void {
  hash.update(`${Math.round(micros)} ${wireBytes} ${data.length} `).update(data)
}
