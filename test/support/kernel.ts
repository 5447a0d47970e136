// Drives the kernel without the monitor: frames are put where a reader would put them, every stop is
// answered as the monitor must answer it, and what closes is read as flow records. All of it is done with
// both kernels, so that every test of the one is a test of the other.

import { AddressBook } from '../../src/flows/addresses.ts'
import { Directions, type PortKnowledge } from '../../src/flows/direction.ts'
import { Fragments } from '../../src/flows/fragments.ts'
import { IcmpErrors } from '../../src/flows/icmp-errors.ts'
import { endsOf, recordOf, synAckOf } from '../../src/flows/record.ts'
import { unwrap, unwrapLink } from '../../src/flows/unwrap.ts'
import type { Kernel } from '../../src/kernel/compiled.ts'
import { goesToRest } from '../../src/kernel/kernel.ts'
import { FATE_NAMES, PAYLOAD_DUE, STOP_FLOW, STOP_REASON, Stop } from '../../src/kernel/layout.ts'
import { getI32 } from '../../src/kernel/memory.ts'
import {
  begin,
  chunkBuffer,
  counter,
  filter,
  type KernelOptions,
  load,
} from '../../src/kernel/session.ts'
import { drawUp } from '../../src/ledger.ts'
import { Measuring } from '../../src/measuring.ts'
import type { Chunk } from '../../src/model/chunk.ts'
import type { FlowRecord } from '../../src/model/flow.ts'
import type { Ledger } from '../../src/model/ledger.ts'
import type { QualityRecord } from '../../src/model/quality.ts'
import { Payloads } from '../../src/payloads.ts'
import { inBoth } from './both-kernels.ts'
import type { Frame } from './frames.ts'

export interface ReplayOptions extends Partial<KernelOptions> {
  readonly chunkPackets?: number
  readonly ports?: PortKnowledge
  /** Packets before and after are filtered. */
  readonly fromNs?: number
  readonly toNs?: number
}

export interface Replayed {
  /** In the order in which they closed. */
  readonly records: readonly FlowRecord[]
  /** At the end of the frames, before the open records are closed. */
  readonly before: Ledger
  readonly ledger: Ledger
  readonly errors: IcmpErrors
  /** Where `measure` was asked for. */
  readonly quality: readonly QualityRecord[]
}

const ETHERNET = 1
const DATA_BYTES = 256 * 1024

/** No port is a row's, none is dynamic: direction is what the packets themselves say. */
export const NO_PORTS: PortKnowledge = { isReserved: () => false, dynamicPorts: () => [] }

/** The whole life of a run: every frame, then the end of the capture. */
export const replay = (frames: readonly Frame[], options: ReplayOptions = {}): Replayed =>
  inBoth(frames.length, kernel => replayIn(kernel, frames, options))

function replayIn(kernel: Kernel, frames: readonly Frame[], options: ReplayOptions): Replayed {
  const { chunkPackets, ports = NO_PORTS, fromNs = -Infinity, toNs = Infinity, ...bounds } = options
  const [errors, fragments] = [new IcmpErrors(), new Fragments()]
  const [book, directions] = [new AddressBook(), new Directions(ports)]
  const measuring = bounds.measure === true ? new Measuring([]) : null
  const payloads = new Payloads(book, null, measuring?.clocks)
  const records: FlowRecord[] = []
  const close = () => {
    const flow = getI32(STOP_FLOW)
    const isFinal = !goesToRest()
    payloads.settle(flow, isFinal)
    const ends = endsOf(flow, book)
    const orientation = directions.of(ends)
    const icmpError = errors.remove(flow)
    const app = payloads.appOf(flow, orientation.clientHigh, isFinal)
    const record = recordOf(flow, getI32(STOP_REASON), ends, orientation, { icmpError, app })
    records.push(record)
    measuring?.drain()
    measuring?.ended(flow, orientation.clientHigh, record, isFinal)
    kernel.endRecord()
  }
  const answered = () => {
    const flow = getI32(STOP_FLOW)
    if (getI32(PAYLOAD_DUE) !== 0) payloads.take()
    if (synAckOf(flow) !== null) directions.learn(endsOf(flow, book))
  }
  const stream = () => measuring?.stream(getI32(STOP_FLOW), endsOf(getI32(STOP_FLOW), book))
  const slowPath = { kernel, close, answered, stream, errors, fragments, payloads }
  begin({ seed: 1, ...bounds })
  filter(fromNs, toNs)
  for (const chunk of chunksOf(frames, chunkPackets)) {
    load(chunk)
    goThrough(slowPath)
    measuring?.drain()
  }
  while (fragments.giveUpAll()) goThroughLate(slowPath)
  const ledger = () => drawUp(null, null, { ...fragments.notes, ...payloads.notes })
  const before = ledger()
  while (kernel.drain()) close()
  return { records, before, ledger: ledger(), errors, quality: measuring?.take() ?? [] }
}

