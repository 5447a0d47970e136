// What `mpwatch watch` is told: by a configuration file, by options of the command line, or by neither.

import type { Severity } from './finding.ts'
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

/** Where a password or token stands. It is read when it is needed, and never kept in a configuration. */
export type SecretSource =
  | { readonly from: 'environment'; readonly name: string }
  | { readonly from: 'file'; readonly path: string }

export interface InfluxConfig {
  /** Names its cursor in the store: renamed, it begins anew. */
  readonly name: string
  /** Scheme, host, port and perhaps a path before `/write`; never with a user. */
  readonly url: string
  readonly version: 1 | 2
  /** The database of version 1, the bucket of version 2; what is downsampled goes to `<name>_long` of version 2. */
  readonly database: string
  /** Of version 2. */
  readonly org: string | null
  /** Of version 1; null where it asks nobody. */
  readonly username: string | null
  /** The password of version 1, the token of version 2. */
  readonly secret: SecretSource | null
  /** Certificates to trust beside those of the system; null for these alone. */
  readonly caFile: string | null
  readonly seriesMax: number
  /** How long points are kept as they are, and downsampled; used by `export influx --setup` alone. */
  readonly keepDays: number
  readonly keepLongDays: number
  /** A database that is missing may be made. */
  readonly mayCreate: boolean
}

/** Each member that is given must fit. */
export interface RouteFilter {
  /** This severe, or worse. */
  readonly severity: Severity
  readonly rows: readonly string[] | null
  readonly verdicts: readonly string[] | null
  /** Roles at either end. */
  readonly roles: readonly string[] | null
  /** Names of nodes, or `role@zone`, at either end. */
  readonly nodes: readonly string[] | null
  /** Names of sites, as site files have them: for routes that several monitors share. */
  readonly sites: readonly string[] | null
}

/** How a receiver speaks, and where it is. */
export type RouteTarget =
  | {
      /** RFC 5424, or CEF within it. */
      readonly kind: 'syslog' | 'cef'
      readonly transport: 'udp' | 'tcp' | 'tls'
      readonly host: string
      readonly port: number
      readonly caFile: string | null
      /** RFC 5424, 6.2.1: 0 to 23. */
      readonly facility: number
    }
  | {
      readonly kind: 'webhook'
      /** Written in the configuration, or standing where only the monitor reads it: a path may be a password. */
      readonly url: string | SecretSource
      /** The key of the HMAC; null where nothing is signed. */
      readonly secret: SecretSource | null
      /** Loopback and private addresses are refused unless this is set; link-local ones always. */
      readonly allowPrivate: boolean
      readonly caFile: string | null
    }
  | {
      readonly kind: 'mail'
      readonly host: string
      readonly port: number
      /** `tls` from the first byte, `starttls` insisted on, or neither. */
      readonly security: 'tls' | 'starttls' | 'none'
      readonly username: string | null
      readonly secret: SecretSource | null
      readonly from: string
      readonly to: readonly string[]
      readonly caFile: string | null
    }
  | {
      readonly kind: 'eve'
      readonly path: string
      readonly bytesMax: number
      /** Rotated files that are kept beside it. */
      readonly files: number
    }

export interface RouteConfig {
  /** Names its cursor in the store: renamed, it begins anew. */
  readonly name: string
  readonly target: RouteTarget
  /** `pages` is what should wake somebody, put together; `events` is everything that happens to findings, as it comes. */
  readonly tells: 'pages' | 'events'
  readonly filter: RouteFilter
  /** Seconds until the first notice of a group (0 where critical), between two of one group, and until it is repeated. */
  readonly waitS: number
  readonly intervalS: number
  /** Null for never. */
  readonly repeatS: number | null
  /** More are put together in a digest. */
  readonly perMinuteMax: number
  /** Null for none. */
  readonly heartbeatS: number | null
  /** Whether it is told that a group is over. */
  readonly resolved: boolean
  /** What could not be delivered for so long goes to the dead letters. */
  readonly giveUpS: number
}

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
  readonly influx: readonly InfluxConfig[]
  readonly routes: readonly RouteConfig[]
  /** `file` null: standard error. */
  readonly log: { readonly level: LogLevel; readonly file: string | null }
}
