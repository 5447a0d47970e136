// Where a running monitor can be asked: the control socket, and /metrics.

import type { TrustedClock } from '../lifecycle/trusted-clock.ts'
import type { Entry } from '../model/lifecycle.ts'
import type { OutputState } from '../model/output.ts'
import type { WatchConfig } from '../model/watch-config.ts'
import { VERSION } from '../version.ts'
import { apiOf } from '../web/api.ts'
import { listenForMetrics } from '../web/metrics.ts'
import { MetricsBook } from '../web/metrics-book.ts'
import type { Served } from '../web/server.ts'
import { listenOnSocket } from '../web/socket.ts'
import type { Desk } from './desk.ts'
import type { Log } from './log.ts'

export interface ServicesOptions {
  readonly config: WatchConfig
  readonly desk: Desk
  readonly outputs: () => readonly OutputState[]
  readonly clock: TrustedClock
  readonly log: Log
  readonly onFault: (error: unknown) => void
}

export class Services {
  readonly book = new MetricsBook()
  readonly #served: Served[] = []

  /** @throws UsageError where a socket or an address cannot be had. */
  static async open(options: ServicesOptions): Promise<Services> {
    const services = new Services()
    try {
      await services.#listen(options)
      return services
    } catch (error) {
      await services.close()
      throw error
    }
  }

  /** Counts what was recorded. */
  recorded(entries: readonly Entry[]): void {
    for (const entry of entries) {
      if (entry.kind === 'finding') this.book.event(entry)
      else this.book.incident(entry)
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.#served.map(server => server.close()))
  }

  async #listen({ config, desk, outputs, clock, log, onFault }: ServicesOptions): Promise<void> {
    const socket = await listenOnSocket(apiOf(desk, onFault), config.socket)
    this.#served.push(socket)
    log.tell('control_listening', { socket: socket.where })
    if (config.metrics === null) return
    const sources = {
      ...{ book: this.book, version: VERSION, onFault, nowMs: () => clock.now() },
      outputs,
      health: async () => (await desk.status()).store,
    }
    const metrics = await listenForMetrics(sources, config.metrics)
    this.#served.push(metrics)
    log.tell('metrics_listening', { address: metrics.where })
  }
}
