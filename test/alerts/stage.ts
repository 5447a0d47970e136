// A route on a stage: a store in memory, a clock that a test moves, a receiver that takes, refuses or hangs, and words
// for what it was told.

import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished } from 'vitest'
import { Route } from '../../src/alerts/route.ts'
import { DeliveryError, type Transport } from '../../src/alerts/transport.ts'
import type { Notice } from '../../src/model/alert.ts'
import type {
  Entry,
  FindingEvent,
  Held,
  Notified,
  StoredFinding,
} from '../../src/model/lifecycle.ts'
import type { BlindInterval } from '../../src/model/live.ts'
import { isOutputClosed } from '../../src/model/output.ts'
import type { ReportedFinding } from '../../src/model/result.ts'
import type { RouteConfig } from '../../src/model/watch-config.ts'
import { sampleReportedFinding } from '../support/samples.ts'
import { FakeClock } from './fake-clock.ts'
import { MemoryStore } from './memory-store.ts'

const START_MS = 1_772_445_600_000
export const SECOND_MS = 1_000
export const MINUTE_MS = 60_000
export const HOUR_MS = 3_600_000

export const CONFIG: RouteConfig = {
  name: 'pager',
  target: { kind: 'eve', path: '/nowhere', bytesMax: 1, files: 1 },
  tells: 'pages',
  filter: {
    ...{ severity: 'info', rows: null, verdicts: null },
    ...{ roles: null, nodes: null, sites: null },
  },
  ...{ waitS: 10, intervalS: 300, repeatS: 14_400, perMinuteMax: 20 },
  ...{ heartbeatS: null, resolved: false, giveUpS: 86_400 },
}

const hash = (text: string): string => createHash('sha256').update(text).digest('hex')

/** How the receiver behaves: it takes all, refuses with a reason, or never answers. */
type Mood = 'takes' | 'hangs' | DeliveryError

class Receiver implements Transport {
  readonly where = 'memory://receiver'
  readonly taken: Notice[] = []
  tries = 0
  mood: Mood = 'takes'
  /** Whom it does not pass on to what it takes. */
  refuses: string | null = null
  isClosed = false

  deliver(notice: Notice, signal: AbortSignal): Promise<string> {
    this.tries += 1
    if (this.mood instanceof DeliveryError) return Promise.reject(this.mood)
    if (this.mood === 'hangs')
      return new Promise((_, reject) => {
        signal.addEventListener('abort', () => reject(new DeliveryError('given up')))
      })
    this.taken.push(notice)
    return Promise.resolve('taken')
  }

  missed = () => this.refuses
  check = async () => null
  reopen = async () => undefined
  close = async () => {
    this.isClosed = true
  }
}

export class Stage {
  readonly clock: FakeClock
  readonly store: MemoryStore
  readonly receiver = new Receiver()
  readonly states: string[] = []
  readonly held = new Map<string, Held>()
  readonly folder: string
  route: Route
  running: Promise<void> = Promise.resolve()
  /** Set while what the route does cannot be recorded. */
  recordFailure: Error | null = null
  /** Whether a process before the next that begins has told that the receiver fails. */
  wasDegraded = false
  readonly #config: RouteConfig

  constructor(config: Partial<RouteConfig> = {}, store = new MemoryStore(), atMs = START_MS) {
    this.#config = { ...CONFIG, ...config }
    this.store = store
    this.clock = new FakeClock(atMs)
    this.folder = mkdtempSync(join(tmpdir(), 'mpwatch-alerts-'))
    onTestFinished(() => rmSync(this.folder, { recursive: true, force: true }))
    this.route = this.#newRoute()
  }

  /** A stage whose route has begun. */
  static async open(...given: ConstructorParameters<typeof Stage>): Promise<Stage> {
    const stage = new Stage(...given)
    await stage.begin()
    return stage
  }

  async begin(): Promise<void> {
    this.running = this.route.run()
    await this.clock.settle()
    onTestFinished(async () => {
      await this.route.stop(0)
      await this.running
    })
  }

