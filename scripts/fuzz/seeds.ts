// What mutation starts from: packets of every story the scenario language can tell, in every wrapping, and,
// where a folder of real captures is given, the first packets of each of them.

import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { officeMorning } from '../../fixtures/demo/office.ts'
import { seeded } from '../../fixtures/scenario/random.ts'
import { scenario } from '../../fixtures/scenario/scenario.ts'
import { openSource } from '../../src/capture/source.ts'
import { InputError } from '../../src/model/errors.ts'
import { makeChunkBuffer } from '../../test/support/chunk-buffer.ts'
import { fragmented, type Linked, linked, nested } from './wrap.ts'

export interface Seeds {
  /** Frames as they are. */
  readonly frames: readonly Linked[]
  /** The IP packets in them. */
  readonly packets: readonly Uint8Array[]
}

const START = '2026-03-02T10:15:00Z'
/** Every so many frames of the demo; the verbs recur far more often than that. */
const DEMO_STEP = 7
const WRAPPED = 3000
const CAPTURE_PACKETS_MAX = 60
const CAPTURE_BYTES_MAX = 4 * 1024 * 1024
const ETHERNET = 1
const ETHERNET_BYTES = 14

/** `captures` is a folder of capture files, or null. The same folder gives the same seeds. */
export async function packetSeeds(captures: string | null): Promise<Seeds> {
  const demo = officeMorning({ isQuiet: true }).packets()
  const told = [...demo.filter((_, index) => index % DEMO_STEP === 0), ...versionSix()]
  const own = told.map(({ bytes }) => ({ link: ETHERNET, bytes }))
  const frames = [...own, ...(captures === null ? [] : await framesOf(captures))]
  const packets = frames.flatMap(packetIn)
  return { frames: [...frames, ...wrapped(packets)], packets }
}

/** All verbs between IPv6 hosts, and in a VLAN. */
function versionSix() {
  const net = scenario({ start: START, seed: 5 })
  const ann = net.host('ann', { ip: '2001:db8::a' })
  const bob = net.host('bob', { ip: '2001:db8::b', vlan: 20 })
  net
    .at(0)
    .tcp(ann, bob, 80, { request: 'GET / HTTP/1.1\r\n\r\n', response: 'HTTP/1.1 200 OK\r\n\r\n' })
  net.at(1).tcpRefused(ann, bob, 22)
  net.at(2).tcpSilent(ann, bob, 23)
  net.at(3).udp(ann, bob, 53, { request: 'who', response: 'me' })
  net.at(4).udpRefused(ann, bob, 161)
  net.at(5).ping(ann, bob)
  net.at(6).arp(ann, bob)
  return net.packets()
}

function wrapped(packets: readonly Uint8Array[]): readonly Linked[] {
  const next = seeded(1)
  return Array.from({ length: WRAPPED }, () => {
    const packet = nested(packets[next() % packets.length] ?? new Uint8Array(20), next)
    const parts = next() % 6 === 0 ? fragmented(packet, next) : [packet]
    return parts.map(part => linked(part, next))
  }).flat()
}

/** The IP packet of an Ethernet frame, behind one VLAN tag at the most. */
function packetIn({ link, bytes }: Linked): readonly Uint8Array[] {
  if (link !== ETHERNET) return []
  const typeAt = bytes[12] === 0x81 ? 16 : 12
  const type = ((bytes[typeAt] ?? 0) << 8) | (bytes[typeAt + 1] ?? 0)
  const isIp = type === 0x0800 || type === 0x86dd
  return isIp ? [bytes.subarray(typeAt - 12 + ETHERNET_BYTES)] : []
}

/** Capture files of a folder, small ones, in an order that depends on names alone. */
export const captureFiles = (folder: string, bytesMax: number): readonly string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter(name => /\.(pcap|pcapng|cap)(\.gz)?$/.test(name))
    .sort()
    .map(name => join(folder, name))
    .filter(path => statSync(path).size <= bytesMax)

async function framesOf(folder: string): Promise<readonly Linked[]> {
  const frames: Linked[] = []
  for (const path of captureFiles(folder, CAPTURE_BYTES_MAX)) frames.push(...(await firstOf(path)))
  return frames
}

/** None for a file that is refused: the folder holds broken ones on purpose. */
async function firstOf(path: string): Promise<readonly Linked[]> {
  const buffer = makeChunkBuffer()
  try {
    for await (const { packets } of openSource([path], { hash: false }).chunks(buffer))
      return Array.from({ length: Math.min(packets, CAPTURE_PACKETS_MAX) }, (_, slot) => {
        const at = buffer.at[slot] ?? 0
        const bytes = buffer.bytes.slice(at, at + (buffer.capturedBytes[slot] ?? 0))
        return { link: buffer.link[slot] ?? ETHERNET, bytes }
      })
  } catch (error) {
    if (!(error instanceof InputError)) throw error
  }
  return []
}
