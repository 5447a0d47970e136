// Whether an InfluxDB takes what is sent, and what is told of it: once when it fails for long enough to matter, and once
// when it works again.

/** What fails for less is nothing that anybody has to know. */
const QUIET_MS = 10_000

const TRIED_AGAIN = 'It is tried again every 30 s; what is not sent waits in the store.'
const WAITS = 'What is not sent waits in the store, and is sent when it answers.'

export interface Failure {
  /** What fails and what would help, without any secret. */
  readonly why: string
  /** When what failed was begun, and when it is tried again; Unix milliseconds. */
  readonly fromMs: number
  readonly untilMs: number
  /** Somebody has to mend it: waiting alone does not help. */
  readonly isHeld: boolean
}

export class Health {
  readonly #onState: (state: 'degraded' | 'recovered', reason: string) => void
  #sinceMs: number | null = null
  #failure: Failure | null = null
  #isTold = false
  /** Another process has told that it fails, and nobody that it works again. */
  #isOwed: boolean
  /** Nearly everything is refused: what is taken in between says nothing. */
  isPoisoned = false

  constructor(
    onState: (state: 'degraded' | 'recovered', reason: string) => void,
    wasDegraded = false,
  ) {
    this.#onState = onState
    this.#isOwed = wasDegraded
  }

  get isHeld(): boolean {
    return this.#failure?.isHeld ?? false
  }

  /** Null where all is well, as far as anybody has to know. */
  get reason(): string | null {
    if (!this.#isTold || this.#failure === null || this.#sinceMs === null) return null
    const { why, isHeld } = this.#failure
    const since = new Date(this.#sinceMs).toISOString()
    return `Since ${since}: ${why} ${isHeld ? TRIED_AGAIN : WAITS}`
  }

  /** What fails and what would help, told of or not; null where nothing does. */
  get cause(): string | null {
    return this.#failure?.why ?? null
  }

  failed(failure: Failure): void {
    this.#sinceMs ??= failure.fromMs
    this.#failure = failure
    if (this.#isTold || (!failure.isHeld && failure.untilMs - this.#sinceMs < QUIET_MS)) return
    this.#isTold = true
    this.#onState('degraded', this.reason ?? failure.why)
  }

  /** Something was taken. */
  worked(where: string): void {
    if (this.isPoisoned) return
    ;[this.#sinceMs, this.#failure] = [null, null]
    if (!this.#isTold && !this.#isOwed) return
    this.#isTold = false
    this.#isOwed = false
    this.#onState('recovered', `${where} takes what is sent to it again.`)
  }
}
