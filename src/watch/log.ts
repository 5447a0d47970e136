// The monitor's log: one line of JSON for each event, or a line for people where standard error is a terminal.

import { isatty } from 'node:tty'
import { type Logger, pino, stdTimeFunctions } from 'pino'
import { inertJson, visible } from '../model/text.ts'
import type { WatchConfig } from '../model/watch-config.ts'
import { LEVEL_OF, type LogEvent, type LogEvents } from './log-events.ts'
import { humanLine } from './log-line.ts'
import { LogOutput } from './log-output.ts'

/** Of one event; a storm of findings must not fill a disk. */
const LINES_A_MINUTE_MAX = 200
const MINUTE_MS = 60_000
const TEXT_CHARACTERS_MAX = 2000
const LIST_ENTRIES_MAX = 100

interface Minute {
  startMs: number
  lines: number
  leftOut: number
}

export interface LogOptions {
  /** Milliseconds that only grow. */
  readonly nowMs?: () => number
  readonly isTerminal?: boolean
}

export class Log {
  readonly #file: string | null
  readonly #output: LogOutput
  readonly #pino: Logger
  readonly #nowMs: () => number
  /** One for each event of the closed list. */
  readonly #minutes = new Map<LogEvent, Minute>()
  /** Of the latest line that pino gave out. */
  #isWritten = true
  /** Lines that could not be written, and have not yet been told of. */
  #lost = 0

  /** @throws UsageError where the file cannot be opened. */
  constructor({ level, file }: WatchConfig['log'], options: LogOptions = {}) {
    const isTerminal = options.isTerminal ?? (file === null && isatty(2))
    this.#nowMs = options.nowMs ?? (() => performance.now())
    this.#file = file
    this.#output = new LogOutput(file)
    const write = (json: string): void => {
      this.#isWritten = this.#output.write(isTerminal ? humanLine(json) : inertJson(json))
    }
    this.#pino = pino(
      {
        ...{ level, base: null, timestamp: stdTimeFunctions.isoTime },
        formatters: { level: label => ({ level: label }) },
      },
      { write },
    )
  }

  tell<E extends LogEvent>(event: E, fields: LogEvents[E]): void {
    if (!this.#hasRoom(event)) return
    if (!this.#write(event, fields)) this.#lost++
    else if (this.#lost > 0 && this.#write('log_lost', this.#losses())) this.#lost = 0
  }

  /** Opens the file anew and tells how that went; for SIGHUP. */
  reopen(): void {
    const file = this.#file
    if (file === null) return
    const why = this.#output.reopen()
    if (why === null) this.tell('log_reopened', { file })
    else this.tell('log_not_reopened', { file, why })
  }

  close(): void {
    for (const [event, { leftOut }] of this.#minutes) this.#tellLeftOut(event, leftOut)
    this.#output.close()
  }

  #hasRoom(event: LogEvent): boolean {
    const nowMs = this.#nowMs()
    const minute = this.#minutes.get(event)
    if (minute === undefined || nowMs - minute.startMs >= MINUTE_MS) {
      this.#minutes.set(event, { startMs: nowMs, lines: 1, leftOut: 0 })
      this.#tellLeftOut(event, minute?.leftOut ?? 0)
      return true
    }
    if (minute.lines < LINES_A_MINUTE_MAX) minute.lines++
    else minute.leftOut++
    return minute.leftOut === 0
  }

  #tellLeftOut(of: LogEvent, lines: number): void {
    if (lines > 0 && !this.#write('log_left_out', { of, lines })) this.#lost++
  }

  #losses(): LogEvents['log_lost'] {
    return { lines: this.#lost, why: this.#output.why }
  }

  /** Whether the line was written, or is none at this level. */
  #write<E extends LogEvent>(event: E, fields: LogEvents[E]): boolean {
    this.#isWritten = true
    const safe = Object.entries(fields).map(([key, value]) => [key, harmless(value)] as const)
    this.#pino[LEVEL_OF[event]]({ event, ...Object.fromEntries(safe) })
    return this.#isWritten
  }
}

function harmless(value: unknown): unknown {
  if (Array.isArray(value)) return value.slice(0, LIST_ENTRIES_MAX).map(harmless)
  if (typeof value !== 'string') return value
  const cut = value.length > TEXT_CHARACTERS_MAX
  return visible(cut ? `${value.slice(0, TEXT_CHARACTERS_MAX)}…` : value)
}
