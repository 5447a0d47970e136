// A real InfluxDB 1.x: influxd on loopback with a folder of its own, ended by its process id. Killed and started again it
// has the same port and the same data.

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll } from 'vitest'
import { hasProgram } from './programs.ts'

export const hasInfluxd = hasProgram('influxd')

const READY_MS_MAX = 30_000

export interface InfluxdOptions {
  /** Users are asked for; the first request has to make one. */
  readonly auth?: boolean
  /** Where data and log go; a temporary folder unless told. */
  readonly folder?: string
  /** `max-body-size` of the section http. */
  readonly bodyBytesMax?: number
}

/** Rows of one series, as InfluxQL answers them. */
export interface Series {
  readonly name: string
  readonly tags?: Readonly<Record<string, string>>
  readonly columns: readonly string[]
  readonly values: readonly (readonly (string | number | boolean | null)[])[]
}

const running: Influxd[] = []
afterAll(async () => {
  for (const influxd of running) await influxd.remove()
})

export class Influxd {
  readonly folder: string
  readonly #port: number
  readonly #isOurFolder: boolean
  #child: ChildProcess | null = null

  private constructor(folder: string, port: number, isOurFolder: boolean) {
    this.folder = folder
    this.#port = port
    this.#isOurFolder = isOurFolder
  }

  /** Answers when it is begun; removed when the tests of the file have ended. */
  static async begin(options: InfluxdOptions = {}): Promise<Influxd> {
    const folder = options.folder ?? mkdtempSync(join(tmpdir(), 'influxd-'))
    const port = await freePort()
    const influxd = new Influxd(folder, port, options.folder === undefined)
    running.push(influxd)
    writeFileSync(join(folder, 'influxd.conf'), configOf(folder, port, await freePort(), options))
    await influxd.start()
    return influxd
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`
  }

  /** As it was left, whatever ended it. */
  async start(): Promise<void> {
    const child = spawn('influxd', ['-config', join(this.folder, 'influxd.conf')], {
      stdio: 'ignore',
    })
    this.#child = child
    const endMs = performance.now() + READY_MS_MAX
    while (!(await this.#answers())) {
      if (child.exitCode !== null || performance.now() > endMs)
        throw new Error(`influxd does not begin; exit code ${child.exitCode}`)
      await pause(50)
    }
  }

  /** SIGSTOP and SIGCONT leave it where it is; anything else is waited for. */
  async signal(name: 'SIGTERM' | 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): Promise<void> {
    const child = this.#child
    if (child === null || child.exitCode !== null) return
    const ended = once(child, 'exit')
    child.kill(name)
    if (name === 'SIGSTOP' || name === 'SIGCONT') return
    await ended
    this.#child = null
  }

  /** What an InfluxQL statement answers; `auth` is `user:password`. Throws with what the server said. */
  async query(statement: string, db = '', auth: string | null = null): Promise<readonly Series[]> {
    const response = await fetch(`${this.url}/query?${new URLSearchParams({ db, q: statement })}`, {
      method: 'POST',
      headers:
        auth === null ? {} : { Authorization: `Basic ${Buffer.from(auth).toString('base64')}` },
    })
    const text = await response.text()
    const { results = [], error }: Answered = JSON.parse(text)
    const wrong = error ?? results.find(result => result.error !== undefined)?.error
    if (wrong !== undefined) throw new Error(`${statement}: ${wrong}`)
    return results.flatMap(({ series = [] }) => series)
  }

  /** How many points a measurement has, by one of its fields. */
  async count(db: string, measurement: string, field: string): Promise<number> {
    const [series] = await this.query(`SELECT count("${field}") FROM "${measurement}"`, db)
    return Number(series?.values[0]?.[1] ?? 0)
  }

  async remove(): Promise<void> {
    await this.signal('SIGKILL')
    if (this.#isOurFolder) rmSync(this.folder, { recursive: true, force: true })
  }

  async #answers(): Promise<boolean> {
    try {
      return (await fetch(`${this.url}/ping`)).status === 204
    } catch {
      return false
    }
  }
}

interface Answered {
  readonly error?: string
  readonly results?: readonly { readonly series?: readonly Series[]; readonly error?: string }[]
}

function configOf(folder: string, port: number, rpcPort: number, options: InfluxdOptions): string {
  for (const part of ['meta', 'data', 'wal']) mkdirSync(join(folder, part), { recursive: true })
  const { auth = false, bodyBytesMax = 25_000_000 } = options
  return `reporting-disabled = true
bind-address = "127.0.0.1:${rpcPort}"
[meta]
  dir = "${join(folder, 'meta')}"
[data]
  dir = "${join(folder, 'data')}"
  wal-dir = "${join(folder, 'wal')}"
  index-version = "tsi1"
  query-log-enabled = false
[monitor]
  store-enabled = false
[http]
  bind-address = "127.0.0.1:${port}"
  auth-enabled = ${auth}
  log-enabled = false
  max-body-size = ${bodyBytesMax}
[continuous_queries]
  log-enabled = false
  run-interval = "1s"
[logging]
  level = "error"
`
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('a port is a number')
  return address.port
}
