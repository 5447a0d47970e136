// Watches over one interface: keeps a child capturing on it, tells when nobody sees what passes there, and closes
// the books of each child. Faults.md F13 to F17. A child that ends without having been asked to is a fault,
// whatever its exit code: dumpcap gives 0 when its interface is removed.

import { UsageError } from '../../model/errors.ts'
import type { BlindCause, InterfaceState } from '../../model/live.ts'
import type { LiveTool } from '../../model/watch-config.ts'
import { Blindness } from './blindness.ts'
import { Books } from './books.ts'
import { causeOfEnd, dropText, filterText, leftText, missingText } from './causes.ts'
import { Child } from './child.ts'
import { DropWatch } from './drop-watch.ts'
import type { Lane } from './lane.ts'
import { type LinkCounts, type LinkState, linkCounts, linkState } from './link-state.ts'
import type { LiveInterface, LiveOptions } from './options.ts'
import { Pulse } from './pulse.ts'
import { type Command, commandFor, wantedTool } from './tools.ts'

const RETRY_S_MAX = 30
/** A child that has captured for so long was well: the next one that ends is followed at once. */
const WELL_MS = 60_000

/** A child, and what belongs to it alone. */
interface Run {
  readonly child: Child
  /** Which interface it was started on; null where there was none. */
  readonly index: number | null
  readonly pulse: Pulse
  readonly drops: DropWatch
  /** Dropped by the interface before it. */
  readonly interfaceDropped: number
  capturedMs: number | null
  isEndSeen: boolean
  /** It was we who ended it, and why has been told. */
  isEnded: boolean
  /** Answers seen. */
  answers: number
  /** Packets that the interface had counted at the last answer. */
  countedAt: number | null
  /** And how many it has counted since then, when the child had ended; null where nothing follows from it. */
  countedSince: number | null
}

export class Supervisor {
  readonly lane: Lane
  /** Nothing that trying again would mend; told to whoever reads. */
  fatal: UsageError | null = null
  private readonly name: string
  private readonly sensor: string
  private readonly options: LiveOptions
  private readonly queueBytesMax: number
  private readonly onChange: () => void
  private readonly books = new Books()
  private readonly blindness: Blindness
  private command: Command | null
  private run: Run | null = null
  private link: LinkState | null = null
  /** Why no child captures. */
  private absence: BlindCause | null = null
  private retryS = 1
  private dueMs = 0
  private isStopping = false
  /** When the latest packets came, by the monotonic clock. */
  private packetsMs = Number.NaN

  constructor(
    { name, sensorName }: LiveInterface,
    lane: Lane,
    options: LiveOptions,
    queueBytesMax: number,
    onChange: () => void,
  ) {
    this.name = name
    this.sensor = sensorName
    this.lane = lane
    this.options = options
    this.queueBytesMax = queueBytesMax
    this.onChange = onChange
    this.command = commandFor(name, options)
    this.blindness = new Blindness(name, sensorName, interval => {
      lane.markGap()
      options.onBlind(interval)
    })
  }

  /** Has ended for good, and everything it had is handed on. */
  get isOver(): boolean {
    return this.isStopping && this.run === null && !this.lane.isOpen && this.lane.atHand === 0
  }

  /** What captures, or would. */
  get tool(): LiveTool {
    return this.command?.tool ?? wantedTool(this.options)
  }

  state(): InterfaceState {
    const { lane, books } = this
    const { kernelDropped, helperDropped, interfaceDropped, restarts } = books
    const delivered = lane.info.packets
    const { tool } = this
    const isCapturing = this.run !== null && this.run.capturedMs !== null
    return {
      ...{ name: this.name, sensor: this.sensor, tool },
      state: isCapturing && !this.blindness.isAny ? 'watching' : 'blind',
      received: delivered + kernelDropped + helperDropped,
      ...{ delivered, kernelDropped, helperDropped, interfaceDropped, restarts },
      isTimedOnArrival: tool === 'cap',
      lastMs: lane.lastMs,
    }
  }

