// Where everything meets that is to be kept: what the judging thread tells, what people do, and what happens to the
// monitor itself. It is written first, synced, and only then known to anybody.

import * as acts from '../lifecycle/acts.ts'
import { Lifecycle } from '../lifecycle/lifecycle.ts'
import type { Hash } from '../lifecycle/quiet.ts'
import {
  type DeskPort,
  type DeskStatus,
  type Quiet,
  type Refused,
  type Reloaded,
  type Said,
  Unavailable,
} from '../model/desk.ts'
import type {
  Entry,
  Held,
  Incident,
  Maintenance,
  RunInfo,
  StoredFinding,
  Suppression,
} from '../model/lifecycle.ts'
import type { BlindInterval, Telling } from '../model/live.ts'
import type { OutputState } from '../model/output.ts'
import {
  type FindingQuery,
  type FlowQuery,
  MS_MAX,
  type Period,
  type PointQuery,
  type Store,
} from '../model/store.ts'
import { isViolation } from '../report/conclusion.ts'
import { Keeper, type KeeperOptions } from './keeper.ts'
import { LeftOut } from './left-out.ts'
import { standingOf } from './standing.ts'

const BLIND_MAX = 1_024

export interface DeskOptions extends KeeperOptions {
  readonly store: Store
  /** The watching that begins; null where nobody watches, and the store alone was opened. */
  readonly run: RunInfo | null
  readonly version: string
  /** The latest moment of the capture clock that an earlier run has seen; null where none is known. */
  readonly lastCaptureMs: number | null
  readonly hash: Hash
  readonly reload?: () => Promise<Reloaded>
  /** How what is fed from the store fares. */
  readonly outputs?: () => readonly OutputState[]
}

type Listener = (entries: readonly Entry[]) => void

export class Desk implements DeskPort {
  readonly #options: DeskOptions
  readonly #store: Store
  readonly #lifecycle: Lifecycle
  readonly #keeper: Keeper
  readonly #listeners = new Set<Listener>()
  readonly #blind = new Map<string, BlindInterval>()
  readonly #leftOut = new LeftOut()
  readonly #startedMs: number
  /** Whose rules are in force, or were when somebody last watched. */
  #rules: Pick<RunInfo, 'policyHash' | 'siteHash' | 'site'>
  #refused: Refused | null = null
  /** The latest telling that was kept. */
  #told: Telling | null = null
  /** Violations that everybody may know of. */
  #violations: number
  /** Entries that follow from what the lifecycle has taken in, and are not on the disk. */
  #unkept: readonly Entry[] = []
  /** A packet of this run was seen. */
  #isBack = false

  private constructor(options: DeskOptions, lifecycle: Lifecycle, latest: RunInfo | null) {
    this.#options = options
    this.#store = options.store
    this.#lifecycle = lifecycle
    this.#keeper = new Keeper(options)
    this.#startedMs = options.now()
    this.#violations = lifecycle.violations
    this.#rules = latest ?? { policyHash: '', siteHash: '', site: '' }
  }

  /** Takes up how things stood; where watching begins, that is recorded, and what was blind then is over. */
  static async open(options: DeskOptions): Promise<Desk> {
    const { store, run, hash } = options
    const atMs = options.now()
    const [active, suppressions, maintenances] = await Promise.all([
      ...[store.active(), store.suppressions(atMs), store.maintenances(atMs)],
    ] as const)
    const standing = { active, suppressions, maintenances }
    const lifecycle = new Lifecycle(standing, { run: run?.id ?? '', hash, isViolation })
    const latest = run ?? (await store.runs()).at(-1) ?? null
    const desk = new Desk(options, lifecycle, latest)
    if (run === null) return desk
    const overdue = await desk.#overdue(atMs)
    // Watching begins on a full disk too: this is kept once there is room, and whoever stops before that hears of it.
    desk.note([{ kind: 'started', atMs, run }, ...overdue]).catch(() => undefined)
    return desk
  }

  /** The latest moment of the capture clock, of this run or an earlier one; null where there was none. */
  get captureMs(): number | null {
    return this.#told?.captureMs ?? this.#options.lastCaptureMs
  }

