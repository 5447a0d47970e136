// What an audit leaves in a store: its flows and points, its findings with what they counted here, coverage and ledger.
// A run is named by the hash of all that it rests on, so that the same run again adds nothing, and one that reads
// the captures of an earlier one takes its place.

import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Batch } from '../../model/batch.ts'
import type { CaptureInfo } from '../../model/chunk.ts'
import { InputError, UsageError } from '../../model/errors.ts'
import type { FindingEvent, RunInfo } from '../../model/lifecycle.ts'
import { FLOW_SERIES_MAX, measuredBy } from '../../model/measurement.ts'
import type { Result } from '../../model/result.ts'
import type { Output } from '../../pipeline.ts'
import { sha256 } from '../../sha256.ts'
import { type DuckStore, openStore } from '../../store/store.ts'
import { VERSION } from '../../version.ts'
import { flowRow, pointOf } from '../../watch/rows.ts'
import { counting, withdrawing } from './counting.ts'
import { type AuditRun, AuditWindows } from './windows.ts'

export interface Audited {
  readonly site: { readonly name: string; readonly hash: string }
  readonly policyHash: string
  /** In the order of `CaptureInfo.sensor`; none where nothing names them. */
  readonly sensors: readonly string[]
  /** As given; null where all is read. */
  readonly from: string | null
  readonly to: string | null
}

export class AuditStore {
  readonly #folder: string
  readonly #store: DuckStore
  readonly #audited: Audited
  #run: RunInfo | null = null
  /** The same run, where the store has it. */
  #same: { readonly atMs: number; readonly run: RunInfo } | null = null
  #windows: AuditWindows | null = null

  private constructor(folder: string, store: DuckStore, audited: Audited) {
    this.#folder = folder
    this.#store = store
    this.#audited = audited
  }

  /** Throws a UsageError where the folder can be no store, or a running monitor holds it. */
  static async open(folder: string, audited: Audited): Promise<AuditStore> {
    return new AuditStore(folder, await openStore(folder, { now: () => Date.now() }), audited)
  }

  /** For whoever hands on what is in it. */
  get store(): DuckStore {
    return this.#store
  }

  get folder(): string {
    return this.#folder
  }

  /** What was found when the store was opened. */
  get notes(): readonly string[] {
    return this.#store.opening.notes
  }