  /** Looks after everything that does not tell of itself; several times a second. */
  tick(): void {
    if (this.isStopping) return
    const now = performance.now()
    const before = this.link
    this.link = linkState(this.name)
    const counts = linkCounts(this.name)
    this.books.look(counts)
    this.watchLink(before, now)
    if (this.run !== null) this.watchRun(this.run, counts, now)
    else if (now >= this.dueMs) this.start(now)
  }

  /** Takes up what has changed with the child and its stream. */
  settle(): void {
    const { run } = this
    if (run === null) return
    const { child } = run
    if (run.capturedMs === null && child.isCapturing && child.end === null) this.capturing(run)
    if (child.words.answers > run.answers) this.answered(run)
    this.judgeStream(run)
    if (child.end !== null && !run.isEndSeen) this.ended(run)
    if (child.isClosed && !this.lane.isOpen) this.close(run)
  }

  /** Sees to it that packets of the interface are at hand, if there are any. */
  fill(): void {
    if (this.lane.fill() === 0) return
    this.packetsMs = this.lane.arrivedMs
    this.blindness.end('silent', this.packetsMs)
  }

  /** No child is started any more, and the present one ends. */
  stop(): void {
    this.isStopping = true
    this.blindness.endAll()
    this.run?.child.stop()
  }

  /** Nobody reads any more: ends everything by force, and books what was not handed on. */
  abandon(): void {
    this.isStopping = true
    const { run, lane, books } = this
    if (run !== null) {
      run.child.kill()
      run.child.intake.discard()
      lane.giveUp()
    }
    books.helperDropped += lane.drop()
    if (run !== null) this.close(run)
    this.blindness.endAll()
  }

  private watchLink(before: LinkState | null, now: number): void {
    const { link, run } = this
    if (link === null || (run !== null && link.index !== run.index)) {
      this.absent('interface_gone', `${this.name} was removed.`, now)
      if (run !== null) run.isEnded = true
      run?.child.stop()
    }
    if (link === null || link.isUp) this.blindness.end('link_down')
    else this.down(link, now)
    // What there was to wait for has come.
    if (link?.isOn === true && before?.isOn !== true) this.dueMs = now
  }

  private down({ isOn }: LinkState, now: number): void {
    const detail = isOn ? `${this.name} has no carrier.` : `${this.name} is switched off.`
    this.blindness.begin({ cause: 'link_down', detail, sinceMs: now })
    // It is there again, and something else keeps it blind.
    if (this.run === null && this.absence === 'interface_gone') this.present()
  }

  private start(now: number): void {
    if (this.link === null || !this.link.isOn || this.lane.isOpen) return
    this.command = commandFor(this.name, this.options)
    if (this.command === null) {
      this.absent('no_tool', missingText(this.options), now)
      this.wait(now)
      return
    }
    this.books.starts += 1
    const child = new Child(this.command, this.queueBytesMax, this.onChange)
    const run: Run = {
      child,
      index: this.link.index,
      pulse: new Pulse(child, this.options.filter !== null),
      drops: new DropWatch(now),
      interfaceDropped: this.books.interfaceDropped,
      ...{ capturedMs: null, isEndSeen: false, isEnded: false, answers: 0, countedAt: null },
      countedSince: null,
    }
    this.run = run
    this.lane.begin(child.intake)
  }

  private capturing(run: Run): void {
    run.capturedMs = performance.now()
    run.countedAt = linkCounts(this.name)?.packets ?? null
    this.present()
    this.note(`${run.child.command.tool} captures`)
  }

  private answered(run: Run): void {
    const { words } = run.child
    run.answers = words.answers
    run.countedAt = linkCounts(this.name)?.packets ?? null
    if (words.running === null) return
    this.books.running(words.running)
    this.judgeDrops(run, words.running, false)
  }

  private watchRun(run: Run, counts: LinkCounts | null, now: number): void {
    const { child, pulse } = run
    const sinceMs = pulse.feel(now, counts?.packets ?? null)
    if (sinceMs !== null && child.end === null) {
      this.absent('child_hung', `${child.command.tool} gave no sign of life.`, sinceMs)
      run.isEnded = true
      child.kill()
    } else if (run.capturedMs !== null) this.watchSilence(run, now)
  }

