// Progress of what takes long, on standard error: one line that renews itself on a terminal, else a line
// every ten seconds.

import type { Progress } from '../capture/source.ts'
import { grouped } from '../model/text.ts'

const TERMINAL_MS = 200
const LOG_MS = 10_000
const MEGABYTE = 1e6

export class ProgressLine {
  readonly #isTerminal: boolean
  readonly #startMs = performance.now()
  #shownMs: number
  #isShown = false

  constructor(isTerminal: boolean) {
    this.#isTerminal = isTerminal
    this.#shownMs = this.#startMs
  }

  /** Of a read. */
  show(progress: Progress): void {
    this.say(seconds => describe(progress, seconds))
  }

  /** @param textOf Gets the seconds since the line began. */
  say(textOf: (seconds: number) => string): void {
    const nowMs = performance.now()
    if (nowMs - this.#shownMs < (this.#isTerminal ? TERMINAL_MS : LOG_MS)) return
    this.#shownMs = nowMs
    this.#isShown = true
    const text = textOf((nowMs - this.#startMs) / 1000)
    process.stderr.write(this.#isTerminal ? `\r\x1b[K${text}` : `${text}\n`)
  }

  /** Takes the line away, so that what follows begins on a clean one. */
  end(): void {
    if (this.#isTerminal && this.#isShown) process.stderr.write('\r\x1b[K')
  }
}

function describe({ bytesRead, bytesTotal, packets }: Progress, seconds: number): string {
  const rate = `${grouped(packets)} packets, ${grouped(Math.round(packets / seconds))}/s`
  const megabytes = (bytes: number) => grouped(Math.round(bytes / MEGABYTE))
  if (bytesTotal === null || bytesTotal === 0) return `Read ${megabytes(bytesRead)} MB, ${rate}.`
  const share = bytesRead / bytesTotal
  const left = Math.ceil((seconds / share) * (1 - share))
  const percent = Math.floor(share * 100)
  return `Read ${percent} % of ${megabytes(bytesTotal)} MB, ${rate}, ${left} s left.`
}
