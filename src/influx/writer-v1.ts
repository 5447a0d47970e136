// Writes to an InfluxDB of version 1, through the pool of the package `influx`. Its retries and the leave it gives to a host
// that has failed are switched off, since the exporter has its own. Lines are ours: the package's own serialiser doubles
// a backslash before a quote, and so would store other texts than version 2 gets from us.
// https://docs.influxdata.com/influxdb/v1/tools/api/

import { escape as influxQl } from 'influx'
import { Pool } from 'influx/lib/src/pool.js'
import { bodyOf, UNWRITABLE } from './request-body.ts'
import type { Answer, InfluxPoint, InfluxWriter } from './writer.ts'
import type { WriterParts } from './writer-parts.ts'

/** A host without a delay is never set aside. */
const NO_BACKOFF = {
  getDelay: () => 0,
  next: () => NO_BACKOFF,
  reset: () => NO_BACKOFF,
}

export class WriterV1 implements InfluxWriter {
  readonly where: string
  readonly #parts: WriterParts
  readonly #pool: Pool

  constructor(parts: WriterParts) {
    const { config, where, exchange, timeoutMs } = parts
    this.where = where
    this.#parts = parts
    this.#pool = new Pool({ maxRetries: 0, requestTimeout: timeoutMs, backoff: NO_BACKOFF })
    this.#pool.addHost(config.url.replace(/\/+$/, ''), { agent: exchange.agent })
  }

  async write(points: readonly InfluxPoint[]): Promise<Answer> {
    const body = bodyOf(points)
    if (body === null) return UNWRITABLE
    const { config, exchange } = this.#parts
    const query = { db: config.database, precision: 'n' }
    const { answer } = await exchange.ask(async () => {
      const auth = await this.#auth()
      await this.#pool.discard({ method: 'POST', path: '/write', query, body, ...auth })
    })
    return answer
  }

  async createDatabase(): Promise<boolean> {
    const { config, exchange } = this.#parts
    if (!config.mayCreate) return false
    const q = `CREATE DATABASE ${influxQl.quoted(config.database)}`
    const { answer, body } = await exchange.ask(async () => {
      const auth = await this.#auth()
      await this.#pool.discard({ method: 'POST', path: '/query', query: { q }, ...auth })
    })
    // A statement that fails is told within an answer that says 200.
    return answer.status === 200 && !body.includes('"error"')
  }

  forgetSecret(): void {
    this.#parts.secret.forget()
  }

  async close(): Promise<void> {
    this.#parts.exchange.close()
  }

  async #auth(): Promise<{ readonly auth?: string }> {
    const { config, secret } = this.#parts
    if (config.username === null) return {}
    return { auth: `${config.username}:${(await secret.get()) ?? ''}` }
  }
}