  private watchSilence({ child }: Run, now: number): void {
    const { silentS } = this.options
    const lastMs = Math.max(this.packetsMs, child.intake.lastMs)
    if (Number.isNaN(lastMs) || this.link?.isUp !== true) return
    if (now - lastMs < silentS * 1000 || this.blindness.has('silent')) return
    const detail = `No packets for ${silentS} s, though the link is up and ${child.command.tool} answers.`
    this.blindness.begin({ cause: 'silent', detail, sinceMs: lastMs, fromMs: this.lane.lastMs })
  }

  private judgeStream(run: Run): void {
    const { child } = run
    const { fault } = this.lane
    if (fault === null || run.isEnded || this.isStopping) return
    run.isEnded = true
    const detail = `What ${child.command.tool} delivers is no capture: ${fault}.`
    this.absent('damaged_stream', detail, child.intake.lastMs)
    child.kill()
  }

  private judgeDrops(
    run: Run,
    { received, dropped }: { received: number; dropped: number },
    isLast: boolean,
  ): void {
    const byInterface = this.books.interfaceDropped - run.interfaceDropped
    const now = performance.now()
    const sample = { atMs: now, received: received + byInterface, dropped: dropped + byInterface }
    const window = run.drops.take(sample, isLast)
    if (window === null) return
    if (window.isBad)
      this.blindness.begin({ cause: 'drops', detail: dropText(window), sinceMs: window.fromMs })
    else this.blindness.end('drops', window.fromMs)
    if (isLast) this.blindness.end('drops', run.child.end?.atMs ?? now)
  }

  /** The program has ended: why, and when it is started again. */
  private ended(run: Run): void {
    run.isEndSeen = true
    run.countedSince = this.countedSince(run)
    if (this.isStopping) return
    const { child } = run
    const now = performance.now()
    if (run.capturedMs !== null && now - run.capturedMs >= WELL_MS) this.retryS = 1
    this.wait(now)
    if (run.isEnded) return
    const isThere = linkState(this.name)?.index === run.index
    const { cause, detail } = causeOfEnd(child, { name: this.name, isThere }, this.options)
    if (child.words.reason === 'filter' && run.capturedMs === null && this.books.starts === 1)
      this.fatal = new UsageError(filterText(child))
    // What has not changed since the last try was told then.
    if (this.absence !== cause) this.note(detail)
    this.absent(cause, detail, run.capturedMs === null ? child.startedMs : (child.end?.atMs ?? now))
  }

  private close(run: Run): void {
    const { child } = run
    const { last, running } = child.words
    this.run = null
    const since = run.isEndSeen ? run.countedSince : this.countedSince(run)
    const isLastWhole = last !== null && child.command.tool === 'tcpdump'
    const counts = { last, isLastWhole, running, walked: this.lane.walked, since }
    const left = this.books.close(counts)
    if (last !== null) this.judgeDrops(run, last, true)
    else this.blindness.end('drops', child.end?.atMs ?? performance.now())
    if (last === null && this.absence !== null && run.capturedMs !== null)
      this.blindness.amend(this.absence, leftText(left, since !== null))
  }

  private countedSince({ index, countedAt }: Run): number | null {
    // What a filter let through, and what another interface of the same name counts, is not known.
    const isTelling = this.options.filter === null && linkState(this.name)?.index === index
    const counts = isTelling ? linkCounts(this.name) : null
    return counts === null || countedAt === null ? null : counts.packets - countedAt
  }

  private absent(cause: BlindCause, detail: string, sinceMs: number): void {
    if (this.absence === cause) return
    if (this.absence !== null) this.blindness.end(this.absence, sinceMs)
    this.absence = cause
    this.blindness.begin({ cause, detail, sinceMs })
  }

  private present(): void {
    if (this.absence !== null) this.blindness.end(this.absence)
    this.absence = null
  }

  private wait(now: number): void {
    this.dueMs = now + this.retryS * 1000
    this.retryS = Math.min(RETRY_S_MAX, this.retryS * 2)
  }

  private note(text: string): void {
    this.options.onNote(`${this.name}: ${text}`)
  }
}
