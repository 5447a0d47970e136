// What is measured: mpwatch as it is shipped, and the readers and flow meters found on this
// machine, each run so that it sees every packet and keeps every flow.

import { existsSync, mkdirSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Cost } from './measure.ts'

export interface Job {
  readonly capture: string
  readonly captureBytes: number
  readonly site: string
  /** An empty folder for what a tool insists on writing. */
  readonly scratch: string
}

export interface Tool {
  readonly name: string
  readonly isOurs: boolean
  readonly command: (job: Job) => readonly string[]
  /** Files of more bytes are left out unless asked for. */
  readonly captureBytesMax: number
  /** The tool's own flow count, from what it said; null for a tool whose output is thrown away. */
  readonly flowCount: ((cost: Cost) => number | null) | null
  /** Exit codes that mean success; an audit that finds violations ends with 1. */
  readonly goodCodes: readonly number[]
}

export interface MissingTool {
  readonly name: string
  /** How to get it. */
  readonly hint: string
}

export interface Toolbox {
  readonly tools: readonly Tool[]
  readonly missing: readonly MissingTool[]
}

/** The tool to which all others are compared. */
export const BASE_TOOL = 'mpwatch flows'

const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url))
/** A minute of tshark: it dissects, where the others measure. */
const TSHARK_BYTES_MAX = 400_000_000

/** `mpwatch flows --json` on the capture: the run that tells the flow count, not measured. */
export const flowsAsJson = (capture: string, out: string): readonly string[] => [
  ...[process.execPath, MAIN, 'flows', capture, '--quiet', '--no-hash', '--json', out],
]

/** All tools that are there, ours first, and the names of those that are not. */
export function findTools(): Toolbox {
  const peers = PEERS.map(peer => ({ peer, program: whereIs(peer.program) }))
  const isBuilt = existsSync(MAIN)
  const found = peers.flatMap(({ peer, program }) =>
    program === null ? [] : peerTool(peer, program),
  )
  const absent = peers.flatMap(({ peer, program }) =>
    program === null ? [{ name: peer.program, hint: `apt-get install ${peer.debian}` }] : [],
  )
  return {
    tools: [...(isBuilt ? OURS : []), ...found],
    missing: [...(isBuilt ? [] : [{ name: 'mpwatch', hint: 'npm run build' }]), ...absent],
  }
}

const ours = (name: string, args: (job: Job) => readonly string[]): Tool => ({
  name,
  isOurs: true,
  command: job => [process.execPath, MAIN, ...args(job)],
  captureBytesMax: Number.POSITIVE_INFINITY,
  flowCount: null,
  goodCodes: [0, 1, 4],
})

const OURS: readonly Tool[] = [
  ours(BASE_TOOL, ({ capture }) => ['flows', capture, '--quiet', '--no-hash']),
  ours('mpwatch audit', ({ capture, site }) => [
    ...['audit', capture, '--site', site, '--quiet', '--no-hash'],
  ]),
  ours('mpwatch audit, no quality', ({ capture, site }) => [
    ...['audit', capture, '--site', site, '--quiet', '--no-hash', '--no-quality'],
  ]),
  ours('mpwatch flows, hashing', ({ capture }) => ['flows', capture, '--quiet']),
]

interface Peer {
  readonly program: string
  readonly debian: string
  readonly args: (job: Job) => readonly string[]
  readonly captureBytesMax?: number
  readonly flowCount?: Tool['flowCount']
}

const PEERS: readonly Peer[] = [
  {
    program: 'softflowd',
    debian: 'softflowd',
    // Without -6 it skips IPv6; its default table holds 8,192 flows.
    args: ({ capture }) => ['-6', '-r', capture, '-m', '4000000', '-d'],
    flowCount: ({ said }) => numberIn(said, /^Flows expired: (\d+)/m),
  },
  {
    program: 'nfpcapd',
    debian: 'nfdump',
    args: ({ capture, scratch }) => ['-r', capture, '-w', scratch],
  },
  {
    program: 'argus',
    debian: 'argus-server',
    args: ({ capture }) => ['-r', capture, '-w', '/dev/null'],
  },
  {
    program: 'tcpdump',
    debian: 'tcpdump',
    args: ({ capture }) => ['-r', capture, '-w', '/dev/null'],
  },
  {
    program: 'tshark',
    debian: 'tshark',
    args: ({ capture }) => ['-n', '-q', '-r', capture, '-z', 'conv,tcp', '-z', 'conv,udp'],
    captureBytesMax: TSHARK_BYTES_MAX,
  },
]

function peerTool(peer: Peer, program: string): Tool {
  return {
    name: peer.program,
    isOurs: false,
    command: job => [program, ...peer.args(job)],
    captureBytesMax: peer.captureBytesMax ?? Number.POSITIVE_INFINITY,
    flowCount: peer.flowCount ?? null,
    goodCodes: [0],
  }
}

/** Meters are often installed where only the administrator's path leads. */
function whereIs(program: string): string | null {
  const { PATH = '' } = process.env
  const folders = [...PATH.split(delimiter), '/usr/sbin', '/usr/local/sbin']
  return folders.map(folder => join(folder, program)).find(path => existsSync(path)) ?? null
}

function numberIn(text: string, pattern: RegExp): number | null {
  const digits = pattern.exec(text)?.[1]
  return digits === undefined ? null : Number(digits)
}

/** The job on a capture; makes its scratch folder. */
export function jobOf(capture: string, captureBytes: number, site: string, scratch: string): Job {
  mkdirSync(scratch, { recursive: true })
  return { capture, captureBytes, site, scratch }
}
