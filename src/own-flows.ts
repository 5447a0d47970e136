// Which of the kernel's flows are sessions of the monitor itself (own-sessions.ts).

import type { AddressBook } from './flows/addresses.ts'
import { type Ends, endsOf } from './flows/record.ts'
import { flowAt, originAt } from './kernel/flows.ts'
import { FLOW_PORTS, ORIGIN_FIRST } from './kernel/layout.ts'
import { getF64, getI32 } from './kernel/memory.ts'
import type { OwnNews } from './model/own-session.ts'
import { OwnSessions } from './own-sessions.ts'

const NS_IN_MS = 1e6

export class OwnFlows {
  readonly #sessions = new OwnSessions()
  readonly #addresses: AddressBook
  /** Unix time in whole seconds from which the run's times count; the monitor sets it. */
  epochSeconds = 0

  constructor(addresses: AddressBook) {
    this.#addresses = addresses
  }

  /** Whether there are new ones among them; `nowMs` is Unix time. */
  learn(news: readonly OwnNews[], nowMs: number): boolean {
    for (const one of news) this.#sessions.learn(one)
    this.#sessions.forget(nowMs)
    return news.some(({ kind }) => kind === 'opened')
  }

  isAtHome(ends: Ends): boolean {
    return this.#sessions.isAtHome(ends)
  }

  has(flow: number): boolean {
    const ports = getI32(flowAt(flow) + FLOW_PORTS)
    if (!this.#sessions.hasPorts(ports >>> 16, ports & 0xffff)) return false
    const firstMs = this.epochSeconds * 1000 + getF64(originAt(flow) + ORIGIN_FIRST) / NS_IN_MS
    return this.#sessions.has(endsOf(flow, this.#addresses), firstMs)
  }
}
