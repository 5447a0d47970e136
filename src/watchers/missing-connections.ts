// What a Web Server in use must have: a control connection on 5003 (S-01) and, in the DMZ, requests on
// 61004 (S-09). Absence counts after a whole window in which an answer would have been seen, and is told when
// the records that were open then have ended: an attempt that is seen by half shows in its record only.

import type { Placement } from '../model/inventory.ts'
import type { Connection } from '../model/sighting.ts'
import type { JudgedFlow } from '../model/verdict.ts'
import { isUser, limitNs, minutesOf, nodesOf, UnbrokenTime, webAndApp } from './limits.ts'
import type { Watch, Watcher } from './watcher.ts'

const CONTROL_PORT = 5003
const DATA_PORT = 61_004
const PAGE_PORTS: readonly number[] = [80, 443, 1627]
const NEVER = Number.NEGATIVE_INFINITY
/** The kernel ends the record of a busy flow after so long, so that every attempt has shown by then. */
const RECORD_NS_MAX = 1800e9
/** Absences of one statement that wait for that; the last one grows when there are more. */
const PENDING_MAX = 16

/** A Web Server and when it was last seen in use. */
interface Seen {
  readonly web: Placement
  /** Users at its pages; requests on 61004 that were answered, and all that were tried. */
  usersNs: number
  dataNs: number
  triedNs: number
  /** Latest attempt on 5003, either way, whatever became of it. */
  controlNs: number
  /** The flow that shows it in use. */
  proof: JudgedFlow | null
  /** When absence was noticed last, by statement. */
  readonly noticedNs: Map<string, number>
  pending: readonly Pending[]
}

type Row = 'S-01' | 'S-09'

/** What is missing, and since when it has not been seen. */
interface Absence {
  readonly row: Row
  readonly reason: string
  readonly service: string
  readonly expected: string
  readonly sinceNs: number
  readonly inUseNs: number
}

/** An absence for a whole window, unless a record shows that somebody tried after all. */
interface Pending {
  readonly absence: Absence
  readonly firstNs: number
  readonly lastNs: number
}

export class MissingConnections implements Watcher {
  readonly #watch: Watch
  readonly #windowNs: number
  readonly #webs: ReadonlyMap<string, Seen>
  readonly #apps: readonly Placement[]
  readonly #unbroken = new UnbrokenTime()
  #isWhole = false

  constructor(watch: Watch) {
    this.#watch = watch
    this.#windowNs = limitNs(watch.policy, 'missing_window_s', 900)
    this.#apps = nodesOf(watch, 'app')
    this.#webs = new Map(nodesOf(watch, 'web').map(web => [web.name, newSeen(web)]))
  }

  connected({ transport, client, server, serverPort, isReset, timeNs }: Connection): void {
    if (transport !== 'tcp' || isReset) return
    const user = isUser(client) && PAGE_PORTS.includes(serverPort) && this.#webs.get(server.name)
    if (user) user.usersNs = timeNs
    const pair = serverPort === DATA_PORT ? webAndApp(client, server) : null
    const seen = pair?.isByWeb === true ? this.#webs.get(pair.web.name) : undefined
    if (seen !== undefined) seen.dataNs = seen.triedNs = timeNs
  }

  ended(judged: JudgedFlow): void {
    const { flow, client, server, verdict } = judged
    if (flow.transport !== 'tcp') return
    this.#noteControl(judged)
    const isAnswered = verdict.outcome.state === 'answered'
    const visited = this.#webs.get(server.name)
    if (visited !== undefined && isUser(client) && PAGE_PORTS.includes(flow.server.port)) {
      if (isAnswered) use(visited, judged)
      return
    }
    const seen = flow.server.port === DATA_PORT ? this.#webs.get(client.name) : undefined
    if (seen === undefined || !server.labels.has('app')) return
    seen.triedNs = Math.max(seen.triedNs, flow.lastNs)
    disprove(seen, 'S-09', judged)
    if (!isAnswered || !isWhole(judged)) return
    seen.dataNs = Math.max(seen.dataNs, flow.lastNs)
    seen.proof = judged
    this.#watch.kept('S-09', flow.lastNs)
  }

