// A real server that takes what version 2 of InfluxDB is sent: VictoriaMetrics on loopback with a folder of its own, ended
// by its process id. It keeps numbers alone, and asks for no token.

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll } from 'vitest'
import { freePort } from './influxd.ts'
import { hasProgram } from './programs.ts'

const PROGRAM = 'victoria-metrics'
export const hasVictoriaMetrics = hasProgram(PROGRAM)

const READY_MS_MAX = 30_000

const running: VictoriaMetrics[] = []
afterAll(async () => {
  for (const server of running) await server.remove()
})

/** One series, as it is exported: times in milliseconds. */
export interface Exported {
  readonly metric: Readonly<Record<string, string>>
  readonly values: readonly number[]
  readonly timestamps: readonly number[]
}

export class VictoriaMetrics {
  readonly url: string
  readonly #folder: string
  readonly #child: ChildProcess

  private constructor(url: string, folder: string, child: ChildProcess) {
    this.url = url
    this.#folder = folder
    this.#child = child
  }

  /** Answers when it is begun; removed when the tests of the file have ended. */
  static async begin(): Promise<VictoriaMetrics> {
    const folder = mkdtempSync(join(tmpdir(), 'victoria-'))
    const address = `127.0.0.1:${await freePort()}`
    const argv = [`-httpListenAddr=${address}`, `-storageDataPath=${folder}`]
    const child = spawn(PROGRAM, [...argv, '-retentionPeriod=100y'], { stdio: 'ignore' })
    const server = new VictoriaMetrics(`http://${address}`, folder, child)
    running.push(server)
    const endMs = performance.now() + READY_MS_MAX
    while (!(await server.#answers())) {
      if (child.exitCode !== null || performance.now() > endMs)
        throw new Error(`VictoriaMetrics does not begin; exit code ${child.exitCode}`)
      await pause(50)
    }
    return server
  }

  /** All that is stored of a metric such as `mp_flow_flows`, which is a field of a measurement. */
  async exported(metric: string): Promise<readonly Exported[]> {
    await fetch(`${this.url}/internal/force_flush`)
    const query = new URLSearchParams({ 'match[]': metric })
    const text = await (await fetch(`${this.url}/api/v1/export?${query}`)).text()
    return text
      .split('\n')
      .filter(line => line !== '')
      .map(line => JSON.parse(line))
  }

  async remove(): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      const ended = once(this.#child, 'exit')
      this.#child.kill('SIGKILL')
      await ended
    }
    rmSync(this.#folder, { recursive: true, force: true })
  }

  async #answers(): Promise<boolean> {
    try {
      return (await fetch(`${this.url}/health`)).status === 200
    } catch {
      return false
    }
  }
}
