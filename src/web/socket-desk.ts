// The desk of a monitor that runs, asked through its control socket: what the table of routes offers, as the desk
// itself offers it.

import { request } from 'node:http'
import type { DeskPort, DeskStatus, Quiet, Quieted, Reloaded, Said } from '../model/desk.ts'
import { Unavailable } from '../model/desk.ts'
import { UsageError } from '../model/errors.ts'
import type { Maintenance, StoredFinding, Suppression } from '../model/lifecycle.ts'
import type { BlindInterval, FlowRow } from '../model/live.ts'
import type { NumberedEvent, NumberedPoint } from '../model/store.ts'

/** What a request may wait for its answer: a query over a long history takes its time. */
const ANSWER_MS_MAX = 60_000
const ANSWER_BYTES_MAX = 256 * 1024 * 1024

/** Nobody listens at the socket, or may not be asked. */
export class NoMonitor extends Error {
  constructor(path: string, code: string) {
    super(`No monitor can be asked at ${path}: ${noMonitorReason(code)}.`)
    this.name = 'NoMonitor'
  }
}

/** @param code As the system calls it: ENOENT, ECONNREFUSED, EACCES. */
export const noMonitorReason = (code: string): string =>
  REASONS.get(code) ?? `it cannot be reached (${code})`

const REASONS: ReadonlyMap<string, string> = new Map([
  ['ENOENT', 'there is no such socket'],
  ['ENOTDIR', 'there is no such socket'],
  ['ECONNREFUSED', 'nobody listens there any more'],
  ['EACCES', 'it belongs to another user; ask as that user, or with sudo'],
])

export class SocketDesk implements DeskPort {
  readonly #path: string

  constructor(path: string) {
    this.#path = path
  }

  status = (): Promise<DeskStatus> => this.#get('/status', {})

  findings: DeskPort['findings'] = async query =>
    (await this.#get<{ findings: readonly StoredFinding[] }>('/findings', query)).findings

  countFindings: DeskPort['countFindings'] = async query =>
    (await this.#get<{ count: number }>('/findings/count', query)).count

  find: DeskPort['find'] = async ids =>
    ids.length === 0 ? [] : this.findings({ ids, limit: ids.length, offset: 0 })

  events: DeskPort['events'] = async query =>
    (await this.#get<{ events: readonly NumberedEvent[] }>('/events', query)).events

  timeline: DeskPort['timeline'] = async query =>
    (await this.#get<{ entries: Awaited<ReturnType<DeskPort['timeline']>> }>('/timeline', query))
      .entries

  blind: DeskPort['blind'] = async period =>
    (await this.#get<{ blind: readonly BlindInterval[] }>('/blind', period)).blind

  flows: DeskPort['flows'] = async query =>
    (await this.#get<{ flows: readonly FlowRow[] }>('/flows', query)).flows

  points: DeskPort['points'] = async query => {
    const { points } = await this.#get<{ points: readonly SentPoint[] }>('/points', query)
    return points.map(point => ({ ...point, timeNs: BigInt(point.timeNs) }))
  }

  coverage: DeskPort['coverage'] = async () =>
    (await this.#get<{ latest: Awaited<ReturnType<DeskPort['coverage']>> }>('/coverage', {})).latest

  quieted = (): Promise<Quieted> => this.#get('/suppressions', {})

  acknowledge = async (ids: readonly string[], said: Said): Promise<void> => {
    await this.#post('/acknowledge', { ids, ...said })
  }

  unacknowledge = async (ids: readonly string[], said: Said): Promise<void> => {
    await this.#post('/unacknowledge', { ids, ...said })
  }

  suppress = async (quiet: Quiet): Promise<Suppression> =>
    (await this.#post<{ suppression: Suppression }>('/suppress', quiet)).suppression

  maintain = async (quiet: Quiet): Promise<Maintenance> =>
    (await this.#post<{ maintenance: Maintenance }>('/maintain', quiet)).maintenance

  end = async (id: string, author: string): Promise<void> => {
    await this.#post('/end', { id, author })
  }

  reload = (): Promise<Reloaded> => this.#post('/reload', {})

  #get<Answer>(path: string, query: object): Promise<Answer> {
    const search = new URLSearchParams(
      Object.entries(query).flatMap(([name, value]) =>
        (Array.isArray(value) ? value : [value]).map((one): [string, string] => [
          name,
          String(one),
        ]),
      ),
    )
    return this.#ask('GET', search.size === 0 ? path : `${path}?${search}`, null)
  }

  #post<Answer>(path: string, body: object): Promise<Answer> {
    return this.#ask('POST', path, JSON.stringify(body))
  }

  async #ask<Answer>(method: string, path: string, body: string | null): Promise<Answer> {
    const { status, text } = await asked(this.#path, { method, path: `/api/v1${path}`, body })
    const answer: unknown = JSON.parse(text)
    if (status >= 400) throw errorOf(status, answer as SentProblem)
    return answer as Answer
  }
}

type SentPoint = Omit<NumberedPoint, 'timeNs'> & { readonly timeNs: string }

interface SentProblem {
  readonly detail?: string
  readonly right?: string
}

/** The same kinds of error as the desk itself would give. */
function errorOf(status: number, { detail = '', right = '' }: SentProblem): Error {
  if (status === 503) return new Unavailable(detail)
  if (status === 422) return new UsageError(detail)
  if (status < 500) return new UsageError(`${detail}\n${right}`)
  return new Error(`the monitor answered ${status}: ${detail} ${right}`)
}

interface Asking {
  readonly method: string
  readonly path: string
  readonly body: string | null
}

function asked(
  socketPath: string,
  { method, path, body }: Asking,
): Promise<{ readonly status: number; readonly text: string }> {
  const sent =
    body === null
      ? {}
      : { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) }
  return new Promise((resolve, reject) => {
    const asking = request(
      // Each request has a connection of its own: one that lies idle would keep the program from ending.
      { socketPath, method, path, headers: { Host: 'localhost', ...sent }, agent: false },
      response => {
        const blocks: Buffer[] = []
        let bytes = 0
        response.on('data', (block: Buffer) => {
          bytes += block.length
          blocks.push(block)
          if (bytes > ANSWER_BYTES_MAX) asking.destroy(new Error('the answer is too large'))
        })
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, text: Buffer.concat(blocks).toString() }),
        )
        response.on('error', reject)
      },
    )
    asking.setTimeout(ANSWER_MS_MAX, () =>
      asking.destroy(new Unavailable('The monitor does not answer; its log may say why.')),
    )
    asking.on('error', (error: NodeJS.ErrnoException) =>
      reject(error.syscall === 'connect' ? new NoMonitor(socketPath, error.code ?? '') : error),
    )
    asking.end(body ?? undefined)
  })
}
