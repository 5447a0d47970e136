// Requests to an InfluxDB, one at a time, and what truly came back. The packages that send them hide the status and the
// words of some answers, take others for success, and may wait for ever for the rest of one. So answers are heard where
// Node itself announces them: https://nodejs.org/api/diagnostics_channel.html#built-in-channels (http.client.response.finish).

import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { Agent, IncomingMessage } from 'node:http'
import { visible } from '../model/text.ts'
import type { Answer } from './writer.ts'

const CHANNEL = 'http.client.response.finish'
/** Of an answer so much is kept, and no more of it is read than the second. */
const KEPT_BYTES_MAX = 4_096
const READ_BYTES_MAX = 65_536
const TEXT_CHARACTERS_MAX = 256

export interface Heard {
  readonly answer: Answer
  /** The beginning of what it said, as it came. */
  readonly body: string
}

/** What has come of an answer so far. */
interface Coming {
  readonly response: IncomingMessage
  readonly chunks: Buffer[]
  bytes: number
}

export class Exchange {
  /** All requests have to be made with it: by it their answers are known. */
  readonly agent: Agent
  readonly #timeoutMs: number
  #turn: Promise<unknown> = Promise.resolve()
  #coming: Coming | null = null
  #over: (() => void) | null = null

  /** An answer is waited for so long, from the first byte of its request to its own last. */
  constructor(agent: Agent, timeoutMs: number) {
    this.agent = agent
    this.#timeoutMs = timeoutMs
    subscribe(CHANNEL, this.#hear)
  }

  /** Makes the request, after those that were asked for before. Never rejects. */
  ask(send: () => Promise<unknown>): Promise<Heard> {
    const asked = this.#turn.then(() => this.#ask(send))
    this.#turn = asked
    return asked
  }

  /** Ends what is under way. */
  close(): void {
    unsubscribe(CHANNEL, this.#hear)
    this.agent.destroy()
  }

  async #ask(send: () => Promise<unknown>): Promise<Heard> {
    this.#coming = null
    const failure = await new Promise<string | null>(resolve => {
      const slow = `No answer within ${this.#timeoutMs / 1000} s.`
      const timer = setTimeout(() => settle(slow), this.#timeoutMs)
      const settle = (why: string | null): void => {
        clearTimeout(timer)
        resolve(why)
      }
      this.#over = () => settle(null)
      // What a package makes of an answer that was heard does not count.
      send().catch(error => {
        if (this.#coming === null) settle(textOf(error))
      })
    })
    this.#over = null
    const heard = this.#heard()
    // Nothing of a request that was given up may come in later.
    if (heard?.response.complete !== true) this.agent.destroy()
    if (heard !== null) return heardOf(heard)
    return { answer: { status: 0, text: safe(failure ?? ''), retryAfterMs: null }, body: '' }
  }

  #heard(): Coming | null {
    return this.#coming
  }

  readonly #hear = (message: unknown): void => {
    const { request, response } = message as { request: object; response: IncomingMessage }
    if (Reflect.get(request, 'agent') !== this.agent) return
    const coming: Coming = { response, chunks: [], bytes: 0 }
    this.#coming = coming
    response.on('data', (chunk: Buffer | string) => {
      const bytes = Buffer.from(chunk)
      if (coming.bytes < KEPT_BYTES_MAX) coming.chunks.push(bytes.subarray(0, KEPT_BYTES_MAX))
      coming.bytes += bytes.length
      if (coming.bytes > READ_BYTES_MAX) response.destroy()
    })
    // However it ends: whole, cut off, or by ourselves.
    response.on('close', () => {
      if (this.#coming === coming) this.#over?.()
    })
  }
}

function heardOf({ response, chunks }: Coming): Heard {
  const { statusCode: status = 0, statusMessage = '', headers } = response
  const body = Buffer.concat(chunks).subarray(0, KEPT_BYTES_MAX).toString('utf8')
  const text = status === 204 ? '' : saidIn(body) || statusMessage
  const retryAfterMs = waitOf(headers['retry-after'], headers.date)
  return { answer: { status, text: safe(text), retryAfterMs }, body }
}

/** Versions 1 and 2 answer with an object that has the sentence as `error` or `message`; proxies with anything. */
function saidIn(body: string): string {
  try {
    const parsed: unknown = JSON.parse(body)
    if (typeof parsed !== 'object' || parsed === null) return body
    const said = [Reflect.get(parsed, 'message'), Reflect.get(parsed, 'error')]
    return said.find(one => typeof one === 'string') ?? body
  } catch {
    return body
  }
}

/** RFC 9110, 10.2.3: seconds, or a date, which is told by the server's own clock. */
function waitOf(after: string | undefined, date: string | undefined): number | null {
  if (after === undefined) return null
  if (/^\d{1,9}$/.test(after)) return Number(after) * 1000
  const ms = Date.parse(after) - Date.parse(date ?? '')
  return Number.isNaN(ms) ? null : Math.max(0, ms)
}

const safe = (text: string): string => visible(text.trim()).slice(0, TEXT_CHARACTERS_MAX)

/** Errors of several tries, one for each address of a name, have no message of their own. */
function textOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const code = 'code' in error ? String(error.code) : error.name
  return error.message === '' ? code : error.message
}
