// What the system says of an interface: whether it is there, whether its link is up, what it has counted.
// Linux, sysfs: Documentation/ABI/testing/sysfs-class-net and sysfs-class-net-statistics.

import { readdirSync, readFileSync } from 'node:fs'

const CLASS = '/sys/class/net'
const IFF_UP = 1

export interface LinkState {
  /** Another one means another interface, though it has the same name. */
  readonly index: number
  /** Switched on; nothing can capture on it before. */
  readonly isOn: boolean
  /** Switched on, and packets may come. */
  readonly isUp: boolean
}

export interface LinkCounts {
  /** Received and sent: a capture sees both. */
  readonly packets: number
  /** Dropped before any capture. The two counters that libpcap looks at: `rx_dropped` counts other things too. */
  readonly dropped: number
}

/** Names of the interfaces there are. */
export function interfaceNames(): string[] {
  return readdirSync(CLASS).filter(name => readNumber(name, 'ifindex') !== null)
}

/** Null where there is no such interface. */
export function linkState(name: string): LinkState | null {
  const index = readNumber(name, 'ifindex')
  const flags = readNumber(name, 'flags')
  if (index === null || flags === null) return null
  const isOn = (flags & IFF_UP) !== 0
  // The carrier of an interface that is off cannot be read; kinds that have none always say 1.
  return { index, isOn, isUp: isOn && readNumber(name, 'carrier') !== 0 }
}

/** Null where there is no such interface. Begins anew when it is made again. */
export function linkCounts(name: string): LinkCounts | null {
  const count = (counter: string) => readNumber(name, `statistics/${counter}`)
  const received = count('rx_packets')
  const sent = count('tx_packets')
  if (received === null || sent === null) return null
  const dropped = (count('rx_missed_errors') ?? 0) + (count('rx_fifo_errors') ?? 0)
  return { packets: received + sent, dropped }
}

function readNumber(name: string, file: string): number | null {
  try {
    return Number(readFileSync(`${CLASS}/${name}/${file}`, 'latin1'))
  } catch {
    // Whatever the reason: the interface may go at any moment, also between two reads.
    return null
  }
}
