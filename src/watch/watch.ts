// A running monitor: the main thread around the judging one. It keeps what that tells, answers people and programs,
// and ends in good order. What may be slow is here, and nothing here holds up a packet.

import { createHash, randomUUID } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import type { TrustedClock } from '../lifecycle/trusted-clock.ts'
import { Unavailable } from '../model/desk.ts'
import type { Entry, RunInfo } from '../model/lifecycle.ts'
import type { Telling } from '../model/live.ts'
import { FLOW_SERIES_MAX } from '../model/measurement.ts'
import type { WatchConfig } from '../model/watch-config.ts'
import { type DuckStore, openStore } from '../store/store.ts'
import { VERSION } from '../version.ts'
import { clockAfter, readClockFile } from './clock-file.ts'
import { Desk } from './desk.ts'
import { Housekeeping } from './housekeeping.ts'
import { JudgingThread } from './judging-thread.ts'
import { Log } from './log.ts'
import { logEntries } from './log-entries.ts'
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

/** Watches until a signal ends it, or the captures are over. The exit code. */
export async function watchUntilStopped(plan: WatchPlan): Promise<number> {
  const log = new Log(plan.config.log)
  const { folder, findingsDays, metricsBytes, metricsDays } = plan.config.store
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
      const thread = await JudgingThread.begin({ config, replay, flowSeries })
      return await new Watch({ plan, log, clock, store, thread }).run(lastCaptureMs)
    } finally {
      await store.close()
    }
  } finally {
    log.close()
  }
}

interface Parts {
  readonly plan: WatchPlan
  readonly log: Log
  readonly clock: TrustedClock
  readonly store: DuckStore
  readonly thread: JudgingThread
}

interface Around {
  readonly desk: Desk
  readonly services: Services
  readonly housekeeping: Housekeeping
}

class Watch {
  readonly #parts: Parts
  readonly #run: RunInfo
  readonly #reloading: Reloading
  #kept: Promise<unknown> = Promise.resolve()
  #code = 0
  #late: NodeJS.Timeout | null = null
  #ask: () => void = () => undefined
  /** Kept when a signal has asked for the end. */
  readonly #asked = new Promise<void>(resolve => {
    this.#ask = resolve
  })
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
    const { plan, log, clock, store, thread } = this.#parts
    const desk = await Desk.open({
      ...{ store, run: this.#run, version: VERSION, lastCaptureMs },
      now: () => clock.now(),
      hash: text => createHash('sha256').update(text).digest('hex'),
      reload: () => this.#reload(desk),
    })
    const { folder } = plan.config.store
    const onFault = (error: unknown) => this.#fault(error)
    const services = await Services.open({ config: plan.config, desk, clock, log, onFault })
    const housekeeping = new Housekeeping({ ...{ folder, clock, desk, log, onFault } })
    desk.listen(entries => this.#recorded(entries, services))
    const signals = this.#watchSignals(desk)
    this.#tellStart()
    const around = { desk, services, housekeeping }
    thread.listen(message => this.#hear(message, around))
    const death = await thread.ended
    if (death !== null) this.#fault(death)
    // While the disk is full what was told waits; whoever asks for the end is not to wait with it.
    await Promise.race([this.#kept, this.#asked])
    signals.end()
    housekeeping.stop()
    // Whoever asks is answered before the last word, and nobody after it.
    await services.close()
    await this.#end(desk, housekeeping)
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
  #keep(telling: Telling, { desk, services, housekeeping }: Around): void {
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

  #recorded(entries: readonly Entry[], services: Services): void {
    // What was blind to the end is not back when watching ends.
    const isBack = (entry: Entry) => entry.kind === 'blind' && entry.interval.toMs !== null
    const told = this.#late === null ? entries : entries.filter(entry => !isBack(entry))
    logEntries(this.#parts.log, told)
    services.recorded(entries)
  }

  async #reload(desk: Desk) {
    const { log, plan } = this.#parts
    log.reopen()
    const outcome = await this.#reloading.reload(plan.config)
    const { incident, reloaded, restartFor, generation } = outcome
    await desk.note([incident])
    if (incident.kind === 'rules_loaded') {
      const { policyHash: policy_hash, siteHash: site_hash } = incident
      log.tell('rules_loaded', { generation, policy_hash, site_hash })
    }
    if (restartFor.length > 0) log.tell('restart_needed', { for: restartFor })
    return reloaded
  }

  /** Reads the rules once more where a signal came while they were read: they may have changed in between. */
  async #hungUp(desk: Desk): Promise<void> {
    for (let heeded = 0; heeded < this.#hangUps; ) {
      heeded = this.#hangUps
      try {
        await this.#reload(desk)
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

  #watchSignals(desk: Desk): { end(): void } {
    const hangUp = () => {
      this.#hangUps += 1
      if (this.#hangUps === 1) void this.#hungUp(desk)
    }
    const stop = (why: NodeJS.Signals) => {
      // A second signal ends the process at once.
      end()
      this.#stop(why)
    }
    const end = () => {
      process.off('SIGHUP', hangUp)
      process.off('SIGINT', stop)
      process.off('SIGTERM', stop)
    }
    process.on('SIGHUP', hangUp)
    process.on('SIGINT', stop)
    process.on('SIGTERM', stop)
    return { end }
  }

  #stop(why: string): void {
    const { log, thread } = this.#parts
    log.tell('stopping', { why })
    this.#ask()
    thread.say({ kind: 'stop' })
    this.#late = globalThis.setTimeout(() => {
      this.#fault(new Error('the judging thread did not end in time'))
      void thread.kill()
    }, STOP_MS_MAX)
  }

  /** The last word, though what waits for a store that cannot be written is given up. */
  async #end(desk: Desk, housekeeping: Housekeeping): Promise<void> {
    if (this.#late !== null) clearTimeout(this.#late)
    const { log, clock } = this.#parts
    try {
      await desk.stop()
    } catch (error) {
      this.#fault(error)
    }
    housekeeping.mark()
    const { startedMs } = await desk.status()
    log.tell('stopped', { run: this.#run.id, seconds: (clock.now() - startedMs) / 1000 })
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