  tick(nowNs: number): void {
    this.#unbroken.tick(nowNs)
    if (!this.#unbroken.covers(this.#windowNs)) return
    this.#isWhole = true
    for (const seen of this.#webs.values()) {
      this.#settle(seen, nowNs - RECORD_NS_MAX)
      for (const absence of this.#absencesOf(seen)) this.#weigh(seen, absence, nowNs)
    }
  }

  interrupted(): void {
    this.#unbroken.interrupt()
  }

  finish(): void {
    for (const seen of this.#webs.values()) this.#settle(seen, Number.POSITIVE_INFINITY)
    if (this.#isWhole) return
    const window = minutesOf(this.#windowNs)
    const reason = `No ${window} in a row were seen, and less says nothing about what is missing.`
    for (const row of ['S-01', 'S-09']) this.#watch.blind(row, reason)
  }

  #noteControl(judged: JudgedFlow): void {
    const { flow, client, server } = judged
    const pair = flow.server.port === CONTROL_PORT ? webAndApp(client, server) : null
    const seen = this.#webs.get(pair?.web.name ?? '')
    if (seen === undefined) return
    seen.controlNs = Math.max(seen.controlNs, flow.lastNs)
    disprove(seen, 'S-01', judged)
  }

  #absencesOf(seen: Seen): readonly Absence[] {
    const { web, usersNs, dataNs, triedNs, controlNs } = seen
    const mode = this.#watch.modeOf(web.name)
    const control: Absence = {
      ...{ row: 'S-01', reason: 'no_control_connection', service: 'tcp/5003' },
      expected: 'web -> app tcp/5003, or the other way round',
      sinceNs: Math.max(mode?.lastNs ?? NEVER, controlNs),
      inUseNs: Math.max(usersNs, dataNs),
    }
    const data: Absence = {
      ...{ row: 'S-09', reason: 'no_data_connection', service: 'tcp/61004' },
      ...{ expected: 'web -> app tcp/61004', sinceNs: triedNs, inUseNs: usersNs },
    }
    // One that is open may be silent for long.
    const isControlled = mode?.isOpen === true
    return [...(isControlled ? [] : [control]), ...(web.labels.has('web-dmz') ? [data] : [])]
  }

  #weigh(seen: Seen, absence: Absence, nowNs: number): void {
    const { row, sinceNs, inUseNs } = absence
    const fromNs = Math.max(this.#unbroken.startNs, sinceNs, seen.noticedNs.get(row) ?? NEVER)
    if (nowNs - fromNs < this.#windowNs || inUseNs < nowNs - this.#windowNs) return
    seen.noticedNs.set(row, nowNs)
    const noticed = { absence, firstNs: fromNs, lastNs: nowNs }
    const own = seen.pending.filter(one => one.absence.row === row)
    const last = own.length >= PENDING_MAX ? own.at(-1) : undefined
    if (last === undefined) seen.pending = [...seen.pending, noticed]
    else seen.pending = seen.pending.map(one => (one === last ? { ...one, lastNs: nowNs } : one))
  }

  /** Tells what was noticed before this time: records of that very second end after the watchers' tick. */
  #settle(seen: Seen, untilNs: number): void {
    if (seen.pending.length === 0) return
    const due = seen.pending.filter(({ lastNs }) => lastNs < untilNs)
    if (due.length === 0) return
    seen.pending = seen.pending.filter(({ lastNs }) => lastNs >= untilNs)
    const app = this.#apps.find(one => this.#watch.isVisible(seen.web, one))
    for (const pending of due)
      if (app !== undefined) this.#tell(seen, app, pending)
      else {
        const between = `between ${seen.web.name} and an Application Server`
        const reason = `Nothing ${between} was seen both ways, so absence says nothing.`
        this.#watch.blind(pending.absence.row, reason)
      }
  }

  #tell({ web, proof }: Seen, app: Placement, { absence, firstNs, lastNs }: Pending): void {
    const { row, reason, service, expected } = absence
    const what = service.replace('tcp/', 'port ')
    this.#watch.observe({
      ...{ verdict: 'missing', reason, row, source: web, destination: app, service },
      ...{ confidence: 'probable', proofs: 1 },
      title: `${web.name} is in use, and nothing on ${what} was seen with the Application Server`,
      fix: `Find out why ${web.name} does not try ${service}: is it registered, and is the service running?`,
      expected,
      why: [
        `${web.name} was in use last at ${this.#watch.timeText(absence.inUseNs)}.`,
        `For ${minutesOf(lastNs - firstNs)} nobody tried ${service}, though both ways are seen here.`,
      ],
      ...{ firstNs, lastNs, flows: proof === null ? [] : [proof], frames: [] },
    })
  }
}

function use(seen: Seen, judged: JudgedFlow): void {
  seen.usersNs = Math.max(seen.usersNs, judged.flow.lastNs)
  seen.proof = judged
}

/** Whatever became of the attempt, and however little of it was seen, somebody has tried. */
function disprove(seen: Seen, row: Row, { flow }: JudgedFlow): void {
  if (seen.pending.length === 0) return
  seen.pending = seen.pending.filter(
    ({ absence, firstNs, lastNs }) =>
      absence.row !== row || flow.lastNs <= firstNs || flow.firstNs > lastNs,
  )
}

/** Half a conversation keeps no statement. */
const isWhole = ({ flow: { toServer, toClient } }: JudgedFlow): boolean =>
  toServer.packets > 0 && toClient.packets > 0

const newSeen = (web: Placement): Seen => ({
  ...{ web, usersNs: NEVER, dataNs: NEVER, triedNs: NEVER, controlNs: NEVER },
  ...{ proof: null, noticedNs: new Map(), pending: [] },
})
