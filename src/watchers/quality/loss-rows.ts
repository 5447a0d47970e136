// mp_loss: what was sent and lost in a minute, for each pair, row and direction.

import type { MeasurementRow, SegmentCounts } from '../../model/quality.ts'
import type { End, Path } from './paths.ts'
import { Sums, shareOf } from './sums.ts'

/** From the first of the two names to the second, and back. */
const DIRECTIONS = ['ab', 'ba'] as const

interface Sent<State> {
  readonly path: Path<State>
  readonly end: End
  readonly sums: Sums
}

export class LossRows<State> {
  readonly #write: (row: MeasurementRow) => void
  readonly #judged: (state: State) => readonly boolean[]
  #sent = new Map<string, Sent<State>>()

  /** `judged` says of which senders of a pair the window was judged. */
  constructor(write: (row: MeasurementRow) => void, judged: (state: State) => readonly boolean[]) {
    this.#write = write
    this.#judged = judged
  }

  /** Takes what the pair's end has sent on the row. */
  add(path: Path<State>, end: End, counts: SegmentCounts): void {
    const key = `${path.pair.tag} ${path.row} ${end}`
    let sent = this.#sent.get(key)
    if (sent === undefined) {
      sent = { path, end, sums: new Sums() }
      this.#sent.set(key, sent)
    }
    sent.sums.add(counts)
  }

  /** The window that began then is over. */
  close(startNs: number): void {
    for (const { path, end, sums } of this.#sent.values()) {
      const isJudged = path.isLimited && this.#judged(path.pair.state)[end] === true
      if (sums.passed > 0) this.#write(rowOf(path, end, sums, { startNs, isJudged }))
    }
    this.#sent = new Map()
  }
}

function rowOf<State>(
  { pair, row }: Path<State>,
  end: End,
  sums: Sums,
  { startNs, isJudged }: { readonly startNs: number; readonly isJudged: boolean },
): MeasurementRow {
  return {
    measurement: 'mp_loss',
    tags: { pair: pair.tag, row, dir: DIRECTIONS[end], method: 'tcp' },
    fields: {
      ...{ expected: sums.expected, lost: sums.lost },
      loss_pct: shareOf(sums.lost, sums.expected),
      ...{ dup: sums.spurious, reordered: sums.outOfOrder, capture_lost: sums.captureGaps },
      judged: isJudged,
    },
    timeNs: startNs,
  }
}
