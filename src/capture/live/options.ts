// What a live capture is told, and what it is to those who read it.

import type { Source } from '../../model/chunk.ts'
import type { BlindInterval, InterfaceState } from '../../model/live.ts'

export interface LiveInterface {
  /** As the system calls it. */
  readonly name: string
  /** Index of the sensor among those of the run; several interfaces may share one. */
  readonly sensor: number
  readonly sensorName: string
}

/** A program that captures. `cap` is the npm package of that name, in a process of its own. */
export type LiveTool = 'tcpdump' | 'dumpcap' | 'cap'

/** Who hears what happens besides packets. */
export interface LiveListener {
  /** Told when an interval begins, and again, with the same id, when it ends. */
  readonly onBlind: (interval: BlindInterval) => void
  /** One sentence for the log; nothing in it comes from packets. */
  readonly onNote: (text: string) => void
}

export interface LiveOptions extends LiveListener {
  /** Ends the children, hands on what they had delivered, and then ends the chunks. */
  readonly signal: AbortSignal
  /** `auto` takes the first that is installed; the default. */
  readonly tool?: LiveTool | 'auto'
  /** Where the programs are; by default they are looked for where the system keeps programs. */
  readonly toolPaths?: Readonly<Partial<Record<'tcpdump' | 'dumpcap', string>>>
  /**
   * Bytes kept of each packet. By default 262,144, as tcpdump has it: what is judged by payload, and segments
   * that the card has put together, want whole packets, and in the kernel a packet takes no more than its own.
   */
  readonly snapBytes?: number
  /** A filter as pcap-filter(7) describes it; null or empty for every packet. */
  readonly filter?: string | null
  /** Memory of the kernel for each interface, in bytes; by default 32 MiB. */
  readonly bufferBytes?: number
  /** An interface that had packets and has none for so long is blind, in seconds; by default 60. */
  readonly silentS?: number
}

/** A source that goes on until it is stopped, with the books of each interface. */
export interface LiveSource extends Source {
  /** In the order of the interfaces. L1 holds at every call; the counts are final when the chunks have ended. */
  states(): InterfaceState[]
}

export const SNAP_BYTES = 262_144
export const BUFFER_BYTES = 32 * 1024 * 1024
export const SILENT_S = 60
