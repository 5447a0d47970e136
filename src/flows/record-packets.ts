// Which packets make up a flow record: the kernel's own answer, packet by packet, for records that are known
// by their first packet. Where a flow record only counts, this names: the packets that were booked, the
// fragments before them that made them whole, and the ICMP errors that quote them.

import { compiledKernel } from '../kernel/compiled.ts'
import { Copy } from '../kernel/duplicates.ts'
import { find, flowAt, originAt } from '../kernel/flows.ts'
import {
  COPY_FOUND,
  Fate,
  FILE,
  FLOW_PACKETS_HIGH,
  FLOW_PACKETS_LOW,
  FRAME,
  ORIGIN_FILE,
  ORIGIN_FRAME,
  PACKETS,
  STOP_FLOW,
  STOP_PACKET,
  Stop,
} from '../kernel/layout.ts'
import { getI32, setI32 } from '../kernel/memory.ts'
import { begin, counter, filter, load } from '../kernel/session.ts'
import type { Chunk } from '../model/chunk.ts'
import { DatagramOwners } from './datagram-owners.ts'
import { Fragments } from './fragments.ts'
import { flowQuoted } from './icmp-errors.ts'
import { unwrap, unwrapLink } from './unwrap.ts'

/** Packets named in all; a record of more is named as far as that. */
const PACKETS_NAMED_MAX = 2_097_152
const FILE_STEP = 2 ** 32

/** A packet as one number: its capture's index in the run, and its number there. */
export const placeOf = (file: number, frame: number): number => file * FILE_STEP + frame

export interface RecordPacketsOptions {
  readonly vlanInKey: boolean
  /** Nanoseconds since the run's epoch, as the kernel's filter takes them. */
  readonly fromNs: number
  readonly toNs: number
  /** A bound below the built-in one, for tests. */
  readonly namedMax?: number
  /** Places of the first packets of the records that are asked for. */
  readonly wanted: Iterable<number>
}

/** What belongs to one record, each packet by its place. */
export interface RecordParts {
  /** Booked in the record, as its counts have them. */
  readonly packets: ReadonlySet<number>
  /** Packets of the record beyond what can be named. */
  readonly left: number
  readonly fragments: ReadonlySet<number>
  /** ICMP errors that quote the flow while the record is open. */
  readonly errors: ReadonlySet<number>
}

/** Goes through a run a packet at a time: cutting chunks changes no result, and tells whose a packet is. */
export class RecordPackets {
  readonly #parts = new Map<number, Parts>()
  readonly #fragments = new Fragments()
  readonly #owners = new DatagramOwners<Parts>()
  readonly #namedMax: number
  #named = 0

  /** Takes over the kernel. Records are those of an audit: copies are taken out. */
  constructor({ vlanInKey, fromNs, toNs, wanted, namedMax }: RecordPacketsOptions) {
    this.#namedMax = namedMax ?? PACKETS_NAMED_MAX
    for (const place of wanted) this.#parts.set(place, partsOf())
    // The seed moves entries about in the indexes and never a result.
    begin({ seed: 1, dedup: true, recognise: false, vlanInKey })
    filter(fromNs, toNs)
  }

  /** Goes through the packets of a chunk that lies in the kernel's buffer. */
  read(chunk: Chunk): void {
    load(chunk)
    for (let index = 0; index < chunk.packets; index++) {
      setI32(PACKETS, index + 1)
      this.#run()
    }
  }

  /** The capture is over. What belongs to each record that was asked for and found, by its first packet. */
  finish(): ReadonlyMap<number, RecordParts> {
    while (this.#fragments.giveUpAll()) this.#late()
    while (compiledKernel.drain()) this.#end()
    const found = [...this.#parts].filter(([, { booked }]) => booked > 0)
    return new Map(found.map(([first, parts]) => [first, settled(parts)]))
  }

  /** Answers the kernel until the packet at hand is done. */
  #run(): void {
    for (;;) {
      const before = counter(Fate.InFlow)
      const stop = compiledKernel.run()
      if (stop === Stop.Tick) this.#tick()
      else if (stop === Stop.Ended) this.#end()
      else if (stop === Stop.Tunnel) unwrap()
      else if (stop === Stop.Link) unwrapLink()
      else if (stop === Stop.Fragment) this.#fragment()
      else if (stop === Stop.IcmpError) this.#error()
      else if (counter(Fate.InFlow) > before) this.#booked()
      if (stop === Stop.ChunkEnd) break
    }
    this.#owners.endPacket()
  }

  #tick(): void {
    this.#fragments.expire()
    this.#late()
    this.#owners.expire()
    while (compiledKernel.sweep()) this.#end()
  }

  #fragment(): void {
    this.#owners.note(placeAtHand())?.fragments.add(placeAtHand())
    if (!this.#fragments.take()) return
    // The fragment is set aside; what goes on now are others.
    this.#owners.endPacket()
    this.#late()
  }

  /** A datagram that never became whole goes on with the frame that began it. */
  #late(): void {
    while (this.#fragments.beginNext()) this.#run()
  }

  /** The packet at hand is in a flow; the kernel's registers still hold its key. */
  #booked(): void {
    const parts = this.#partsOfFlow(find())
    const place = placeAtHand()
    for (const fragment of this.#owners.settle(place, parts)) parts?.fragments.add(fragment)
    if (parts === undefined) return
    parts.booked++
    if (this.#named++ >= this.#namedMax) return
    parts.packets.add(place)
    if (getI32(COPY_FOUND) === Copy.Doubtful) parts.doubtful.push(place)
  }

  #error(): void {
    const flow = flowQuoted()
    if (flow >= 0) this.#partsOfFlow(flow)?.errors.add(placeAtHand())
  }

  /** The record of the stop's flow is over: what was in doubt may have been taken out as copies. */
  #end(): void {
    const flow = getI32(STOP_FLOW)
    const parts = this.#partsOfFlow(flow)
    if (parts !== undefined) {
      const counted =
        getI32(flowAt(flow) + FLOW_PACKETS_LOW) + getI32(flowAt(flow) + FLOW_PACKETS_HIGH)
      if (counted < parts.booked) for (const copy of parts.doubtful) parts.packets.delete(copy)
      parts.booked = counted
    }
    compiledKernel.endRecord()
  }

  #partsOfFlow(flow: number): Parts | undefined {
    const origin = originAt(flow)
    return this.#parts.get(placeOf(getI32(origin + ORIGIN_FILE), getI32(origin + ORIGIN_FRAME)))
  }
}

interface Parts {
  readonly packets: Set<number>
  readonly fragments: Set<number>
  readonly errors: Set<number>
  /** Those of the packets that may be copies. */
  readonly doubtful: number[]
  /** Packets that the kernel has counted, named or not. */
  booked: number
}

const partsOf = (): Parts => ({
  ...{ packets: new Set(), fragments: new Set(), errors: new Set() },
  ...{ doubtful: [], booked: 0 },
})

/** The fragment that made a datagram whole is the packet that was booked for it. */
function settled({ packets, fragments, errors, booked }: Parts): RecordParts {
  for (const place of packets) fragments.delete(place)
  return { packets, left: booked - packets.size, fragments, errors }
}

const placeAtHand = (): number => placeOf(getI32(FILE), getI32(FRAME) + getI32(STOP_PACKET))
