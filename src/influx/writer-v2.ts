// Writes to an InfluxDB of version 2, and to what takes the same requests (version 3, VictoriaMetrics), through the package
// `@influxdata/influxdb-client` with its buffers, timers and retries switched off: what it keeps in memory is lost when it
// is closed. https://docs.influxdata.com/influxdb/v2/api/#operation/PostWrite

import { InfluxDB, setLogger, type WriteOptions } from '@influxdata/influxdb-client'
import { linesOf, UNWRITABLE } from './request-body.ts'
import type { Answer, InfluxPoint, InfluxWriter } from './writer.ts'
import type { WriterParts } from './writer-parts.ts'

/** Smaller bodies are not worth packing. */
const PACKED_BYTES_MIN = 1_000

// What it would print on the console stands in the answer.
setLogger({ error: () => {}, warn: () => {} })

export class WriterV2 implements InfluxWriter {
  readonly where: string
  readonly #parts: WriterParts

  constructor(parts: WriterParts) {
    this.where = parts.where
    this.#parts = parts
  }

  async write(points: readonly InfluxPoint[]): Promise<Answer> {
    const lines = linesOf(points)
    if (lines === null) return UNWRITABLE
    const { exchange } = this.#parts
    const { answer } = await exchange.ask(() => this.#send(lines))
    return answer
  }

  /** A bucket has an owner and a time for which it keeps; `export influx --setup` makes it. */
  async createDatabase(): Promise<boolean> {
    return false
  }

  forgetSecret(): void {
    this.#parts.secret.forget()
  }

  async close(): Promise<void> {
    this.#parts.exchange.close()
  }

  async #send(lines: string[]): Promise<void> {
    const { config, exchange, secret, timeoutMs } = this.#parts
    const token = await secret.get()
    const influx = new InfluxDB({
      url: config.url,
      ...(token === null ? {} : { token }),
      timeout: timeoutMs,
      transportOptions: { agent: exchange.agent },
    })
    const options = optionsFor(lines.length)
    const api = influx.getWriteApi(config.org ?? '', config.database, 'ns', options)
    api.writeRecords(lines)
    await api.flush()
  }
}

/** All lines go with one flush, which is ours. */
const optionsFor = (lines: number): Partial<WriteOptions> => ({
  ...{ batchSize: lines + 1, maxBatchBytes: Number.POSITIVE_INFINITY, flushInterval: 0 },
  ...{ maxRetries: 0, gzipThreshold: PACKED_BYTES_MIN },
  // Taken as it is: left to itself the package calls one error of clusters a success, and prints all others.
  writeFailed: error => Promise.reject(error),
})
