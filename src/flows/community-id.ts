// Names of a flow that do not depend on who saw it. Community ID v1 (github.com/corelight/
// community-id-spec) is shared with Zeek, Suricata, Wireshark and others; the flow id is our own.

import { hash } from 'node:crypto'
import type { FlowRecord } from '../model/flow.ts'
import { isLoneIcmp } from '../model/icmp.ts'

/** What names a flow. Endpoint ports as in `model/flow.ts`, for ICMP they hold types and codes. */
export type Tuple = Pick<FlowRecord, 'protocol' | 'client' | 'server'>

const ICMP = 1
const TCP = 6
const UDP = 17
const ICMP6 = 58
const SCTP = 132
const WITH_PORTS: readonly number[] = [ICMP, TCP, UDP, ICMP6, SCTP]

const HEAD_BYTES = 2
const TAIL_BYTES = 6

/**
 * Community ID v1: `1:` and the base64 of a SHA-1 over the tuple, the same for both directions.
 * VLANs and tunnels have no part in it.
 *
 * @param seed 0 to 65535; IDs of different seeds never meet.
 */
export function communityId(tuple: Tuple, seed = 0): string {
  const bytes = ordered(tuple)
  bytes[0] = seed >> 8
  bytes[1] = seed
  return `1:${hash('sha1', bytes, 'base64')}`
}

/**
 * A number for the same tuple, below 2^53 so that JSON readers keep it whole. All records of a flow
 * have the same one, whichever side each of them took for the client.
 */
export function flowId(tuple: Tuple): number {
  let high = 0x9e3779b1
  let low = 0x85ebca77
  for (const byte of ordered(tuple)) {
    high = Math.imul(high ^ byte, 0x01000193)
    low = Math.imul(low ^ byte, 0x5bd1e995)
    low ^= low >>> 15
  }
  high = mixed(high ^ (low >>> 11))
  low = mixed(low ^ (high >>> 13))
  return (high & 0x1fffff) * 0x100000000 + (low >>> 0)
}

/** Seed (left zero), lower end's address, other address, protocol, zero, and the ports where there are any. */
function ordered({ protocol, client, server }: Tuple): Uint8Array {
  const [low, high] = isInOrder({ protocol, client, server }) ? [client, server] : [server, client]
  const addressBytes = low.address.bytes.length
  const hasPorts = WITH_PORTS.includes(protocol)
  const bytes = new Uint8Array(HEAD_BYTES + 2 * addressBytes + (hasPorts ? TAIL_BYTES : 2))
  bytes.set(low.address.bytes, HEAD_BYTES)
  bytes.set(high.address.bytes, HEAD_BYTES + addressBytes)
  const at = HEAD_BYTES + 2 * addressBytes
  bytes[at] = protocol
  if (!hasPorts) return bytes
  bytes[at + 2] = low.port >> 8
  bytes[at + 3] = low.port
  bytes[at + 4] = high.port >> 8
  bytes[at + 5] = high.port
  return bytes
}

function isInOrder({ protocol, client, server }: Tuple): boolean {
  if (isLoneIcmp(protocol, client.port, server.port)) return true
  const difference = compareBytes(client.address.bytes, server.address.bytes)
  return difference < 0 || (difference === 0 && client.port < server.port)
}

function compareBytes(left: Uint8Array, right: Uint8Array): number {
  for (let at = 0; at < left.length; at++) {
    const difference = (left[at] ?? 0) - (right[at] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}

/** Spreads every bit over all others, so that neighbouring tuples get distant numbers. */
function mixed(value: number): number {
  const half = Math.imul(value ^ (value >>> 16), 0x2c1b3c6d)
  const whole = Math.imul(half ^ (half >>> 13), 0x297a2d39)
  return whole ^ (whole >>> 16)
}
