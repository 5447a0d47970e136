// The benchmark's captures: the same seed gives the same bytes, and the truth says what is inside.
// Counted here by a reader of its own, on captures of a five-hundredth of the full size.

import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, truncateSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { CAPTURE_NAMES, type CaptureName } from '../../scripts/bench/captures.ts'
import { generate } from '../../scripts/bench/generate.ts'
import { census } from './census.ts'

const SCALE = 0.002
const folders: string[] = []

function emptyFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'mpwatch-generate-'))
  folders.push(folder)
  return folder
}

afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true })
})

const made = (name: CaptureName, seed: number) =>
  generate({ name, seed, scale: SCALE }, emptyFolder())

const hashOf = (path: string): string =>
  createHash('sha256').update(readFileSync(path)).digest('hex')

for (const name of CAPTURE_NAMES) {
  const capture = await made(name, 7)
  const counted = census(readFileSync(capture.path))

  describe(name, () => {
    test('has the same bytes for the same seed', async () => {
      expect(hashOf((await made(name, 7)).path)).toBe(hashOf(capture.path))
    })

    test('has other bytes for another seed', async () => {
      expect(hashOf((await made(name, 8)).path)).not.toBe(hashOf(capture.path))
    })

    test('holds as many packets, bytes and flows as its truth says', () => {
      const { packets, bytes, flows, file_bytes } = capture.truth
      expect({ packets, bytes, flows }).toEqual({
        packets: counted.packets,
        bytes: counted.bytes,
        flows: counted.flows,
      })
      expect(file_bytes).toBe(24 + 16 * counted.packets + counted.bytes)
    })

    test('has as many tagged and IPv6 packets as its truth says', () => {
      const { vlan_packets, ipv6_packets } = capture.truth
      expect([vlan_packets, ipv6_packets]).toEqual([counted.vlanPackets, counted.ipv6Packets])
    })

    test('has as many segments behind their successors as its truth says', () => {
      const { tcp_repeated, tcp_late } = capture.truth
      expect(tcp_repeated + tcp_late).toBe(counted.oldSegments)
    })

    test('has as many RTP packets and gaps as its truth says', () => {
      const { rtp_streams, rtp_packets, rtp_removed } = capture.truth
      const { streams, packets, missing } = counted.rtp
      expect([rtp_streams, rtp_packets, rtp_removed]).toEqual([streams, packets, missing])
    })

    test('never goes back in time and has right checksums', () => {
      expect([counted.backwards, counted.badChecksums]).toEqual([0, 0])
    })
  })
}

describe('the mix', async () => {
  const { truth } = await made('mix', 7)

  test('has a five-hundredth of the conversations of the full size', () => {
    expect([truth.tcp_connections, truth.rtp_streams, truth.flows]).toEqual([69, 8, 435])
  })

  test('has tagged, IPv6, lost and late packets among them', () => {
    const { vlan_packets, ipv6_packets, tcp_repeated, tcp_late } = truth
    expect(Math.min(vlan_packets, ipv6_packets, tcp_repeated, tcp_late)).toBeGreaterThan(0)
  })
})

describe('a folder that is kept', () => {
  const order = { name: 'rtp', seed: 7, scale: SCALE } as const

  test('is used again for the same order', async () => {
    const folder = emptyFolder()
    await generate(order, folder)
    expect((await generate(order, folder)).isReused).toBe(true)
  })

  test('is not used for another seed or scale', async () => {
    const folder = emptyFolder()
    await generate(order, folder)
    expect((await generate({ ...order, seed: 8 }, folder)).isReused).toBe(false)
    expect((await generate({ ...order, scale: 0.001 }, folder)).isReused).toBe(false)
  })

  test('is not used where the capture was cut short', async () => {
    const folder = emptyFolder()
    const { path } = await generate(order, folder)
    truncateSync(path, 1000)
    expect((await generate(order, folder)).isReused).toBe(false)
  })
})
