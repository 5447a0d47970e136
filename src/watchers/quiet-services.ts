// Services that every server of a kind uses sooner or later: names (O-05), within a day, and for the
// Application Server the time (O-06), which is a remark only.

import type { Placement } from '../model/inventory.ts'
import type { Connection } from '../model/sighting.ts'
import type { JudgedFlow } from '../model/verdict.ts'
import { limitNs, nodesOf, UnbrokenTime } from './limits.ts'
import type { Watch, Watcher } from './watcher.ts'

const NEVER = Number.NEGATIVE_INFINITY
/** Who was heard in the latest hour is at work. */
const AT_WORK_NS = 3600e9

/** A service that somebody should have asked for. */
interface Service {
  readonly row: 'O-05' | 'O-06'
  readonly port: number
  readonly word: string
  /** Whose role the server has, and of whom the question is expected. */
  readonly role: string
  readonly of: string
  readonly verdict: 'missing' | 'advisory'
  readonly reason: string
  readonly windowNs: number
}

/** A server of which questions are expected, by service. */
interface Seen {
  readonly node: Placement
  heardNs: number
  readonly askedNs: Map<number, number>
  readonly toldNs: Map<number, number>
}

export class QuietServices implements Watcher {
  readonly #watch: Watch
  readonly #services: readonly Service[]
  readonly #nodes: ReadonlyMap<string, Seen>
  /** Servers that have been seen answering anybody, by port. */
  readonly #answering = new Map<number, Placement>()
  readonly #unbroken = new UnbrokenTime()

  constructor(watch: Watch) {
    this.#watch = watch
    this.#services = servicesOf(watch)
    this.#nodes = new Map(
      nodesOf(watch, 'meetingplace')
        // The shared address asks nobody.
        .filter(({ labels }) => !labels.has('app-vip'))
        .map(node => [node.name, newSeen(node)]),
    )
  }

  connected({ client, server, serverPort, timeNs }: Connection): void {
    const service = this.#services.find(({ port }) => port === serverPort)
    if (service !== undefined && server.labels.has(service.role))
      this.#answering.set(service.port, server)
    for (const { name } of [client, server]) {
      const seen = this.#nodes.get(name)
      if (seen !== undefined) seen.heardNs = timeNs
    }
    if (service !== undefined) this.#asked(client, serverPort, timeNs)
  }

  ended({ flow, client, server }: JudgedFlow): void {
    const seen = this.#nodes.get(client.name) ?? this.#nodes.get(server.name)
    if (seen === undefined) return
    seen.heardNs = Math.max(seen.heardNs, flow.lastNs)
    // An attempt is enough: what became of it has a verdict of its own.
    if (this.#services.some(({ port }) => port === flow.server.port))
      this.#asked(client, flow.server.port, flow.lastNs)
  }

  tick(nowNs: number): void {
    this.#unbroken.tick(nowNs)
    for (const service of this.#services)
      if (this.#unbroken.covers(service.windowNs))
        for (const seen of this.#nodes.values()) this.#weigh(seen, service, nowNs)
  }

  interrupted(): void {
    this.#unbroken.interrupt()
  }

  finish(firstNs: number, nowNs: number): void {
    for (const { row, word, windowNs } of this.#services)
      if (nowNs - firstNs < windowNs)
        this.#watch.blind(row, `Servers ask for ${word} rarely: ${hours(windowNs)} must be seen.`)
  }

  #asked({ name }: Placement, port: number, ns: number): void {
    const asked = this.#nodes.get(name)?.askedNs
    asked?.set(port, Math.max(asked.get(port) ?? NEVER, ns))
  }

  #weigh(seen: Seen, service: Service, nowNs: number): void {
    const { node, heardNs, askedNs, toldNs } = seen
    const { row, port, word, of, windowNs } = service
    if (!node.labels.has(of)) return
    const times = [this.#unbroken.startNs, askedNs.get(port) ?? NEVER, toldNs.get(port) ?? NEVER]
    const fromNs = Math.max(...times)
    if (nowNs - fromNs < windowNs || nowNs - heardNs > AT_WORK_NS) return
    toldNs.set(port, nowNs)
    const server = this.#answering.get(port)
    if (server !== undefined) {
      this.#tell(seen, server, service, fromNs, nowNs)
      return
    }
    this.#watch.blind(
      row,
      `No declared server was seen answering for ${word}, so silence says nothing.`,
    )
  }

  #tell(
    { node }: Seen,
    server: Placement,
    service: Service,
    firstNs: number,
    lastNs: number,
  ): void {
    const { row, port, word, verdict, reason, of, role } = service
    this.#watch.observe({
      ...{ verdict, reason, row, source: node, destination: server, service: `udp/${port}` },
      ...{ confidence: 'possible', proofs: 1 },
      title: `${node.name} has asked nobody for ${word} in ${hours(lastNs - firstNs)}`,
      fix: `Check where ${node.name} has ${word} from, and that this sensor sees its questions.`,
      expected: `${of} -> ${role} udp/${port}`,
      why: [
        `${node.name} was at work, and no question on port ${port} was seen.`,
        `${server.name} was seen answering others.`,
      ],
      ...{ firstNs, lastNs, flows: [], frames: [] },
    })
  }
}

const servicesOf = ({ policy }: Watch): readonly Service[] => [
  {
    ...{ row: 'O-05', port: 53, word: 'names', role: 'dns', of: 'meetingplace' },
    ...{ verdict: 'missing', reason: 'no_dns' },
    windowNs: limitNs(policy, 'dns_window_s', 86_400),
  },
  {
    ...{ row: 'O-06', port: 123, word: 'the time', role: 'ntp', of: 'app' },
    ...{ verdict: 'advisory', reason: 'no_time_source' },
    windowNs: limitNs(policy, 'ntp_window_s', 7200),
  },
]

const hours = (ns: number): string => `${Math.round(ns / 3600e9)} h`

const newSeen = (node: Placement): Seen => ({
  ...{ node, heardNs: NEVER },
  ...{ askedNs: new Map(), toldNs: new Map() },
})
