// A running monitor: the main thread around the judging one. It keeps what that tells, answers people and programs,
// and ends in good order. What may be slow is here, and nothing here holds up a packet.

import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { setTimeout } from 'node:timers/promises'
import { MessageChannel } from 'node:worker_threads'
import type { TrustedClock } from '../lifecycle/trusted-clock.ts'
import { Unavailable } from '../model/desk.ts'
import { UsageError } from '../model/errors.ts'
import type { Entry, RunInfo } from '../model/lifecycle.ts'
import type { Telling } from '../model/live.ts'
import { FLOW_SERIES_MAX } from '../model/measurement.ts'
import type { WatchConfig } from '../model/watch-config.ts'
import { sha256 } from '../sha256.ts'
import { type DuckStore, openStore } from '../store/store.ts'
import { VERSION } from '../version.ts'
import { clockAfter, readClockFile } from './clock-file.ts'
import { Desk } from './desk.ts'
import { ExportFields } from './export-fields.ts'
import { Housekeeping } from './housekeeping.ts'
import { JudgingThread } from './judging-thread.ts'
import { Log } from './log.ts'
import { logEntries } from './log-entries.ts'
import { openOutputs, type ReadyOutputs, readyOutputs } from './open-outputs.ts'
import { renewSeries } from './output-series.ts'
import type { Outputs } from './outputs.ts'
import { isLoopback, watchOwnSockets } from './own-sockets.ts'
import type { FromJudging, ReplaySettings, RulesInForce } from './protocol.ts'
import { Reloading } from './reloading.ts'
import { Services } from './services.ts'

export interface WatchPlan {
  readonly config: WatchConfig & { readonly site: string }
  readonly replay: ReplaySettings | null
  /** Reads the configuration again. */
  readonly again: () => WatchConfig
}

/** A ledger that does not close, or a thread that died, is a fault of ours. */
const INTERNAL = 5

/** Between two tries to have the rules read. */
const BUSY_MS = 200

/** How long the judging thread has to tell the rest. */
const STOP_MS_MAX = 4000

/** What is fed gets so long to be sent the rest: of what was played, and of what somebody has asked to end (F9). */
const PLAYED_MS_MAX = 20_000
const ASKED_MS_MAX = 2000
/** And then to end. */
const GRACE_MS = 1000
/** From the signal to the end of that. */
const ENDING_MS_MAX = 4500

/** Watches until a signal ends it, or the captures are over. The exit code. */
export async function watchUntilStopped(plan: WatchPlan): Promise<number> {
  const log = new Log(plan.config.log)
  const { folder, findingsDays, metricsBytes, metricsDays } = plan.config.store
  // Before anything connects, though nobody hears of it yet.
  const { port1: told, port2: own } = new MessageChannel()
  const sockets = watchOwnSockets(news => {
    // What is played is of another time, and the sessions of today are not in it.
    if (plan.replay === null && !isLoopback(news.session)) told.postMessage(news)
  })
  try {
    const mark = readClockFile(folder)
    const clock = clockAfter(mark)
    const store = await openStore(folder, {
      ...{ now: () => clock.now(), findingsDays },
      metrics: { bytesMax: metricsBytes, daysMax: metricsDays },
      onNote: note => log.tell('store_note', { note }),
    })
    try {
      const { notes, lost, tookMs } = store.opening
      log.tell('store_opened', { folder, took_ms: Math.round(tookMs), lost, notes })
      const lastCaptureMs = mark?.captureMs ?? null
      const flowSeries = await store.flowSeries(FLOW_SERIES_MAX)
      const { config, replay } = plan
      const ready = await readyOutputs(config, store)
      const thread = await JudgingThread.begin({ config, replay, flowSeries, own })
      return await new Watch({ plan, log, clock, store, thread, ready }).run(lastCaptureMs)
    } finally {
      await store.close()
    }
  } finally {
    sockets.end()
    told.close()
    log.close()
  }
}

interface Parts {
  readonly plan: WatchPlan
  readonly log: Log
  readonly clock: TrustedClock
  readonly store: DuckStore
  readonly thread: JudgingThread
  readonly ready: ReadyOutputs
}

interface Around {
  readonly desk: Desk
  readonly outputs: Outputs
  readonly services: Services
  readonly housekeeping: Housekeeping
}

class Watch {
  readonly #parts: Parts
  readonly #run: RunInfo
  readonly #reloading: Reloading
  #kept: Promise<unknown> = Promise.resolve()
  #code = 0
  #isJudging = true
  #late: NodeJS.Timeout | null = null
  readonly #exportFields = new ExportFields()
  readonly #asking = new AbortController()
  /** Kept when a signal has asked for the end. */
  readonly #asked = once(this.#asking.signal, 'abort')
  #askedAtMs = Number.NEGATIVE_INFINITY
  /** Signals to read the rules again that have come since they were not being read. */
  #hangUps = 0

