// What capturing programs say on their standard error: their counts, and why they end. Written by programs that
// read hostile packets, so it is held within bounds, and only numbers and known phrases are taken from it.

import { visible } from '../../model/text.ts'

/** Counts of one child; they go on where those of libpcap, which have 32 bits, begin anew. */
export interface Totals {
  /** Packets that the kernel had for it, with those that it dropped. */
  readonly received: number
  /** Dropped by the kernel, as nobody took them in time. */
  readonly dropped: number
}

const WRAP = 2 ** 32

const LINE_CHARACTERS_MAX = 512
const LINES_MAX = 32
const SHOWN_CHARACTERS_MAX = 200

const COUNTS = String.raw`packets? captured, (\d+) packets? received by filter, (\d+) packets? dropped by kernel`
const RUNNING = new RegExp(String.raw`^tcpdump: \d+ ${COUNTS}`)
const LAST_RECEIVED = /^(\d+) packets? received by filter$/
const LAST_DROPPED = /^(\d+) packets? dropped by kernel$/
const DUMPCAP_TOTALS =
  /^Packets received\/dropped on interface .*: (\d+)\/\d+ \(pcap:(\d+)\/dumpcap:(\d+)\/flushed:(\d+)\//

/** Words that stand before the reason, or say nothing of it. */
const BESIDE_THE_POINT =
  /^(Capturing on|File:|Packets captured:|tcpdump: listening on|\d+ packets?)/

export class Words {
  /** Counts so far: tcpdump gives them when it is asked. */
  running: Totals | null = null
  /** How often it has answered. */
  answers = 0
  /** It has said that it is capturing. */
  isListening = false
  private readonly lines: string[] = []
  private rest = ''
  private lastReceived: number | null = null
  private lastDropped: number | null = null
  private atEnd: Totals | null = null

  /** Counts of its whole life; null where it was killed before it could give them. */
  get last(): Totals | null {
    if (this.atEnd !== null) return this.atEnd
    const { lastReceived: received, lastDropped: dropped } = this
    return received === null || dropped === null ? null : this.grown({ received, dropped })
  }

  take(text: string): void {
    const [first = '', ...others] = text.split('\n')
    this.rest = (this.rest + first).slice(0, LINE_CHARACTERS_MAX)
    for (const next of others) {
      this.line(this.rest)
      this.rest = next.slice(0, LINE_CHARACTERS_MAX)
    }
  }

  /** Why it has ended. */
  get reason(): Reason {
    const all = [...this.lines, this.rest].join('\n')
    return REASONS.find(([, phrase]) => phrase.test(all))?.[0] ?? 'other'
  }

  /** Its own words, safe to show; empty where it said nothing. */
  get shown(): string {
    const telling = [...this.lines, this.rest].filter(
      line => line !== '' && !BESIDE_THE_POINT.test(line),
    )
    return visible(telling.slice(0, 2).join(' ').slice(0, SHOWN_CHARACTERS_MAX))
  }

  private grown({ received, dropped }: Totals): Totals {
    const { running } = this
    return {
      received: grownTo(running?.received ?? 0, received),
      dropped: grownTo(running?.dropped ?? 0, dropped),
    }
  }

  private line(line: string): void {
    const running = RUNNING.exec(line)
    if (running !== null) {
      this.answers += 1
      this.running = this.grown({ received: Number(running[1]), dropped: Number(running[2]) })
      return
    }
    if (line.startsWith('tcpdump: listening on')) this.isListening = true
    this.lastReceived ??= numberIn(LAST_RECEIVED, line)
    this.lastDropped ??= numberIn(LAST_DROPPED, line)
    this.atEnd ??= dumpcapTotals(line)
    if (this.lines.length < LINES_MAX) this.lines.push(line)
  }
}

/** The count at or above `before` that a counter of 32 bits shows like this; `before` where it would be a leap. */
export function grownTo(before: number, shown: number): number {
  const by = (((shown - before) % WRAP) + WRAP) % WRAP
  return by < WRAP / 2 ? before + by : before
}

export type Reason = 'no_permission' | 'filter' | 'other'

const REASONS: readonly (readonly [Reason, RegExp])[] = [
  ['no_permission', /don't have permission|do not have permission|Operation not permitted/],
  ['filter', /filter expression|Invalid capture filter|syntax error/],
]

function numberIn(pattern: RegExp, line: string): number | null {
  const found = pattern.exec(line)
  return found === null ? null : Number(found[1])
}

/** What dumpcap calls received has come through to it, without what was dropped. */
function dumpcapTotals(line: string): Totals | null {
  const found = DUMPCAP_TOTALS.exec(line)
  if (found === null) return null
  const [through = 0, dropped = 0, byItself = 0, flushed = 0] = found.slice(1).map(Number)
  return { received: through + dropped + byItself + flushed, dropped }
}
