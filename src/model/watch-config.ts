// What `mpwatch watch` is told: by a configuration file, by options of the command line, or by neither.

import type { CaptureTool } from './live.ts'

export interface WatchedInterface {
  /** As the system calls it. */
  readonly name: string
  /** Of the site file; null where nobody has said which sensor this is. */
  readonly sensor: string | null
  /** Where it was named, for messages: `mpwatch.yaml:4`, or the option. */
  readonly where: string
}

/** Programs that capture. `cap` is the npm package of that name, in a process of its own. */
export type LiveTool = Exclude<CaptureTool, 'replay'>

export interface CaptureConfig {
  /** `auto` takes tcpdump, then dumpcap, then cap, as they are installed. */
  readonly tool: 'auto' | LiveTool
  /** Paths of the programs; null: as PATH finds them, else where systems keep them. */
  readonly tools: { readonly tcpdump: string | null; readonly dumpcap: string | null }
  /** Of each packet so many bytes are taken; in the kernel it takes no more than its own. */
  readonly snapBytes: number
  /** In the language of pcap-filter(7); null takes everything. */
  readonly filter: string | null
  /** Of the kernel, for each interface. */
  readonly bufferBytes: number
  /** Without any packet for so long, after there were some, the sensor is blind. */
  readonly silentS: number
}

export interface StoreConfig {
  readonly folder: string
  /** Flows and points may take so much; the oldest go first. */
  readonly metricsBytes: number
  readonly metricsDays: number
  /** Closed findings, and what people did, are kept for so long. */
  readonly findingsDays: number
}

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]

/** Bytes of the path of a Unix socket: `sun_path` of unix(7) is 108, with the NUL. */
export const SOCKET_PATH_BYTES_MAX = 107

/** All paths are absolute. */
export interface WatchConfig {
  /** The configuration file; null where there is none. */
  readonly file: string | null
  /** The site file; null where nobody has named one. */
  readonly site: string | null
  /** The policy's folder; null for the one that comes with the program. */
  readonly rules: string | null
  /** In the order in which they were named, each once. */
  readonly interfaces: readonly WatchedInterface[]
  readonly capture: CaptureConfig
  readonly store: StoreConfig
  /** Path of the Unix socket by which people and programs speak to the running monitor. */
  readonly socket: string
  /** Where Prometheus may ask for numbers; null for nowhere. */
  readonly metrics: { readonly host: string; readonly port: number } | null
  /** `file` null: standard error. */
  readonly log: { readonly level: LogLevel; readonly file: string | null }
}