  /** Tells whoever listens what has been recorded, in order. Returns how to stop it. */
  listen(listener: Listener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Kept when the promise is; it is tried until then, and rejects only where the desk stops before. */
  telling(telling: Telling): Promise<void> {
    return this.#keeper.inTurn(async () => {
      const { findings, gone, generation, captureMs, flows, points } = telling
      const atMs = this.#options.now()
      const backMs = telling.firstMs ?? captureMs
      const blind = [...this.#absence(backMs), ...telling.blind]
      const news = { findings, gone, blind, generation, now: { captureMs, atMs } }
      const needed = this.#lifecycle.needs(news)
      const known = await this.#keeper.insist(() => this.#find(needed))
      const events = this.#lifecycle.take(news, known)
      const incidents: readonly Incident[] = [
        ...blind.map(interval => ({ kind: 'blind', atMs, interval }) as const),
        ...this.#leftOut.since(telling.leftOut, atMs),
      ]
      await this.#keep([...incidents, ...events])
      this.#store.add({ flows, points })
      if (captureMs !== null) this.#put(telling, captureMs)
      this.#see(blind)
      this.#told = telling
      this.#isBack ||= captureMs !== null
    })
  }

  /** Records what happened to the monitor itself. */
  note(incidents: readonly Incident[]): Promise<void> {
    return this.#keeper.inTurn(async () => {
      await this.#keep(incidents)
      for (const incident of incidents) this.#load(incident)
    })
  }

  #load(incident: Incident): void {
    if (incident.kind === 'rules_loaded')
      [this.#rules, this.#refused] = [{ ...this.#rules, ...hashesOf(incident) }, null]
    if (incident.kind === 'rules_refused') this.#refused = incident
  }

  acknowledge(ids: readonly string[], said: Said): Promise<void> {
    return this.#do(ids, ground => acts.acknowledge(ids, said, ground)).then(() => undefined)
  }

  unacknowledge(ids: readonly string[], said: Said): Promise<void> {
    return this.#do(ids, ground => acts.unacknowledge(ids, said, ground)).then(() => undefined)
  }

  async suppress(quiet: Quiet): Promise<Suppression> {
    const plan = await this.#do([], ground => acts.suppress(quiet, ground, this.#options.hash))
    return plan.suppression
  }

  async maintain(quiet: Quiet): Promise<Maintenance> {
    const plan = await this.#do([], ground => acts.maintain(quiet, ground, this.#options.hash))
    return plan.maintenance
  }

  end(id: string, author: string): Promise<void> {
    return this.#do([], ground => acts.end(id, author, ground)).then(() => undefined)
  }

  /**
   * The last word of a run: what has not been told of findings, and that it ends. What waits for a store that cannot
   * be written is given up, and rejects. The store stays open.
   */
  async stop(): Promise<void> {
    this.#keeper.stop()
    await this.#keeper.inTurn(async () => {
      const { run } = this.#options
      if (run === null) return
      const atMs = this.#options.now()
      const { captureMs } = this.#lifecycle
      const events = this.#lifecycle.flush({ captureMs, atMs })
      const left = this.#leftOut.rest(atMs)
      await this.#keep([...left, ...events, { kind: 'stopped', atMs, run: run.id, captureMs }])
    })
  }

  async status(): Promise<DeskStatus> {
    const { version, now } = this.#options
    const { trouble } = this.#keeper
    const health = await this.#store.health()
    return {
      ...this.#grounds,
      ...this.standing,
      ...{ version, site: this.#rules.site, ...hashesOf(this.#rules) },
      generation: this.#told?.generation ?? 0,
      refused: this.#refused && refusalOf(this.#refused),
      ...{ startedMs: this.#startedMs, atMs: now() },
      leftOut: this.#told?.leftOut ?? { flows: 0, points: 0 },
      store:
        trouble === null
          ? health
          : { ...health, state: 'degraded', reason: health.reason ?? trouble.reason },
      outputs: this.#options.outputs?.() ?? [],
    }
  }

  get #grounds() {
    return {
      isWatching: this.#options.run !== null,
      captureMs: this.#told?.captureMs ?? null,
      interfaces: this.#told?.interfaces ?? [],
      blind: [...this.#blind.values()],
      ledger: this.#told?.ledger ?? null,
    }
  }

  quieted() {
    const { suppressions, maintenances } = this.#lifecycle.holds
    return Promise.resolve({ suppressions, maintenances })
  }

  /** Why nobody is to be told of it at this moment; null where nothing holds it. */
  heldBy(stored: StoredFinding): Held | null {
    return this.#lifecycle.holds.on(stored, this.#options.now())
  }

  /** How things stand, as the status says it. */
  get standing(): Pick<DeskStatus, 'state' | 'sentence'> {
    return standingOf({ ...this.#grounds, violations: this.#violations })
  }

  reload(): Promise<Reloaded> {
    const { reload } = this.#options
    if (reload !== undefined) return reload()
    return Promise.reject(new Unavailable('No monitor is running whose rules could be read again.'))
  }

  findings = (query: FindingQuery) => this.#store.findings(query)
  countFindings = (query: Parameters<Store['countFindings']>[0]) => this.#store.countFindings(query)
  find = (ids: readonly string[]) => this.#store.find(ids)
  events = (query: Parameters<Store['events']>[0]) => this.#store.events(query)
  timeline = (query: Parameters<Store['timeline']>[0]) => this.#store.timeline(query)
  blind = (period: Period) => this.#store.blind(period)
  flows = (query: FlowQuery) => this.#store.flows(query)
  points = (query: PointQuery) => this.#store.points(query)
  coverage = () => this.#store.coverage()

  /** Plans, records, and only then does it; where it cannot be recorded, nothing happened. */
  #do<Planned extends acts.Plan>(
    ids: readonly string[],
    plan: (ground: acts.Ground) => Planned,
  ): Promise<Planned> {
    return this.#keeper.act(async () => {
      const lifecycle = this.#lifecycle
      const known = await this.#find(lifecycle.missing(ids))
      const planned = plan({ lifecycle, known, atMs: this.#options.now() })
      await this.#keeper.once(() => this.#store.record(planned.entries))
      planned.apply()
      this.#tell(planned.entries)
      return planned
    })
  }

  /** With what could not be kept before, where the desk is about to stop. */
  async #keep(added: readonly Entry[]): Promise<void> {
    this.#unkept = [...this.#unkept, ...added]
    const entries = this.#unkept
    if (entries.length > 0) await this.#keeper.insist(() => this.#store.record(entries))
    this.#unkept = []
    this.#violations = this.#lifecycle.violations
    this.#tell(entries)
  }

  #tell(entries: readonly Entry[]): void {
    if (entries.length > 0) for (const listener of this.#listeners) listener(entries)
  }

  async #find(ids: readonly string[]): Promise<readonly StoredFinding[]> {
    return ids.length === 0 ? [] : this.#store.find(ids)
  }

  #put({ coverage, ledger, interfaces }: Telling, captureMs: number): void {
    if (coverage !== null) this.#store.putCoverage(captureMs, coverage)
    this.#store.putLedger(captureMs, ledger, interfaces)
  }

  #see(blind: readonly BlindInterval[]): void {
    for (const interval of blind)
      if (interval.toMs !== null) this.#blind.delete(interval.id)
      else if (this.#blind.size < BLIND_MAX) this.#blind.set(interval.id, interval)
  }

  /** From the last packet of an earlier run to the first of this one nobody watched (faults.md F9). */
  #absence(backMs: number | null): readonly BlindInterval[] {
    const { lastCaptureMs: fromMs } = this.#options
    if (this.#isBack || backMs === null || fromMs === null) return []
    if (backMs <= fromMs) return []
    const detail = 'The monitor was not running.'
    return [
      {
        ...{ id: `monitor/not_running/${fromMs}`, sensor: 'monitor', interface: null },
        ...{ cause: 'not_running', fromMs, toMs: backMs, detail },
      },
    ]
  }

  /** Intervals that an earlier run has left open: what came after it is told as an absence. */
  async #overdue(atMs: number): Promise<readonly Incident[]> {
    // What reaches to the end of time is what nobody has ended.
    const all = await this.#store.blind({ fromMs: MS_MAX - 1, toMs: MS_MAX })
    const lastMs = this.#options.lastCaptureMs ?? Number.NEGATIVE_INFINITY
    return all
      .filter(({ toMs }) => toMs === null)
      .map(interval => {
        const ended = { ...interval, toMs: Math.max(interval.fromMs, lastMs) }
        return { kind: 'blind', atMs, interval: ended }
      })
  }
}

const refusalOf = ({ atMs, problems }: Refused): Refused => ({ atMs, problems })

const hashesOf = ({ policyHash, siteHash }: Pick<RunInfo, 'policyHash' | 'siteHash'>) => {
  return { policyHash, siteHash }
}
