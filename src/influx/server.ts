// One question to an InfluxDB, and what it said: for what is set up or looked at there. Points go by the writers, which
// have connections of their own. Node's own fetch cannot be told which certificates to trust, so this is `node:https`.

import { type Agent, request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { bareHost } from '../model/address.ts'
import { InputError } from '../model/errors.ts'
import { visible } from '../model/text.ts'
import type { InfluxConfig } from '../model/watch-config.ts'
import { agentFor } from './open-writer.ts'

const ANSWER_BYTES_MAX = 8 * 1024 * 1024
const TOLD_CHARACTERS_MAX = 256

export interface Question {
  readonly method: 'GET' | 'POST' | 'PATCH'
  /** Behind the URL's own path, with its query. */
  readonly path: string
  /** With its media type; null for none. */
  readonly body: { readonly type: string; readonly text: string } | null
}

export interface Reply {
  readonly status: number
  readonly text: string
  /** Of the server, as it says itself; empty where it says none. */
  readonly version: string
}

export class InfluxServer {
  /** Without any secret. */
  readonly where: string
  readonly #url: URL
  readonly #agent: Agent
  readonly #authorization: string | null
  readonly #timeoutMs: number

  /**
   * @param secret The password of version 1, the token of version 2; null where none is asked for.
   * @throws UsageError where its certificates cannot be read.
   */
  constructor(config: InfluxConfig, secret: string | null, timeoutMs = 10_000) {
    this.#url = new URL(config.url)
    this.where = config.url
    this.#agent = agentFor(config)
    this.#authorization = authorizationOf(config, secret)
    this.#timeoutMs = timeoutMs
  }

  /** @throws InputError where nothing comes back. */
  async ask(question: Question): Promise<Reply> {
    try {
      return await this.#send(question)
    } catch (error) {
      throw new InputError(
        `InfluxDB cannot be reached at ${this.where}: ${reasonOf(error)}. Start it, or name another.`,
      )
    }
  }

  #send({ method, path, body }: Question): Promise<Reply> {
    const { protocol, port, pathname } = this.#url
    const headers = {
      ...(this.#authorization === null ? {} : { Authorization: this.#authorization }),
      ...(body === null
        ? {}
        : { 'Content-Type': body.type, 'Content-Length': Buffer.byteLength(body.text) }),
    }
    const ask = protocol === 'https:' ? httpsRequest : httpRequest
    return new Promise((resolve, reject) => {
      const asking = ask(
        {
          ...{ method, headers, agent: this.#agent },
          ...{ hostname: bareHost(this.#url), port },
          signal: AbortSignal.timeout(this.#timeoutMs),
          path: `${pathname.replace(/\/$/, '')}${path}`,
        },
        response => {
          const blocks: Buffer[] = []
          let bytes = 0
          response.on('data', (block: Buffer) => {
            bytes += block.length
            blocks.push(block)
            if (bytes > ANSWER_BYTES_MAX) asking.destroy(new Error('its answer is too large'))
          })
          response.on('end', () =>
            resolve({
              status: response.statusCode ?? 0,
              text: Buffer.concat(blocks).toString(),
              version: String(response.headers['x-influxdb-version'] ?? ''),
            }),
          )
          response.on('error', reject)
        },
      )
      asking.on('error', reject)
      asking.end(body?.text)
    })
  }
}

/** What it said, short and safe to show. */
export const toldBy = ({ text }: Pick<Reply, 'text'>): string =>
  visible(text.trim().slice(0, TOLD_CHARACTERS_MAX))

/** An answer as JSON; null where it is none. */
export function jsonOf({ text }: Reply): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

function authorizationOf({ version, username }: InfluxConfig, secret: string | null) {
  if (version === 2) return secret === null ? null : `Token ${secret}`
  if (username === null) return null
  return `Basic ${Buffer.from(`${username}:${secret ?? ''}`).toString('base64')}`
}

const REASONS: ReadonlyMap<string, string> = new Map([
  ['ECONNREFUSED', 'nobody listens there'],
  ['ENOTFOUND', 'nobody knows its name'],
  ['EAI_AGAIN', 'nobody can be asked for its name'],
  ['EHOSTUNREACH', 'there is no way to it'],
  ['ECONNRESET', 'it ended the connection'],
  ['ABORT_ERR', 'it does not answer'],
])

function reasonOf(error: unknown): string {
  const { code = '', message } = error as NodeJS.ErrnoException
  return visible(REASONS.get(code) ?? (message || code))
}
