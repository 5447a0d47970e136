// A webhook: each notice is one POST of JSON, signed where a key is given. Delivered is what was answered with 2xx; no
// redirect is followed, since it could lead anywhere, and a proxy of the environment is not asked.

import { createHmac } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { request as requestPlain } from 'node:http'
import { request as requestTls } from 'node:https'
import { connect as connectTcp } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { bareHost } from '../model/address.ts'
import type { Notice } from '../model/alert.ts'
import type { RouteTarget } from '../model/watch-config.ts'
import { reasonOf, said } from './faults.ts'
import type { Grounds } from './grounds.ts'
import { guardedLookup, insistOnHost } from './guard.ts'
import { unlessAborted, withinMs } from './limits.ts'
import { retryAfterMsOf } from './retry-after.ts'
import { trusted } from './stream.ts'
import { DeliveryError, type Transport } from './transport.ts'
import { webhookBody } from './webhook-body.ts'
import { secretsIn, urlOf, whereOf } from './webhook-url.ts'

type WebhookTarget = Extract<RouteTarget, { kind: 'webhook' }>

const TRY_MS_MAX = 5000
const ANSWER_BYTES_MAX = 4096

interface Answer {
  readonly status: number
  readonly text: string
  readonly retryAfter: string | undefined
  readonly location: string | undefined
}

export function webhookTransport(target: WebhookTarget, grounds: Grounds): Transport {
  const where = whereOf(target)
  return {
    where,
    async deliver(notice, signal) {
      const limit = withinMs(signal, TRY_MS_MAX)
      const url = await urlOf(target, grounds)
      const key = await keyOf(target, grounds)
      const to = { where, url, secrets: [...(key === null ? [] : [key]), ...secretsIn(url)] }
      const answer = await tried(to, () => {
        insistOnHost(url, target.allowPrivate)
        return post(url, target, signed(notice, key, grounds), limit)
      })
      return taken(to, answer, grounds.nowMs())
    },
    async check(signal) {
      try {
        const url = await urlOf(target, grounds)
        insistOnHost(url, target.allowPrivate)
        await keyOf(target, grounds)
        await shaken(url, target, withinMs(signal, TRY_MS_MAX))
        return null
      } catch (error) {
        return reasonOf(error)
      }
    },
    async reopen() {},
    async close() {},
  }
}

/** Where a notice goes, and what nobody is to see of it. */
interface To {
  readonly where: string
  readonly url: URL
  readonly secrets: readonly string[]
}

async function keyOf({ secret }: WebhookTarget, grounds: Grounds): Promise<string | null> {
  if (secret === null) return null
  try {
    return await grounds.readSecret(secret)
  } catch (error) {
    throw new DeliveryError(`the key of the signature cannot be read: ${reasonOf(error)}`)
  }
}

async function tried<Value>({ where, secrets }: To, work: () => Promise<Value>): Promise<Value> {
  try {
    return await work()
  } catch (error) {
    throw new DeliveryError(`${where} takes no notice: ${reasonOf(error, secrets)}`)
  }
}

interface Signed {
  readonly body: string
  readonly headers: Readonly<Record<string, string | number>>
}

/** The signature covers the moment too, so that nobody can send the same again later. */
function signed(notice: Notice, key: string | null, grounds: Grounds): Signed {
  const body = webhookBody(notice, grounds.version)
  const timeS = Math.floor(grounds.nowMs() / 1000)
  const headers = {
    'Content-Type': 'application/json',
    'Content-Length': Buffer.byteLength(body),
    'User-Agent': `mpwatch/${grounds.version}`,
    'X-Mpwatch-Id': notice.id.replace(/[^!-~]/g, '_'),
    'X-Mpwatch-Seq': notice.seq,
  }
  if (key === null) return { body, headers }
  const code = createHmac('sha256', key).update(`${timeS}.${body}`).digest('hex')
  return { body, headers: { ...headers, 'X-Mpwatch-Signature': `t=${timeS},v1=${code}` } }
}

async function post(
  url: URL,
  { allowPrivate, caFile }: WebhookTarget,
  { body, headers }: Signed,
  signal: AbortSignal,
): Promise<Answer> {
  const request = url.protocol === 'https:' ? requestTls : requestPlain
  const options = {
    ...{ method: 'POST', headers, signal, lookup: guardedLookup(allowPrivate) },
    // No agent: no connection is kept, and none of another address is taken.
    ...{ agent: false, ...(await trusted(caFile)), minVersion: 'TLSv1.2' as const },
  }
  return new Promise((resolve, reject) => {
    request(url, options)
      .on('error', error => reject(signal.aborted ? signal.reason : error))
      .on('response', response => answerOf(response).then(resolve, reject))
      .end(body)
  })
}

/** The status is the answer; what is said beside it is read as far as somebody may want to see it. */
async function answerOf(response: IncomingMessage): Promise<Answer> {
  const { statusCode: status = 0, headers } = response
  const head = { status, retryAfter: headers['retry-after'], location: headers.location }
  const pieces: Buffer[] = []
  let bytes = 0
  try {
    for await (const piece of response) {
      pieces.push(piece)
      bytes += piece.length
      if (bytes >= ANSWER_BYTES_MAX) break
    }
  } catch {
    // Cut off after its status, which has said it all; what came until then is shown.
  }
  response.destroy()
  return { ...head, text: Buffer.concat(pieces).subarray(0, ANSWER_BYTES_MAX).toString() }
}

/** @throws DeliveryError for anything but 2xx. */
function taken(
  { where, url, secrets }: To,
  { status, text, retryAfter, location }: Answer,
  nowMs: number,
): string {
  const words = said(text, secrets)
  const answer = words === '' ? String(status) : `${status}: ${words}`
  if (status >= 200 && status < 300) return `answered ${answer}`
  if (status >= 300 && status < 400)
    throw new DeliveryError(
      `${where} answers ${status} and sends to ${originOf(location, url)}; no redirect is followed: configure the final URL`,
    )
  throw new DeliveryError(`${where} answers ${answer}`, retryAfterMsOf(retryAfter, nowMs))
}

function originOf(location: string | undefined, url: URL): string {
  if (location === undefined || !URL.canParse(location, url.href)) return 'nowhere'
  return said(new URL(location, url).origin)
}

/** Connects, with the handshake where there is one, and sends nothing of its own. */
async function shaken(url: URL, target: WebhookTarget, signal: AbortSignal): Promise<void> {
  const isTls = url.protocol === 'https:'
  const host = bareHost(url)
  const port = url.port === '' ? (isTls ? 443 : 80) : Number(url.port)
  const options = { host, port, lookup: guardedLookup(target.allowPrivate) }
  const socket = isTls
    ? connectTls({ ...options, ...(await trusted(target.caFile)), minVersion: 'TLSv1.2' })
    : connectTcp(options)
  const done = new Promise<void>((resolve, reject) => {
    socket.once(isTls ? 'secureConnect' : 'connect', resolve)
    socket.on('error', reject)
  })
  await unlessAborted(done, signal).finally(() => socket.destroy())
}