  /** Takes what is read of these captures; null where the store has all of it. */
  async begin(captures: readonly CaptureInfo[], run: AuditRun): Promise<Output | null> {
    this.#run = await this.#runOf(captures)
    const { id } = this.#run
    this.#same = (await this.#store.startedRuns()).find(({ run }) => run.id === id) ?? null
    if (this.#same !== null) return null
    // Rows that an earlier try has left, which was ended before it was done.
    await this.#store.removeRun(id)
    const known = await this.#store.flowSeries(FLOW_SERIES_MAX)
    const windows = new AuditWindows(this.#audited.site.name, run, known)
    this.#windows = windows
    return { take: batch => this.#take(batch, id, { run, windows }) }
  }

  /** Keeps the result; says in one sentence what became of it. */
  async finish(result: Result, isWhole: boolean): Promise<string> {
    const run = this.#run
    if (run === null) return `Nothing was added to ${this.#folder}.`
    if (this.#same !== null)
      return `This audit is already in ${this.#folder} since ${new Date(this.#same.atMs).toISOString()}; nothing was added.`
    if (!isWhole || !isSame(run, result)) {
      await this.#store.removeRun(run.id)
      if (isWhole)
        throw new InputError('A capture has changed while it was read; nothing is stored.')
      return `Reading was ended early, so nothing was added to ${this.#folder}.`
    }
    this.#store.add({ flows: [], points: this.#windows?.finish(result) ?? [] }, run.id)
    const replaced = await this.#replacedBy(run)
    const events = await this.#events(result, run, replaced)
    // The run comes last: without it the same audit is done again, and counts the same.
    await this.#store.record([...events, { kind: 'started', atMs: Date.now(), run }])
    for (const { id } of replaced) await this.#store.removeRun(id)
    const lastMs = Date.parse(result.observed.last ?? '') || 0
    if (result.coverage !== null) this.#store.putCoverage(lastMs, result.coverage)
    this.#store.putLedger(lastMs, result.ledger, [])
    const instead = replaced.length === 0 ? '' : `, in place of ${replaced.length} earlier`
    return `The audit was added to ${this.#folder} as ${run.id}${instead}.`
  }

  close(): Promise<void> {
    return this.#store.close()
  }

  async #take(
    batch: Batch,
    id: string,
    { run: { context }, windows }: { readonly run: AuditRun; readonly windows: AuditWindows },
  ): Promise<void> {
    const epochSeconds = context.epochSeconds()
    const { sensors, site } = this.#audited
    const place = {
      ...{ epochSeconds, site: site.name },
      sensor: measuredBy(sensors),
    }
    const flows = batch.flows.flatMap(flow =>
      'verdict' in flow ? [flowRow(flow, { epochSeconds, sensorsOf: context.sensorsOf })] : [],
    )
    const points = [...batch.rows.map(row => pointOf(row, place)), ...windows.take(batch)]
    this.#store.add({ flows, points }, id)
    await this.#store.drained()
  }

  async #runOf(captures: readonly CaptureInfo[]): Promise<RunInfo> {
    const { site, policyHash, sensors, from, to } = this.#audited
    const hashes: string[] = []
    for (const { name } of captures) hashes.push(await sha256Of(name))
    const taken = captures.map(({ sensor }, at) => `${sensors[sensor] ?? ''}:${hashes[at]}`)
    const grounds = [taken.sort(), policyHash, site.hash, from, to]
    const id = sha256(JSON.stringify(grounds)).slice(0, 16)
    return {
      ...{ id: `a-${id}`, kind: 'audit', version: VERSION, site: site.name },
      ...{ policyHash, siteHash: site.hash },
      captures: hashes,
    }
  }

  /** Earlier audits of nothing but captures that this one has; a part of them takes the place of none. */
  async #replacedBy({ id, site, captures }: RunInfo): Promise<readonly RunInfo[]> {
    if (this.#audited.from !== null || this.#audited.to !== null) return []
    const mine = new Set(captures)
    return (await this.#store.runs()).filter(
      run =>
        run.kind === 'audit' &&
        run.id !== id &&
        run.site === site &&
        run.captures.every(capture => mine.has(capture)),
    )
  }

  async #events(
    { findings, observed }: Result,
    run: RunInfo,
    replaced: readonly RunInfo[],
  ): Promise<readonly FindingEvent[]> {
    const at = { captureMs: Date.parse(observed.last ?? '') || 0, atMs: Date.now() }
    const gone = replaced.map(({ id }) => id)
    const known = new Map(
      (await this.#store.find(findings.map(({ id }) => id))).map(stored => [
        stored.finding.id,
        stored,
      ]),
    )
    const events: FindingEvent[] = []
    for (const [place, finding] of findings.entries()) {
      const grounds = { run: run.id, gone, at, place }
      events.push(counting(known.get(finding.id) ?? null, finding, grounds))
      if (events.length % 1_000 === 0) await nextTurn()
    }
    const mine = new Set(findings.map(({ id }) => id))
    for (const stored of await this.#store.countedBy(gone))
      if (!mine.has(stored.finding.id))
        events.push(withdrawing(stored, { gone, at, place: events.length }))
    return events
  }
}

/** What cannot be stored, and what would be right. */
export function refuseUnstorable(
  where: '--store' | '--influx',
  captures: readonly string[],
  { hash, follow }: { readonly hash: boolean; readonly follow?: boolean },
): void {
  const wrong = (message: string) => new UsageError([{ where, message }])
  if (!hash)
    throw wrong('an audit is known again by the hashes of its captures; leave --no-hash out.')
  if (follow === true)
    throw wrong('a capture that grows is no whole one; leave --follow out, or use mpwatch watch.')
  if (captures.includes('-'))
    throw wrong('standard input is read once, and its hash is needed before; name a file.')
}

const isSame = ({ captures }: RunInfo, { provenance }: Result): boolean =>
  [...captures].sort().join() ===
  provenance.captures
    .map(({ sha256 }) => sha256)
    .sort()
    .join()

async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const bytes of createReadStream(path)) hash.update(bytes)
  return hash.digest('hex')
}