  constructor(parts: Parts) {
    const { plan, clock, thread } = parts
    this.#parts = parts
    this.#run = runOf(thread.rules)
    this.#reloading = new Reloading(thread.rules, {
      say: message => thread.say(message),
      again: plan.again,
      now: () => clock.now(),
    })
  }

  /** The exit code. `lastCaptureMs`: when an earlier run saw its last packet. */
  async run(lastCaptureMs: number | null): Promise<number> {
    try {
      return await this.#watch(lastCaptureMs)
    } finally {
      // Where a socket or an address cannot be had, nobody else ends it.
      await this.#parts.thread.kill()
    }
  }

  async #watch(lastCaptureMs: number | null): Promise<number> {
    const { plan, log, clock, store, thread, ready } = this.#parts
    const states = () => outputs?.states() ?? []
    let outputs: Outputs | null = null
    const desk = await Desk.open({
      ...{ store, run: this.#run, version: VERSION, lastCaptureMs },
      now: () => clock.now(),
      hash: sha256,
      reload: () => this.#reload(around),
      outputs: states,
    })
    const { config } = plan
    const { folder } = config.store
    const onFault = (error: unknown) => this.#fault(error)
    const rules = () => this.#reloading.rules
    outputs = openOutputs(ready, { config, rules, store, desk, clock, onFault })
    const services = await Services.open({ config, desk, outputs: states, clock, log, onFault })
    const housekeeping = new Housekeeping({ ...{ folder, clock, desk, log, onFault } })
    const around = { desk, outputs, services, housekeeping }
    desk.listen(entries => this.#recorded(entries, around))
    const signals = this.#watchSignals(around)
    this.#tellStart()
    for (const { name, kind, where } of states())
      log.tell('output_started', {
        ...{ output: name, kind, where },
        series: ready.series?.texts.get(name) ?? null,
      })
    outputs.begin()
    thread.listen(message => this.#hear(message, around))
    const death = await thread.ended
    this.#isJudging = false
    if (death !== null) this.#fault(death)
    // While the disk is full what was told waits; whoever asks for the end is not to wait with it.
    await Promise.race([this.#kept, this.#asked])
    signals.heedEndOnly()
    housekeeping.stop()
    // Whoever asks is answered before the last word, and nobody after it.
    await services.close()
    await this.#end(around)
    signals.end()
    await this.#kept
    return this.#code
  }

  #hear(message: FromJudging, around: Around): void {
    const { log } = this.#parts
    if (message.kind === 'telling') this.#keep(message.telling, around)
    else if (message.kind === 'note') log.tell('capture_note', { text: message.text })
    else if (message.kind === 'over')
      for (const equation of message.openEquations) {
        this.#code = INTERNAL
        log.tell('ledger_open', { equation })
      }
    else if (message.kind === 'failed') this.#fault(new Error(message.message))
    else this.#reloading.answer(message)
  }

  /** The thread is answered when it is kept; the pieces of one run stay in order. */
  #keep(told: Telling, { desk, outputs, services, housekeeping }: Around): void {
    const points = this.#exportFields.added(told.points, outputs.states())
    const telling = { ...told, points }
    const kept = desk.telling(telling).then(
      () => {
        services.book.telling(telling)
        housekeeping.told()
        this.#parts.thread.say({ kind: 'acknowledge', number: telling.number })
      },
      (error: unknown) => this.#fault(error),
    )
    this.#kept = this.#kept.then(() => kept)
  }

  #recorded(entries: readonly Entry[], { services, outputs }: Around): void {
    // What was blind to the end is not back when watching ends.
    const isBack = (entry: Entry) => entry.kind === 'blind' && entry.interval.toMs !== null
    const told = this.#late === null ? entries : entries.filter(entry => !isBack(entry))
    logEntries(this.#parts.log, told)
    services.recorded(entries)
    if (entries.some(({ kind }) => kind !== 'notified')) outputs.wake()
  }

  async #reload({ desk, outputs }: Around) {
    const { log, plan } = this.#parts
    log.reopen()
    await outputs.reopen()
    const outcome = await this.#reloading.reload(plan.config)
    const { incident, reloaded, restartFor, generation } = outcome
    await desk.note([incident])
    if (incident.kind === 'rules_loaded') {
      const { policyHash: policy_hash, siteHash: site_hash } = incident
      log.tell('rules_loaded', { generation, policy_hash, site_hash })
      this.#renewSeries()
    }
    if (restartFor.length > 0) log.tell('restart_needed', { for: restartFor })
    return reloaded
  }

  /** Nodes and rows that are new are told by their names, unless there would be too many series. */
  #renewSeries(): void {
    const { plan, ready, log } = this.#parts
    if (ready.series === null) return
    try {
      const { site, rules } = plan.again()
      if (site !== null) renewSeries(ready.series, { ...plan.config, site, rules })
    } catch (error) {
      if (!(error instanceof UsageError)) throw error
      log.tell('series_kept', { problems: error.message.split('\n') })
    }
  }

  /** Reads the rules once more where a signal came while they were read: they may have changed in between. */
  async #hungUp(around: Around): Promise<void> {
    for (let heeded = 0; heeded < this.#hangUps; ) {
      heeded = this.#hangUps
      try {
        await this.#reload(around)
      } catch (error) {
        // Somebody has them read through the socket.
        if (error instanceof Unavailable) heeded = 0
        else this.#fault(error)
        await setTimeout(BUSY_MS)
      }
    }
    this.#hangUps = 0
  }

  #tellStart(): void {
    const { plan, log, thread } = this.#parts
    const { generation, policy, site, sensors } = thread.rules
    const { id: run, version } = this.#run
    const interfaces = plan.replay?.captures ?? plan.config.interfaces.map(({ name }) => name)
    log.tell('started', { run, version, site: site.name, interfaces, sensors })
    log.tell('rules_loaded', { generation, policy_hash: policy.hash, site_hash: site.hash })
  }

  #watchSignals(around: Around): { heedEndOnly(): void; end(): void } {
    const hangUp = () => {
      this.#hangUps += 1
      if (this.#hangUps === 1) void this.#hungUp(around)
    }
    const stop = (why: NodeJS.Signals) => {
      // A second signal ends the process at once.
      end()
      this.#stop(why)
    }
    const heedEndOnly = () => void process.off('SIGHUP', hangUp)
    const end = () => {
      heedEndOnly()
      process.off('SIGINT', stop)
      process.off('SIGTERM', stop)
    }
    process.on('SIGHUP', hangUp)
    process.on('SIGINT', stop)
    process.on('SIGTERM', stop)
    return { heedEndOnly, end }
  }

  #stop(why: string): void {
    const { log, thread } = this.#parts
    log.tell('stopping', { why })
    this.#askedAtMs = performance.now()
    this.#asking.abort()
    if (!this.#isJudging) return
    thread.say({ kind: 'stop' })
    this.#late = globalThis.setTimeout(() => {
      this.#fault(new Error('the judging thread did not end in time'))
      void thread.kill()
    }, STOP_MS_MAX)
  }

  /** The last word, though what waits for a store that cannot be written is given up. */
  async #end({ desk, outputs, housekeeping }: Around): Promise<void> {
    if (this.#late !== null) clearTimeout(this.#late)
    const { log, clock } = this.#parts
    try {
      await desk.stop()
    } catch (error) {
      this.#fault(error)
    }
    housekeeping.mark()
    await this.#endOutputs(outputs)
    const { startedMs } = await desk.status()
    log.tell('stopped', { run: this.#run.id, seconds: (clock.now() - startedMs) / 1000 })
  }

  /** They get the last word, too, as far as they take it in time; what is not sent stays in the store. */
  async #endOutputs(outputs: Outputs): Promise<void> {
    const { store, log } = this.#parts
    const leftMs = this.#askedAtMs + ENDING_MS_MAX - GRACE_MS - performance.now()
    const isPlayed = !this.#asking.signal.aborted
    const overAt = isPlayed
      ? AbortSignal.any([AbortSignal.timeout(PLAYED_MS_MAX), this.#asking.signal])
      : AbortSignal.timeout(Math.max(0, Math.min(ASKED_MS_MAX, leftMs)))
    try {
      await outputs.drained(async () => (await store.health()).rows.waiting === 0, overAt)
      await outputs.stop(GRACE_MS)
    } catch (error) {
      this.#fault(error)
    }
    for (const { name, books } of outputs.states()) {
      const { acked, pending, deadLettered: dead_lettered } = books
      log.tell('output_stopped', { output: name, acked, pending, dead_lettered })
    }
  }

  /** Something that is no fault of operator or network; the monitor goes on if it can, and ends with code 5. */
  #fault(error: unknown): void {
    const { message, stack = '' } = error instanceof Error ? error : new Error(String(error))
    this.#code = INTERNAL
    this.#parts.log.tell('fault', { message, stack })
  }
}

const runOf = ({ policy, site }: RulesInForce): RunInfo => ({
  id: `w-${randomUUID().slice(0, 13)}`,
  ...{ kind: 'watch', version: VERSION, site: site.name, captures: [] },
  ...{ policyHash: policy.hash, siteHash: site.hash },
})