/** What the slow path does at each kind of stop. */
interface SlowPath {
  readonly kernel: Kernel
  readonly close: () => void
  readonly answered: () => void
  readonly stream: () => void
  readonly errors: IcmpErrors
  readonly fragments: Fragments
  readonly payloads: Payloads
}

function goThrough(slowPath: SlowPath): void {
  const { kernel, close, answered, stream, errors, fragments, payloads } = slowPath
  for (let stop = kernel.run(); stop !== Stop.ChunkEnd; stop = kernel.run()) {
    if (stop === Stop.Tick) {
      fragments.expire()
      goThroughLate(slowPath)
      while (kernel.sweep()) close()
    } else if (stop === Stop.Ended) close()
    else if (stop === Stop.Payload) payloads.take()
    else if (stop === Stop.Answered) answered()
    else if (stop === Stop.Stream) stream()
    else if (stop === Stop.Tunnel) unwrap()
    else if (stop === Stop.Link) unwrapLink()
    else if (stop !== Stop.Fragment) errors.take()
    else if (fragments.take()) goThroughLate(slowPath)
  }
}

function goThroughLate(slowPath: SlowPath): void {
  while (slowPath.fragments.beginNext()) goThrough(slowPath)
}

/**
 * Puts frames into the kernel's buffer, one chunk after the other. Offsets count as in a file that
 * holds nothing but the frames.
 */
export function* chunksOf(
  frames: readonly Frame[],
  packetsMax: number = chunkBuffer.packetsMax,
): Generator<Chunk> {
  let offset = 0
  for (let first = 0; first < frames.length; ) {
    let packets = 0
    let end = chunkBuffer.dataAt
    const sensor = frames[first]?.sensor ?? 0
    for (const frame of frames.slice(first, first + packetsMax)) {
      if (end + frame.bytes.length > chunkBuffer.dataAt + DATA_BYTES) break
      if ((frame.sensor ?? 0) !== sensor) break
      putFrame(packets++, end, frame)
      end += frame.bytes.length
    }
    const fileOffset = offset - chunkBuffer.dataAt
    const place = { file: 0, sensor, isBehindDamage: false, frame: first + 1, fileOffset }
    yield { packets, ...place, epochSeconds: 0 }
    offset += end - chunkBuffer.dataAt
    first += packets
  }
}

function putFrame(index: number, at: number, { bytes, timeNs, wire, link }: Frame): void {
  chunkBuffer.bytes.set(bytes, at)
  chunkBuffer.at[index] = at
  chunkBuffer.capturedBytes[index] = bytes.length
  chunkBuffer.wireBytes[index] = wire ?? bytes.length
  chunkBuffer.link[index] = link ?? ETHERNET
  chunkBuffer.timeNs[index] = timeNs
}

/** What became of the packets of the run at hand: `in_flow`, `truncated.ipv4` ..., each with its count. */
export function fates(): Readonly<Record<string, number>> {
  const counts = FATE_NAMES.map((name, fate) => [name, counter(fate)] as const)
  return Object.fromEntries(counts.filter(([, count]) => count > 0))
}

/** The fate of a single frame. */
export function fateOf(frame: Frame): string {
  replay([frame])
  return Object.keys(fates()).join(' and ')
}

/** `tcp 10.0.0.1:1000 > 10.0.0.2:80 syn 3/2 closed`: who, how that is known, packets both ways, why it ended. */
export function line(record: FlowRecord): string {
  const { transport, basis, toServer, toClient, end, resumed } = record
  const [client, server] = [record.client, record.server].map(
    ({ address, port }) => `${address.text}:${port}`,
  )
  const counts = `${toServer.packets}/${toClient.packets}`
  return `${transport} ${client} > ${server} ${basis} ${counts} ${end}${resumed ? ' resumed' : ''}`
}

/** The records of a run as lines, in the order in which they closed. */
export const lines = (frames: readonly Frame[], options: ReplayOptions = {}): readonly string[] =>
  replay(frames, options).records.map(line)
