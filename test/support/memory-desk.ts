// A desk that keeps everything in memory and is as strict as the real one: for tests of what asks a desk.

import type { DeskPort, DeskStatus, Quiet, Said } from '../../src/model/desk.ts'
import { UsageError } from '../../src/model/errors.ts'
import { SEVERITIES } from '../../src/model/finding.ts'
import type {
  Entry,
  FindingEvent,
  Maintenance,
  Scope,
  StoredFinding,
  Suppression,
} from '../../src/model/lifecycle.ts'
import type { BlindInterval, FlowRow } from '../../src/model/live.ts'
import type { OutputState } from '../../src/model/output.ts'
import type { FindingQuery, NumberedPoint, Period } from '../../src/model/store.ts'
import { byText } from '../../src/model/text.ts'
import { sampleLedger, sampleReportedFinding } from './samples.ts'

export const NOW_MS = Date.UTC(2026, 2, 2, 12)
const DAY_MS = 86_400_000

export const storedFinding = (
  id: string,
  changes: Partial<StoredFinding> = {},
  finding: Partial<StoredFinding['finding']> = {},
): StoredFinding => ({
  finding: sampleReportedFinding({ id, ...finding }),
  state: 'open',
  firstOpenedMs: NOW_MS - 3_600_000,
  openedMs: NOW_MS - 3_600_000,
  closedMs: null,
  lastMs: NOW_MS - 60_000,
  episodes: 1,
  storm: null,
  acknowledgement: null,
  counted: {},
  ...changes,
})

export const flowRow = (changes: Partial<FlowRow> = {}): FlowRow => ({
  ...{ firstUs: NOW_MS * 1000, lastUs: NOW_MS * 1000 + 5, sensor: 'core', transport: 'tcp' },
  ...{ protocol: 6, vlan: null, client: '203.0.113.77', clientPort: 40_000 },
  ...{ server: '192.0.2.20', serverPort: 1433, source: 'external@internet' },
  ...{ destination: 'web-dmz-1', verdict: 'escaped', reason: 'over_exposed', row: 'I-31' },
  ...{ app: 'tds', state: 'established', packetsToServer: 7, packetsToClient: 4 },
  ...{ bytesToServer: 700, bytesToClient: 400 },
  ...changes,
})

/** An InfluxDB that takes what it is sent. */
export const outputState = (changes: Partial<OutputState> = {}): OutputState => ({
  ...{ name: 'lab', kind: 'influx', where: 'http://127.0.0.1:8086/mpwatch', state: 'healthy' },
  ...{ reason: null, lastMs: NOW_MS - 2000, retries: 3 },
  books: { enqueued: 1_250, acked: 1_234, pending: 13, deadLettered: 2, expired: 1 },
  ...changes,
})

export class MemoryDesk implements DeskPort {
  stored: StoredFinding[] = []
  history: FindingEvent[] = []
  entries: Exclude<Entry, FindingEvent>[] = []
  gaps: BlindInterval[] = []
  rows: FlowRow[] = []
  series: NumberedPoint[] = []
  outputs: OutputState[] = []
  suppressions: Suppression[] = []
  maintenances: Maintenance[] = []
  problems: string[] = []
  /** Thrown by everything that is asked. */
  fault: Error | null = null

  status = async (): Promise<DeskStatus> => {
    this.#fail()
    const open = this.stored.filter(({ state }) => state === 'open').length
    return {
      ...{ isWatching: true, state: 'violations', sentence: `Not compliant: ${open} open.` },
      ...{ version: '0.1.0', site: 'hq', policyHash: 'sha256:ab', siteHash: 'sha256:cd' },
      ...{ generation: 1, startedMs: NOW_MS - DAY_MS, atMs: NOW_MS, captureMs: NOW_MS - 1000 },
      interfaces: [
        {
          ...{ name: 'eth0', sensor: 'core', tool: 'tcpdump', state: 'watching' },
          ...{ received: 110, delivered: 100, kernelDropped: 10, helperDropped: 0 },
          ...{ interfaceDropped: 0, restarts: 1, isTimedOnArrival: false, lastMs: NOW_MS - 1000 },
        },
      ],
      blind: this.gaps.filter(({ toMs }) => toMs === null),
      ledger: sampleLedger(),
      refused: null,
      leftOut: { flows: 0, points: 0 },
      store: {
        ...{ state: 'healthy', reason: null, expired: 0, bytes: 1e6, bytesMax: 1e9 },
        ...{ rows: { offered: 5, stored: 5, waiting: 0, lost: 0 }, oldestMs: NOW_MS - DAY_MS },
        findings: { open, all: this.stored.length },
      },
      outputs: this.outputs,
    }
  }

  findings = async (query: FindingQuery) => {
    this.#fail()
    const { afterId, offset, limit } = query
    const found = this.stored.filter(stored => isMeant(stored, query))
    const ordered =
      afterId === undefined
        ? found.sort(worstFirst)
        : found.filter(({ finding }) => finding.id > afterId).sort(byId)
    return ordered.slice(offset, offset + limit)
  }

  countFindings = async (query: Omit<FindingQuery, 'limit' | 'offset'>) =>
    (await this.findings({ ...query, limit: 1e9, offset: 0 })).length

  find = async (ids: readonly string[]) => {
    this.#fail()
    return this.stored.filter(({ finding }) => ids.includes(finding.id))
  }

