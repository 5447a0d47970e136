// One run of a capturing program: started, asked for its counts, ended. What its end means is told by others.

import type { ChildProcess } from 'node:child_process'
import { kill } from 'node:process'
import type { Readable } from 'node:stream'
import { Guard } from './guard.ts'
import { Intake } from './intake.ts'
import { startPiped } from './piped.ts'
import type { Command } from './tools.ts'
import { Words } from './words.ts'

/** Nothing of ours is handed on to a program that reads hostile packets. */
const ENVIRONMENT = { LC_ALL: 'C', PATH: '/usr/sbin:/usr/bin:/sbin:/bin' }

/** How long a child that is asked to end may take. */
const END_MS_MAX = 1500

// Somebody else may hold the pipes of a child that has ended, and even write on: they are closed after so long
// without a byte, or so long after the end.
const HELD_MS_MAX = 1000
const WRITTEN_MS_MAX = 5000

export interface ChildEnd {
  /** Of the monotonic clock, in milliseconds. */
  readonly atMs: number
  /** `exit code 0`, `signal SIGKILL`, `ENOENT`. */
  readonly how: string
  /** It did not even start, as the system says why. */
  readonly startFault: string | null
}

export class Child {
  readonly command: Command
  readonly intake: Intake
  readonly words = new Words()
  readonly startedMs = performance.now()
  /** When it answered last, or started. */
  answeredMs = performance.now()
  /** Set when the program has ended; its output may still be on the way. */
  end: ChildEnd | null = null
  /** It has ended, and so has its output. */
  isClosed = false
  private readonly program: ChildProcess
  private readonly output: Readable
  private readonly errors: Readable
  private killer: NodeJS.Timeout | null = null
  private holder: NodeJS.Timeout | null = null
  private readonly guard: Guard | null

  /** `onChange` is called for bytes, words and the end. */
  constructor(command: Command, queueBytesMax: number, onChange: () => void) {
    this.command = command
    const { program, output, words } = startPiped(command, {
      env: ENVIRONMENT,
      cwd: '/',
      // A group of its own: it is ended as a whole, and Ctrl-C at a terminal reaches us alone.
      detached: true,
    })
    this.program = program
    this.output = output
    this.errors = words
    const { pid } = program
    this.guard = pid === undefined ? null : new Guard(pid)
    this.intake = new Intake(output, queueBytesMax, onChange)
    words.setEncoding('utf8')
    words.on('data', (text: string) => {
      const { answers } = this.words
      this.words.take(text)
      if (this.words.answers > answers) this.answeredMs = performance.now()
      onChange()
    })
    // A program that cannot be started ends with this, and without an exit.
    program.on('error', (error: NodeJS.ErrnoException) => {
      if (program.pid !== undefined) return
      this.ended(error.code ?? 'unknown', error.code ?? 'unknown')
      this.closed(onChange)
    })
    program.on('exit', (code, signal) => {
      this.ended(code === null ? `signal ${signal}` : `exit code ${code}`, null)
      this.holder = setInterval(() => this.release(), HELD_MS_MAX / 2)
      onChange()
    })
    // The program's own end does not wait for a pipe that is not node's.
    const closed = () => {
      if (isProgramClosed && output.closed) this.closed(onChange)
    }
    let isProgramClosed = false
    program.on('close', () => {
      isProgramClosed = true
      closed()
    })
    output.on('close', closed)
  }

  /** It has begun to capture, as far as it shows. */
  get isCapturing(): boolean {
    return this.words.isListening || this.intake.lastMs > 0
  }

  /** Asks for its counts; only tcpdump answers, and others would end. */
  ask(): void {
    if (this.command.tool === 'tcpdump' && this.words.isListening) this.program.kill('SIGUSR1')
  }

  /** Has it end by itself, with its counts, and by force where it takes too long. */
  stop(): void {
    if (this.end !== null || this.killer !== null) return
    this.signal('SIGTERM')
    this.killer = setTimeout(() => this.kill(), END_MS_MAX)
  }

  kill(): void {
    this.signal('SIGKILL')
  }

  /** To the program, and whatever it has started. */
  private signal(signal: NodeJS.Signals): void {
    const { pid } = this.program
    if (pid === undefined || this.end !== null) return
    try {
      kill(-pid, signal)
    } catch {
      // It has just ended, which its exit tells.
    }
  }

  private ended(how: string, startFault: string | null): void {
    this.end ??= { atMs: performance.now(), how, startFault }
    this.guard?.end()
    if (this.killer !== null) clearTimeout(this.killer)
  }

  private release(): void {
    const { intake, end } = this
    if (intake.isFull || end === null) return
    const now = performance.now()
    const isQuiet = now - Math.max(end.atMs, intake.lastMs) >= HELD_MS_MAX
    if (!isQuiet && !intake.isDiscarding && now - end.atMs < WRITTEN_MS_MAX) return
    this.output.destroy()
    this.errors.destroy()
  }

  private closed(onChange: () => void): void {
    this.isClosed = true
    if (this.holder !== null) clearInterval(this.holder)
    onChange()
  }
}
