// A monitor that runs in a process of its own, as people start it: what it logs, and how to ask and to end it.

import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { DeskStatus } from '../../src/model/desk.ts'
import type { StoredFinding } from '../../src/model/lifecycle.ts'

const PROGRAM = fileURLToPath(new URL('../../dist/main.js', import.meta.url))
const run = promisify(execFile)

export interface Line {
  readonly event: string
  readonly [field: string]: unknown
}

/** Ended by its code, or by a signal. */
export interface End {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

/** What is put before the program: a namespace to run in, another clock. */
export interface Before {
  readonly command?: readonly string[]
  readonly environment?: NodeJS.ProcessEnv
}

export class Running {
  readonly lines: Line[] = []
  /** What was said and is no line of the log. */
  readonly said: string[] = []
  readonly child: ChildProcess
  readonly ended: Promise<End>

  /** Starts `mpwatch watch` with these arguments. */
  constructor(args: readonly string[], { command = [], environment = {} }: Before = {}) {
    const [program = '', ...rest] = [...command, process.execPath, PROGRAM, 'watch', ...args]
    const env = { ...process.env, ...environment }
    this.child = spawn(program, rest, { stdio: ['ignore', 'ignore', 'pipe'], env })
    this.ended = new Promise(resolve =>
      this.child.once('close', (code, signal) => resolve({ code, signal })),
    )
    if (this.child.stderr !== null)
      createInterface(this.child.stderr).on('line', line => this.#hear(line))
  }

  events(event: string): readonly Line[] {
    return this.lines.filter(line => line.event === event)
  }

  /** Until it holds; throws with what was logged where it does not in time. */
  async until(what: string, holds: () => boolean | Promise<boolean>, seconds = 40): Promise<void> {
    const endMs = performance.now() + seconds * 1000
    while (!(await holds())) {
      if (performance.now() > endMs || this.child.exitCode !== null)
        throw new Error(`never ${what}: ${JSON.stringify(this.lines.slice(-5))} ${this.said}`)
      await new Promise(resolve => setTimeout(resolve, 50))
    }
  }

  /** Until every one of so many interfaces is captured. */
  watching(interfaces = 1): Promise<void> {
    const captures = () =>
      this.events('capture_note').filter(({ text }) => String(text).endsWith('captures'))
    return this.until('capturing', () => captures().length >= interfaces)
  }

  async end(signal: NodeJS.Signals = 'SIGTERM'): Promise<End> {
    this.child.kill(signal)
    return this.ended
  }

  #hear(line: string): void {
    try {
      this.lines.push(JSON.parse(line))
    } catch {
      this.said.push(line)
    }
  }
}

/** What a command prints. */
export async function mpwatch(...args: readonly string[]): Promise<string> {
  const { stdout } = await run(process.execPath, [PROGRAM, ...args], { maxBuffer: 1 << 28 })
  return stdout
}

/** What a store has, whether a monitor holds it or not. */
export async function findingsOf(folder: string): Promise<readonly StoredFinding[]> {
  const json = await mpwatch('findings', '--store', folder, '--json', '--limit', '1000')
  const { findings }: { findings: readonly StoredFinding[] } = JSON.parse(json)
  return findings
}

/** The status by the control socket, or of the store alone. */
export async function statusOf(folder: string): Promise<DeskStatus> {
  return JSON.parse(await mpwatch('status', '--store', folder, '--json'))
}
