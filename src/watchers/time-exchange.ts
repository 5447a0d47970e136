// Time between Web Server and Application Server (S-11), which the document recommends and lets a Web Server
// have from elsewhere (S-12). Never missing: a remark at the most, and either direction will do.

import type { Placement } from '../model/inventory.ts'
import type { Connection } from '../model/sighting.ts'
import type { JudgedFlow } from '../model/verdict.ts'
import { limitNs, minutesOf, nodesOf, UnbrokenTime, webAndApp } from './limits.ts'
import type { Watch, Watcher } from './watcher.ts'

const NTP_PORT = 123
const NEVER = Number.NEGATIVE_INFINITY

interface Seen {
  readonly web: Placement
  heardNs: number
  /** Answered, between the Web Server and an Application Server, or from another time server. */
  exchangedNs: number
  elsewhereNs: number
  /** Asked, and not answered. */
  asked: JudgedFlow | null
  toldNs: number
}

export class TimeExchange implements Watcher {
  readonly #watch: Watch
  readonly #windowNs: number
  readonly #webs: ReadonlyMap<string, Seen>
  readonly #apps: readonly Placement[]
  readonly #unbroken = new UnbrokenTime()
  #isWhole = false

  constructor(watch: Watch) {
    this.#watch = watch
    this.#windowNs = limitNs(watch.policy, 'ntp_window_s', 7200)
    this.#apps = nodesOf(watch, 'app')
    this.#webs = new Map(nodesOf(watch, 'web').map(web => [web.name, newSeen(web)]))
  }

  connected({ transport, client, server, serverPort, timeNs }: Connection): void {
    const seen = this.#webs.get(client.name) ?? this.#webs.get(server.name)
    if (seen === undefined) return
    seen.heardNs = timeNs
    if (transport === 'udp' && serverPort === NTP_PORT) this.#exchanged(client, server, timeNs)
  }

  ended(judged: JudgedFlow): void {
    const { flow, client, server, verdict } = judged
    const seen = this.#webs.get(client.name) ?? this.#webs.get(server.name)
    if (seen === undefined) return
    seen.heardNs = Math.max(seen.heardNs, flow.lastNs)
    if (flow.transport !== 'udp' || flow.server.port !== NTP_PORT) return
    if (verdict.outcome.state === 'answered') {
      const statement = this.#exchanged(client, server, flow.lastNs)
      if (statement !== null) this.#watch.kept(statement, flow.lastNs)
    } else if (webAndApp(client, server) !== null) seen.asked = judged
  }

  tick(nowNs: number): void {
    this.#unbroken.tick(nowNs)
    if (!this.#unbroken.covers(this.#windowNs)) return
    this.#isWhole = true
    for (const seen of this.#webs.values()) this.#weigh(seen, nowNs)
  }

  interrupted(): void {
    this.#unbroken.interrupt()
  }

  finish(): void {
    if (this.#isWhole) return
    const window = minutesOf(this.#windowNs)
    this.#watch.blind('S-11', `Who asks for the time asks rarely, and no ${window} were seen.`)
  }

  /** Which statement the exchange keeps; null for that of anybody else. */
  #exchanged(client: Placement, server: Placement, ns: number): 'S-11' | 'S-12' | null {
    const pair = webAndApp(client, server)
    const seen = this.#webs.get(pair?.web.name ?? client.name)
    if (seen === undefined) return null
    if (pair !== null) {
      seen.exchangedNs = Math.max(seen.exchangedNs, ns)
      return 'S-11'
    }
    if (!server.labels.has('ntp')) return null
    seen.elsewhereNs = Math.max(seen.elsewhereNs, ns)
    return 'S-12'
  }

  #weigh(seen: Seen, nowNs: number): void {
    const { web, exchangedNs, elsewhereNs, heardNs, toldNs } = seen
    const fromNs = Math.max(this.#unbroken.startNs, exchangedNs, elsewhereNs, toldNs)
    if (nowNs - fromNs < this.#windowNs || heardNs < fromNs) return
    seen.toldNs = nowNs
    const app = this.#apps.find(one => this.#watch.isVisible(web, one))
    if (app !== undefined && this.#isHeard(seen, fromNs)) {
      this.#tell(seen, app, fromNs, nowNs)
      return
    }
    const between = `between ${web.name} and an Application Server`
    this.#watch.blind('S-11', `Nothing ${between} was seen both ways, so silence says nothing.`)
  }

  /** An answer to who asked last, if anybody did since then, would have been seen. */
  #isHeard({ asked }: Seen, sinceNs: number): boolean {
    if (asked === null || asked.flow.lastNs < sinceNs) return true
    return this.#watch.isVisible(asked.client, asked.server)
  }

  #tell({ web, asked }: Seen, app: Placement, firstNs: number, lastNs: number): void {
    const isAsked = asked !== null && asked.flow.lastNs >= firstNs
    const how = isAsked ? 'asks for the time in vain' : 'does not take part in any time exchange'
    const who = isAsked ? asked.client : web
    const whom = who.name === web.name ? app : web
    this.#watch.observe({
      ...{ verdict: 'advisory', reason: isAsked ? 'one_way_time' : 'no_time_exchange' },
      ...{ row: 'S-11', source: web, destination: app, service: 'udp/123' },
      ...{ confidence: 'probable', proofs: 1 },
      title: isAsked
        ? `${who.name} asks ${whom.name} for the time in vain`
        : `${web.name} exchanges no time with the Application Server, nor with a declared time server`,
      fix: `Open udp/123 both ways between ${web.name} and ${app.name}, or declare where else it has the time from.`,
      expected: 'web -> app udp/123, or app -> web; or web -> ntp',
      why: [`In ${minutesOf(lastNs - firstNs)}, ${who.name} ${how}.`],
      ...{ firstNs, lastNs, flows: isAsked ? [asked] : [], frames: [] },
    })
  }
}

const newSeen = (web: Placement): Seen => ({
  ...{ web, heardNs: NEVER, exchangedNs: NEVER, elsewhereNs: NEVER },
  ...{ asked: null, toldNs: NEVER },
})