  events: DeskPort['events'] = async ({ id, limit, afterNumber = 0, ...period }) => {
    this.#fail()
    return this.history
      .map((event, index) => ({ ...event, number: index + 1 }))
      .filter(({ number }) => number > afterNumber)
      .filter(
        ({ stored, captureMs }) =>
          (id ?? stored.finding.id) === stored.finding.id && isIn(captureMs, period),
      )
      .slice(0, limit)
  }

  timeline: DeskPort['timeline'] = async ({ limit, ...period }) =>
    this.entries
      .filter(entry => entry.kind !== 'notified')
      .filter(({ atMs }) => isIn(atMs, period))
      .slice(0, limit)

  blind = async ({ fromMs, toMs }: Period) =>
    this.gaps.filter(gap => gap.fromMs < toMs && (gap.toMs ?? toMs) >= fromMs)

  flows: DeskPort['flows'] = async ({ limit, ...period }) => {
    this.#fail()
    return this.rows.filter(({ firstUs }) => isIn(firstUs / 1000, period)).slice(0, limit)
  }

  points: DeskPort['points'] = async ({ measurement, limit, ...period }) =>
    this.series
      .filter(point => point.measurement === measurement && isIn(point.timeUs / 1000, period))
      .slice(0, limit)

  coverage = async () => null

  quieted = async () => {
    this.#fail()
    return { suppressions: this.suppressions, maintenances: this.maintenances }
  }

  acknowledge = async (ids: readonly string[], { author, comment }: Said) => {
    this.#fail()
    this.#known(ids)
    this.stored = this.stored.map(stored =>
      ids.includes(stored.finding.id)
        ? {
            ...stored,
            acknowledgement: {
              ...{ author, comment, atMs: NOW_MS, members: stored.finding.members },
              severity: stored.finding.severity,
            },
          }
        : stored,
    )
  }

  unacknowledge = async (ids: readonly string[]) => {
    this.#fail()
    this.#known(ids)
    this.stored = this.stored.map(stored =>
      ids.includes(stored.finding.id) ? { ...stored, acknowledgement: null } : stored,
    )
  }

  suppress = async (quiet: Quiet): Promise<Suppression> => {
    this.#fail()
    const { fromMs, ...rest } = strictly(quiet)
    if (Object.keys(quiet.scope).length === 0)
      throw new UsageError('The scope is empty: say what is meant.')
    const suppression = { ...rest, id: `s-${this.suppressions.length}`, fromMs: fromMs ?? NOW_MS }
    this.suppressions.push(suppression)
    return suppression
  }

  maintain = async (quiet: Quiet): Promise<Maintenance> => {
    this.#fail()
    const { fromMs, ...rest } = strictly(quiet)
    const window = { ...rest, id: `m-${this.maintenances.length}`, fromMs: fromMs ?? NOW_MS }
    this.maintenances.push(window)
    return window
  }

  end = async (id: string) => {
    this.#fail()
    const all = [...this.suppressions, ...this.maintenances]
    if (!all.some(quiet => quiet.id === id)) throw new UsageError(`Nothing is called ${id}.`)
    this.suppressions = this.suppressions.filter(quiet => quiet.id !== id)
    this.maintenances = this.maintenances.filter(quiet => quiet.id !== id)
  }

  reload = async () => {
    this.#fail()
    const isLoaded = this.problems.length === 0
    return { isLoaded, policyHash: 'sha256:ab', siteHash: 'sha256:cd', problems: this.problems }
  }

  #fail(): void {
    if (this.fault !== null) throw this.fault
  }

  #known(ids: readonly string[]): void {
    const unknown = ids.find(id => !this.stored.some(({ finding }) => finding.id === id))
    if (unknown !== undefined) throw new UsageError(`No finding is called ${unknown}.`)
  }
}

function strictly(quiet: Quiet): Quiet {
  if (quiet.reason.length < 10) throw new UsageError('The reason needs at least 10 characters.')
  if (quiet.untilMs > NOW_MS + 90 * DAY_MS) throw new UsageError('It may last for 90 days.')
  return quiet
}

const isIn = (ms: number, { fromMs, toMs }: Period): boolean => ms >= fromMs && ms < toMs

function isMeant({ finding, state, lastMs }: StoredFinding, query: Partial<FindingQuery> & Scope) {
  const { id, row, verdict, reason, severity, source, destination } = finding
  const fits = (wanted: readonly string[] | undefined, ...has: readonly (string | null)[]) =>
    wanted === undefined || has.some(one => one !== null && wanted.includes(one))
  return (
    (query.state ?? state) === state &&
    lastMs >= (query.sinceMs ?? lastMs) &&
    fits(query.ids, id) &&
    fits(query.rows, row) &&
    fits(query.verdicts, verdict) &&
    fits(query.reasons, reason) &&
    fits(query.severities, severity) &&
    fits(query.nodes, source, destination) &&
    fits(query.sources, source) &&
    fits(query.destinations, destination)
  )
}

const byId = (one: StoredFinding, other: StoredFinding): number =>
  byText(one.finding.id, other.finding.id)

const worstFirst = (one: StoredFinding, other: StoredFinding): number =>
  SEVERITIES.indexOf(one.finding.severity) - SEVERITIES.indexOf(other.finding.severity) ||
  other.lastMs - one.lastMs ||
  byId(one, other)