  /** The same route once more, as after a restart: nothing is left but the store. */
  async again(): Promise<void> {
    await this.route.stop(0)
    await this.running
    this.route = this.#newRoute()
    await this.begin()
  }

  /** Something is recorded, and the route hears of it. */
  async happens(...entries: readonly Entry[]): Promise<void> {
    await this.store.record(entries)
    this.route.wake()
    await this.clock.settle()
  }

  async passes(ms: number): Promise<void> {
    await this.clock.pass(ms)
    expect(isOutputClosed(this.route.state().books)).toBe(true)
  }

  /** A page of the finding; what is given changes it. */
  page(
    id: string,
    finding: Partial<ReportedFinding> = {},
    stored: Partial<StoredFinding> = {},
    event: Partial<FindingEvent> = {},
  ): FindingEvent {
    return {
      ...{ kind: 'finding', phase: 'open', captureMs: this.clock.now(), atMs: this.clock.now() },
      ...{ stored: storedOf(id, finding, stored), isPage: true, held: null },
      ...event,
    }
  }

  closing(id: string, finding: Partial<ReportedFinding> = {}): FindingEvent {
    const closedMs = this.clock.now()
    return this.page(id, finding, { state: 'closed', closedMs }, { phase: 'close', isPage: false })
  }

  /** What was told, a line each. */
  get lines(): readonly string[] {
    return this.receiver.taken.map(lineOf)
  }

  /** Numbers and outcomes of what is recorded of the route. */
  get notes(): readonly Notified[] {
    return this.store.entries.flatMap(({ entry }) => (entry.kind === 'notified' ? [entry] : []))
  }

  #newRoute(): Route {
    return new Route({
      ...{ config: this.#config, store: this.store, folder: this.folder, site: 'office' },
      ...{ transport: this.receiver, clock: this.clock, random: () => 1, hash },
      wasDegraded: this.wasDegraded,
      record: async entries => {
        if (this.recordFailure !== null) throw this.recordFailure
        await this.store.record(entries)
      },
      heldBy: stored => this.held.get(stored.finding.id) ?? null,
      standing: () => 'All is well.',
      onState: state => this.states.push(state),
    })
  }
}

const storedOf = (
  id: string,
  finding: Partial<ReportedFinding> = {},
  stored: Partial<StoredFinding> = {},
): StoredFinding => ({
  finding: sampleReportedFinding({ severity: 'high', examples: [], ...finding, id }),
  ...{ state: 'open', firstOpenedMs: START_MS, openedMs: START_MS, closedMs: null },
  ...{ lastMs: START_MS, episodes: 1, storm: null, acknowledgement: null, counted: {} },
  ...stored,
})

export const blind = (toMs: number | null, id = 'eth0/silent/1'): Entry => {
  const interval: BlindInterval = {
    ...{ id, sensor: 'core', interface: 'eth0', cause: 'silent' },
    ...{ fromMs: START_MS, toMs, detail: 'No packets for 60 s.' },
  }
  return { kind: 'blind', atMs: START_MS, interval }
}

/** `1 findings f-1 open, f-2 close`, `2 repeat f-1 update`, `3 digest of 4: f-1 open +3`. */
function lineOf(notice: Notice): string {
  const head = `${notice.seq} ${notice.kind}`
  if (notice.kind === 'heartbeat') return `${head} ${notice.sentence}`
  if (notice.kind === 'blind') return `${head} ${notice.interval.toMs === null ? 'begins' : 'ends'}`
  if (notice.kind === 'output') return `${head} ${notice.output} ${notice.state}`
  if (notice.kind === 'test') return head
  const alerts = notice.findings.map(({ finding, phase }) => `${finding.id} ${phase}`).join(', ')
  if (notice.kind === 'digest') return `${head} of ${notice.notices}: ${alerts} +${notice.more}`
  if (notice.kind === 'findings' && notice.isRepeat) return `${notice.seq} repeat ${alerts}`
  return `${head} ${alerts}`
}
