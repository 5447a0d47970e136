// Makes a benchmark capture from a seed, and beside it the truth: what the generator knows is
// inside.

import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import { CaptureFile } from './capture-file.ts'
import { type CaptureName, type Order, packetsOf } from './captures.ts'
import { emptyTally, type Tally } from './packet.ts'

/** Raised whenever the same seed and scale would give other bytes. */
const GENERATOR = 1
/** Beyond it a host would need more client ports than there are. */
export const SCALE_MAX = 2

export interface Truth {
  readonly capture: CaptureName
  readonly generator: number
  readonly seed: number
  readonly scale: number
  readonly packets: number
  /** Frame bytes on the wire. */
  readonly bytes: number
  readonly file_bytes: number
  readonly seconds: number
  readonly flows: number
  readonly tcp_connections: number
  readonly tcp_repeated: number
  readonly tcp_late: number
  readonly rtp_streams: number
  readonly rtp_packets: number
  readonly rtp_removed: number
  readonly vlan_packets: number
  readonly ipv6_packets: number
}

export interface MadeCapture {
  readonly path: string
  readonly truth: Truth
  readonly isReused: boolean
}

/**
 * Writes `<name>.pcap` and `<name>.truth.json` into the folder, unless the very same are there.
 * Rejects with the signal's reason where it is told to stop.
 */
export async function generate(
  order: Order,
  folder: string,
  signal?: AbortSignal,
): Promise<MadeCapture> {
  const path = join(folder, `${order.name}.pcap`)
  const truthPath = join(folder, `${order.name}.truth.json`)
  const known = truthOf(order, path, truthPath)
  if (known !== null) return { path, truth: known, isReused: true }
  // The truth goes first and comes back last: a capture that was interrupted never looks whole.
  rmSync(truthPath, { force: true })
  const truth = await writeCapture(order, path, signal)
  writeFileSync(truthPath, `${JSON.stringify(truth, null, 2)}\n`)
  return { path, truth, isReused: false }
}

/** Packets between two looks at the signal. */
const PACKETS_PER_TURN = 100_000

async function writeCapture(order: Order, path: string, signal?: AbortSignal): Promise<Truth> {
  const tally = emptyTally()
  const file = new CaptureFile(path)
  try {
    for (const packet of packetsOf(order, tally)) {
      file.append(packet)
      if (file.packets % PACKETS_PER_TURN > 0) continue
      await turn()
      signal?.throwIfAborted()
    }
  } finally {
    file.close()
  }
  return stated(order, tally, file, statSync(path).size)
}

function stated(order: Order, tally: Tally, file: CaptureFile, fileBytes: number): Truth {
  return {
    capture: order.name,
    generator: GENERATOR,
    seed: order.seed,
    scale: order.scale,
    packets: file.packets,
    bytes: file.bytes,
    file_bytes: fileBytes,
    seconds: file.lastAt / 1_000_000_000,
    flows: tally.flows,
    tcp_connections: tally.tcpConnections,
    tcp_repeated: tally.tcpRepeated,
    tcp_late: tally.tcpLate,
    rtp_streams: tally.rtpStreams,
    rtp_packets: tally.rtpPackets,
    rtp_removed: tally.rtpRemoved,
    vlan_packets: file.vlanPackets,
    ipv6_packets: file.ipv6Packets,
  }
}

/** The truth of an earlier run, where it fits the order and the capture is as long as it says. */
function truthOf(order: Order, path: string, truthPath: string): Truth | null {
  const text = contentOf(truthPath)
  const bytes = statSync(path, { throwIfNoEntry: false })?.size
  if (text === null || bytes === undefined) return null
  const truth = JSON.parse(text) as Truth
  const fits =
    truth.generator === GENERATOR &&
    truth.capture === order.name &&
    truth.seed === order.seed &&
    truth.scale === order.scale &&
    truth.file_bytes === bytes
  return fits ? truth : null
}

function contentOf(path: string): string | null {
  const isFile = statSync(path, { throwIfNoEntry: false })?.isFile() ?? false
  return isFile ? readFileSync(path, 'utf8') : null
}
