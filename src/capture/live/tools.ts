// The programs that capture: which of them is there, how it is called, and what an operator does where it is
// missing or may not capture.

import { accessSync, constants, existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { delimiter, dirname, extname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { CaptureConfig, LiveTool } from '../../model/watch-config.ts'

/** A program to run: no shell is between. */
export interface Command {
  readonly tool: LiveTool
  readonly program: string
  readonly args: readonly string[]
}

const ORDER: readonly LiveTool[] = ['tcpdump', 'dumpcap', 'cap']

/** Where the programs of administrators are, which the PATH of others leaves out. */
const ADMINISTRATORS = ['/usr/local/sbin', '/usr/sbin', '/sbin']

/** Folders in which programs are looked for, in this order. */
export const searchPath = (): readonly string[] => [
  ...(process.env['PATH'] ?? '').split(delimiter).filter(folder => folder !== ''),
  ...ADMINISTRATORS,
]

const KIB = 1024

/** How long packets may lie in the kernel before a tool hands them on, in milliseconds; see `ARGS` below. */
export const DELAY_MS: Readonly<Record<LiveTool, number>> = {
  tcpdump: 1000,
  dumpcap: 250,
  cap: 50,
}

/** What captures on this interface; null where nothing that was asked for is installed. */
export function commandFor(name: string, options: CaptureConfig): Command | null {
  const { tool: wanted } = options
  for (const tool of wanted === 'auto' ? ORDER : [wanted]) {
    const program = programOf(tool, options)
    if (program !== null) return { tool, program, args: ARGS[tool](name, options) }
  }
  return null
}

/** What is meant where the tool is left open. */
export const wantedTool = ({ tool }: CaptureConfig): LiveTool =>
  tool === 'auto' ? 'tcpdump' : tool

/** The command that installs what is missing. */
export const installAdvice = ({ tool }: CaptureConfig): string =>
  tool === 'dumpcap'
    ? 'Install it: sudo apt-get install wireshark-common'
    : tool === 'cap'
      ? 'Build it: sudo apt-get install libpcap-dev g++ make && npm rebuild cap'
      : 'Install one: sudo apt-get install tcpdump'

/** The command that lets it capture. */
export function permissionAdvice({ tool, program }: Command): string {
  const [file, powers] =
    tool === 'cap' ? ['$(command -v node)', 'cap_net_raw'] : [program, POWERS[tool]]
  return (
    `Allow it: sudo setcap ${powers}=ep ${file} ` +
    `(to allow it to one group only, before that: sudo chgrp GROUP ${file} && sudo chmod 750 ${file})`
  )
}

const POWERS = { tcpdump: 'cap_net_raw', dumpcap: 'cap_net_raw,cap_net_admin' } as const

// tcpdump hands on packets by blocks of the kernel, at the latest after a second. Its immediate mode takes less
// than a millisecond, but each packet a system call more: at 400,000 packets/s it lost a third of them with
// 2 MiB, a tenth with 32 MiB; by blocks 550,000 packets/s went through 2 MiB without loss. A late packet is
// worth more than none. `-U` writes a block as it comes, also one that holds a single packet.
const ARGS: Readonly<Record<LiveTool, (name: string, options: CaptureConfig) => string[]>> = {
  tcpdump: (name, { snapBytes, bufferBytes, filter }) => [
    ...['-i', name, '-n', '-U', '-w', '-', '--time-stamp-precision=nano'],
    ...['-s', String(snapBytes), '-B', String(Math.ceil(bufferBytes / KIB))],
    ...(filter === null ? [] : ['--', filter]),
  ],
  dumpcap: (name, { snapBytes, bufferBytes, filter }) => [
    ...['-i', name, '-q', '-P', '-w', '-', '-s', String(snapBytes)],
    ...['-B', String(Math.ceil(bufferBytes / KIB / KIB))],
    ...(filter === null ? [] : ['-f', filter]),
  ],
  cap: (name, { bufferBytes, filter }) => [
    ...scriptOf('cap-child'),
    ...[name, String(bufferBytes), filter ?? ''],
  ],
}

function programOf(tool: LiveTool, { tools }: CaptureConfig): string | null {
  if (tool === 'cap') return isCapBuilt() ? process.execPath : null
  return locatedTool(tool, tools[tool])
}

/** @param given Where it is, if somebody has said so. */
export function locatedTool(tool: 'tcpdump' | 'dumpcap', given: string | null): string | null {
  const places = given === null ? searchPath().map(folder => join(folder, tool)) : [given]
  // One that is there and closed to us is taken all the same: starting it tells what is to be allowed.
  return places.find(isExecutable) ?? places.find(place => existsSync(place)) ?? null
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** Looked at and not loaded: the package can abort the process that it is in. */
function isCapBuilt(): boolean {
  try {
    const main = createRequire(import.meta.url).resolve('cap')
    return existsSync(join(dirname(main), '../build/Release/cap.node'))
  } catch {
    return false
  }
}

/** Arguments of node for a script beside this one, compiled or not. */
function scriptOf(name: string): string[] {
  const extension = extname(fileURLToPath(import.meta.url))
  const script = fileURLToPath(new URL(`./${name}${extension}`, import.meta.url))
  if (extension !== '.ts') return [script]
  const loader = createRequire(import.meta.url).resolve('tsx')
  return ['--import', pathToFileURL(loader).href, script]
}
