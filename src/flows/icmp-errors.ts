// ICMP errors, tied to the flows that they quote. The first error of a flow is kept until its record is
// closed; what quotes no known flow is counted.

import { forgetIfUnused } from '../kernel/addresses.ts'
import { key } from '../kernel/decode.ts'
import { find, flowAt } from '../kernel/flows.ts'
import {
  ADDRESSES_AT,
  CAPTURED_END,
  Fate,
  FILE,
  FILE_OFFSET,
  FLOW_FLAGS,
  Flag,
  FRAME,
  HEADER_AT,
  KEY_HIGH,
  KEY_KIND,
  KEY_LOW,
  KIND_V6,
  PACKET_AT,
  PACKET_TIME,
  STOP_PACKET,
} from '../kernel/layout.ts'
import { getF64, getI32, memory, setI32 } from '../kernel/memory.ts'
import { type Address, ipv4, ipv6 } from '../model/address.ts'
import type { IcmpError } from '../model/flow.ts'
import { type ErrorMessage, errorMessage, type Quote } from '../wire/icmp.ts'

const ERRORS_MAX = 65_536
const view = new DataView(memory)

export class IcmpErrors {
  readonly #errors = new Map<number, IcmpError>()
  /** Errors that quote no flow of ours, or too little of one. */
  unmatched = 0
  /** Errors that found no room. */
  dropped = 0

  /**
   * Takes up the packet of a Stop.IcmpError, whose headers are in the kernel's registers. Gives back the kernel's
   * number of the flow of which it says that a packet was too big; -1 for any other error.
   */
  take(): number {
    const index = getI32(STOP_PACKET)
    const version = versionAtHand()
    const from = sender(version)
    const message = messageAtHand()
    const flow = message === undefined ? -1 : quotedFlow(message.quote)
    if (message === undefined || flow < 0) this.unmatched++
    else if (this.#errors.size >= ERRORS_MAX) this.dropped++
    else if (!this.#errors.has(flow))
      this.#errors.set(flow, describe(message, version, from, index))
    return message !== undefined && isTooBig(message, version) ? flow : -1
  }

  /** What was kept for the flow, which is forgotten here with its record. */
  remove(flow: number): IcmpError | null {
    if (this.#errors.size === 0) return null
    const error = this.#errors.get(flow)
    if (error === undefined) return null
    this.#errors.delete(flow)
    return error
  }
}

/** Fragmentation needed (RFC 792, RFC 1191), or packet too big (RFC 4443, 3.2). */
const isTooBig = ({ type, code }: ErrorMessage, version: 4 | 6): boolean =>
  version === 4 ? type === 3 && code === 4 : type === 2

/** The kernel's number of the flow that the error of a Stop.IcmpError quotes; -1 for none that is open. */
export function flowQuoted(): number {
  const message = messageAtHand()
  return message === undefined ? -1 : quotedFlow(message.quote)
}

const messageAtHand = (): ErrorMessage | undefined =>
  errorMessage(view, getI32(HEADER_AT), getI32(CAPTURED_END), versionAtHand())

const versionAtHand = (): 4 | 6 => ((getI32(KEY_KIND) & KIND_V6) === 0 ? 4 : 6)

function sender(version: 4 | 6): Address {
  if (version === 4) return ipv4(getI32(KEY_LOW))
  return ipv6(new Uint8Array(memory, getI32(ADDRESSES_AT), 16))
}

/** The kernel's number of the quoted flow, -1 if it knows none. Quoted addresses leave no trace in it. */
function quotedFlow(quote: Quote): number {
  setI32(KEY_KIND, quote.protocol | (quote.version === 6 ? KIND_V6 : 0))
  if (quote.version === 6) setI32(ADDRESSES_AT, quote.sourceAt)
  else {
    setI32(KEY_LOW, view.getInt32(quote.sourceAt))
    setI32(KEY_HIGH, view.getInt32(quote.targetAt))
  }
  if (key(quote.sourcePort, quote.targetPort) !== Fate.InFlow) return -1
  const flow = find()
  if (quote.version === 6)
    for (const id of new Set([getI32(KEY_LOW), getI32(KEY_HIGH)])) forgetIfUnused(id)
  // Errors are kept until the record ends, and the record of a flow at rest has ended.
  return flow >= 0 && isDormant(flow) ? -1 : flow
}

const isDormant = (flow: number): boolean =>
  (getI32(flowAt(flow) + FLOW_FLAGS) & Flag.Dormant) !== 0

function describe(
  { type, code }: ErrorMessage,
  version: 4 | 6,
  from: Address,
  index: number,
): IcmpError {
  const offset = getF64(FILE_OFFSET) + getI32(PACKET_AT + 4 * index)
  const packet = { file: getI32(FILE), frame: getI32(FRAME) + index, offset }
  return { timeNs: getF64(PACKET_TIME + 8 * index), version, type, code, from, packet }
}
