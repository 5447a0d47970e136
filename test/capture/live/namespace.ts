// A network of its own for a test: pairs of virtual interfaces in a namespace, a program that watches some of
// them, and another that sends.

import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { BlindInterval, InterfaceState } from '../../../src/model/live.ts'
import { isL1Closed } from '../../../src/model/live.ts'
import { tinyPcap } from '../tiny-pcap.ts'
import type { Seen, Watching } from './watching.ts'

const has = (command: string, args: readonly string[] = ['--version']): boolean =>
  spawnSync(command, args).error === undefined

/** Namespaces can be made here, and packets be sent in them. */
export const canWatch =
  process.getuid?.() === 0 && has('tcpdump') && has('tcpreplay') && canMakeNamespaces()
export const hasDumpcap = canWatch && has('dumpcap')

const SCRIPT = fileURLToPath(new URL('./watching.ts', import.meta.url))
const LOADER = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href

let made = 0

export class Namespace {
  readonly name = `mpw-${process.pid}-${++made}`
  readonly folder = mkdtempSync(join(tmpdir(), 'mpwatch-live-'))
  private readonly watchers: Watcher[] = []

  constructor() {
    execFileSync('ip', ['netns', 'add', this.name])
    this.run('sysctl', '-qw', 'net.ipv6.conf.all.disable_ipv6=1')
    this.run('sysctl', '-qw', 'net.ipv6.conf.default.disable_ipv6=1')
  }

  /** A pair of interfaces, both switched on: what goes into one comes out of the other. */
  pair(sends: string, receives: string): void {
    this.run('ip', 'link', 'add', 'name', sends, 'type', 'veth', 'peer', 'name', receives)
    for (const name of [sends, receives]) this.run('ip', 'link', 'set', 'dev', name, 'up')
  }

  run(command: string, ...args: readonly string[]): string {
    return execFileSync('ip', ['netns', 'exec', this.name, command, ...args], { encoding: 'utf8' })
  }

  /** `before` is put before the program that watches: another user, say. */
  watch(watching: Watching, before: readonly string[] = []): Watcher {
    const program = [process.execPath, '--import', LOADER, SCRIPT, JSON.stringify(watching)]
    const watcher = new Watcher(['netns', 'exec', this.name, ...before, ...program])
    this.watchers.push(watcher)
    return watcher
  }

  /** Sends that many packets, above 1,000 in thousands; `perSecond` packets, or as fast as can be. */
  async send(name: string, packets: number, perSecond: number | null = null): Promise<void> {
    const once = Math.min(packets, 1000)
    const file = join(this.folder, `${once}.pcap`)
    writeFileSync(file, packetsOf(once))
    const speed = perSecond === null ? ['--topspeed'] : ['--pps', String(perSecond)]
    const loop = ['--preload-pcap', '--loop', String(packets / once)]
    const args = ['tcpreplay', '-q', ...speed, ...loop, '-i', name, file]
    await ended(spawn('ip', ['netns', 'exec', this.name, ...args], { stdio: 'ignore' }))
  }

  /** Ids of all that run in it. */
  get processes(): readonly number[] {
    const pids = execFileSync('ip', ['netns', 'pids', this.name], { encoding: 'utf8' })
    return pids.split('\n').filter(Boolean).map(Number)
  }

  sent(name: string): number {
    return Number(this.run('cat', `/sys/class/net/${name}/statistics/tx_packets`))
  }

  async remove(): Promise<void> {
    for (const watcher of this.watchers) await watcher.kill()
    // What has left the group of a child, as one of the tests has it, outlives its monitor.
    for (const pid of this.processes) killIfThere(pid)
    execFileSync('ip', ['netns', 'delete', this.name])
    rmSync(this.folder, { recursive: true })
  }
}

/** The program that watches, and what it has told. */
export class Watcher {
  readonly seen: Seen[] = []
  errors = ''
  private readonly process: ChildProcess
  private readonly exit: Promise<void>

  constructor(args: readonly string[]) {
    const child = spawn('ip', args, { stdio: ['pipe', 'pipe', 'pipe'] })
    const { stdin, stdout, stderr } = child
    this.process = child
    this.exit = ended(this.process)
    createInterface(stdout).on('line', line => this.seen.push(JSON.parse(line)))
    stderr.setEncoding('utf8').on('data', (text: string) => {
      this.errors += text
    })
    stdin.on('error', () => undefined)
  }

  get states(): readonly InterfaceState[] {
    return this.all('states').at(-1)?.states ?? []
  }

  /** The intervals told, each as it was told last. */
  get blind(): readonly BlindInterval[] {
    return [...new Map(this.all('blind').map(({ interval }) => [interval.id, interval])).values()]
  }

  /** All states that were told and whose books were open; empty. */
  get open(): readonly InterfaceState[] {
    return this.seen.flatMap(seen =>
      seen.kind === 'states' || seen.kind === 'over'
        ? seen.states.filter(state => !isL1Closed(state))
        : [],
    )
  }

  all<Kind extends Seen['kind']>(kind: Kind): readonly Extract<Seen, { kind: Kind }>[] {
    return this.seen.filter((one): one is Extract<Seen, { kind: Kind }> => one.kind === kind)
  }

  /** Until all interfaces are watched, or as many as wanted. */
  async watching(count = 1): Promise<void> {
    const told = this.all('states').length
    const isWatched = () => this.states.filter(({ state }) => state === 'watching').length >= count
    await this.until('watching', () => this.all('states').length > told && isWatched())
  }

  /** Until it holds; throws with what was told where it does not in time. */
  async until(what: string, holds: () => boolean, seconds = 40): Promise<void> {
    const endMs = performance.now() + seconds * 1000
    while (!holds()) {
      if (performance.now() > endMs || this.process.exitCode !== null)
        throw new Error(`never ${what}: ${JSON.stringify(this.seen.slice(-3))} ${this.errors}`)
      await wait(50)
    }
  }

  /** Has it end by itself; what it told at its end. */
  async end(): Promise<Extract<Seen, { kind: 'over' | 'refused' }>> {
    this.process.stdin?.write('end\n')
    await this.exit
    const last = this.seen.at(-1)
    if (last?.kind !== 'over' && last?.kind !== 'refused')
      throw new Error(`ended without a word: ${this.errors}`)
    return last
  }

  async kill(): Promise<void> {
    this.process.kill('SIGKILL')
    await this.exit
  }

  /** Process ids of its children. */
  get children(): readonly number[] {
    const { pid } = this.process
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1')
      .split(' ')
      .filter(Boolean)
      .map(Number)
  }
}

export const wait = (ms: number): Promise<void> => new Promise(resolve => setTimeout(resolve, ms))

const ended = (child: ChildProcess): Promise<void> =>
  new Promise(resolve => child.once('close', () => resolve()))

function killIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It has just ended.
  }
}

/** UDP packets of 60 bytes, all alike but for a number. */
function packetsOf(count: number): Uint8Array {
  const head = '020000000002020000000001' + '0800' + '4500002e00004000401126bd'
  const packets = Array.from({ length: count }, (_, number) => ({
    data: `${head}0a0000010a000002138817700012${'0000'}${number.toString(16).padStart(36, '0')}`,
    seconds: 1,
  }))
  return tinyPcap(packets)
}

function canMakeNamespaces(): boolean {
  const name = `mpw-try-${process.pid}`
  if (spawnSync('ip', ['netns', 'add', name]).status !== 0) return false
  return spawnSync('ip', ['netns', 'delete', name]).status === 0
}
