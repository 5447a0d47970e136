// Sends points until the server has said something definite about them: that it has taken them, that it refuses them, or
// that they are too many. All else is waited for, as faults.md 3.4 says for each answer.

import type { Clock } from './clock.ts'
import type { Health } from './health.ts'
import { backOffMs, HOLD_MS, reactionTo } from './reaction.ts'
import type { Answer, InfluxPoint, InfluxWriter } from './writer.ts'

export interface SenderOptions {
  readonly writer: InfluxWriter
  readonly clock: Clock
  /** From 0 to 1. */
  readonly random: () => number
  readonly mayCreate: boolean
  readonly health: Health
  /** Aborted when no further try is to be made. */
  readonly signal: AbortSignal
  /** Told when nothing is sent any more until somebody mends something. */
  readonly onHeld: () => void
}

export class Sender {
  /** Tries that failed. */
  retries = 0
  readonly #options: SenderOptions
  /** One try for each time that the database is missing. */
  #hasCreated = false

  constructor(options: SenderOptions) {
    this.#options = options
  }

  /** What was said: 204, 400, 413 or 422. Null where the signal was aborted before anything definite was. */
  async send(points: readonly InfluxPoint[]): Promise<Answer | null> {
    const { writer, health, clock, signal } = this.#options
    for (let tries = 1; ; tries++) {
      const fromMs = clock.now()
      const answer = await writer.write(points)
      const reaction = reactionTo(answer)
      if (reaction === 'taken') {
        this.#hasCreated = false
        health.worked(writer.where)
      }
      if (reaction !== 'hold' && reaction !== 'retry') return answer
      this.retries++
      if (signal.aborted) return null
      if (reaction === 'retry') await this.#backOff(answer, tries, fromMs)
      else if (!(await this.#hasMadeDatabase(answer))) await this.#hold(answer, fromMs)
      if (signal.aborted) return null
    }
  }

  async #backOff(answer: Answer, tries: number, fromMs: number): Promise<void> {
    const { clock, random, signal, health, writer } = this.#options
    const waitMs = backOffMs(tries, answer, random)
    const why = `${writer.where} ${saidIn(answer)}.`
    health.failed({ why, fromMs, untilMs: clock.now() + waitMs, isHeld: false })
    await clock.sleep(waitMs, signal)
  }

  async #hold(answer: Answer, fromMs: number): Promise<void> {
    const { clock, signal, health, writer, onHeld } = this.#options
    const why = `${writer.where} ${saidIn(answer)}. ${helpFor(answer)}`
    health.failed({ why, fromMs, untilMs: clock.now() + HOLD_MS, isHeld: true })
    onHeld()
    await clock.sleep(HOLD_MS, signal)
    writer.forgetSecret()
  }

  async #hasMadeDatabase({ status }: Answer): Promise<boolean> {
    if (status !== 404 || !this.#options.mayCreate || this.#hasCreated) return false
    this.#hasCreated = true
    return await this.#options.writer.createDatabase()
  }
}

const saidIn = ({ status, text }: Answer): string => {
  const words = text === '' ? '' : ` (${text})`
  return status === 0 ? `gives no answer${words}` : `answers ${status}${words}`
}

const helpFor = ({ status }: Answer): string =>
  status === 404
    ? 'Make the database with `mpwatch export influx --setup`, or correct its name or the URL.'
    : 'Correct the user name, or the password or token where the configuration says it stands, or its rights.'
