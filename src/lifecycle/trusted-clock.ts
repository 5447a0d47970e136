// The monitor's own clock. It goes with the monotonic one, so that no jump of the wall clock moves it: what ends at
// some moment neither ends early nor lives on (faults.md F11). While the wall clock merely drifts it is followed,
// since over months the two would part by minutes. A machine that sleeps has jumped when it wakes.

/** Both clocks of the computer, read at the same moment, in milliseconds. */
export interface Reading {
  readonly wallMs: number
  readonly monotonicMs: number
}

/** What must be kept to go on behind a restart. */
export interface ClockMark {
  readonly atMs: number
  readonly wallMs: number
}

/** How far the wall clock jumped, forwards where positive. */
export interface ClockJump {
  readonly byMs: number
}

/** Between two looks, a smaller difference is drift. */
const DRIFT_MS_MAX = 2_000
/** Drift that piles up beyond this is a jump in small steps. */
const PENDING_MS_MAX = 60_000
/** Of the time in which the monitor stood still: no clock of a computer runs worse. */
const DRIFT_SHARE_MAX = 0.001
/** The clock follows at no more than this share of the time that passes. */
const SLEW_MAX = 0.1
/** Longer, or negative, is no time in which the monitor stood still, but another wall clock. */
const STANDSTILL_MS_MAX = 30 * 86_400_000

export class TrustedClock {
  readonly #read: () => Reading
  #last: Reading
  /** The trusted time at the last look, and the latest that was ever told. */
  #atMs: number
  #toldMs: number
  /** Drift that is not yet followed. */
  #pendingMs = 0
  #jump: ClockJump | null = null

  /**
   * `mark` is the last one that was kept by an earlier run; null where there was none. `sinceMarkMs` is how long ago
   * that was by a clock that nobody can set; null where none tells, and the one on the wall has to.
   */
  constructor(read: () => Reading, mark: ClockMark | null, sinceMarkMs: number | null = null) {
    this.#read = read
    this.#last = read()
    this.#atMs =
      mark === null ? this.#last.wallMs : mark.atMs + this.#stoodStill(mark.wallMs, sinceMarkMs)
    this.#toldMs = this.#atMs
  }

  /** Unix milliseconds; never less than before. */
  now(): number {
    const { monotonicMs } = this.#read()
    const passedMs = Math.max(0, monotonicMs - this.#last.monotonicMs)
    this.#toldMs = Math.max(this.#toldMs, Math.floor(this.#atMs + passedMs))
    return this.#toldMs
  }

  /**
   * Compares the clocks: about once a second. Tells of each jump once, and of one that must have lain between this
   * run and the one before.
   */
  look(): ClockJump | null {
    const reading = this.#read()
    const passedMs = Math.max(0, reading.monotonicMs - this.#last.monotonicMs)
    const driftMs = reading.wallMs - this.#last.wallMs - passedMs
    const jumpMs = this.#follow(driftMs)
    const slewMs = Math.min(SLEW_MAX * passedMs, Math.abs(this.#pendingMs))
    const stepMs = Math.sign(this.#pendingMs) * slewMs
    this.#pendingMs -= stepMs
    this.#atMs += passedMs + stepMs
    this.#last = reading
    const jump = jumpMs === 0 ? this.#jump : { byMs: jumpMs + (this.#jump?.byMs ?? 0) }
    this.#jump = null
    return jump
  }

  /** To be kept at least every minute. */
  mark(): ClockMark {
    return { atMs: this.now(), wallMs: this.#read().wallMs }
  }

  /** How long, in milliseconds; notes by how much the wall clock says otherwise. */
  #stoodStill(wallMs: number, sinceMarkMs: number | null): number {
    const byWallMs = this.#last.wallMs - wallMs
    if (sinceMarkMs === null) {
      const isCredible = byWallMs >= 0 && byWallMs <= STANDSTILL_MS_MAX
      if (!isCredible) this.#jump = { byMs: byWallMs }
      return isCredible ? byWallMs : 0
    }
    const driftMs = byWallMs - sinceMarkMs
    if (Math.abs(driftMs) <= Math.max(DRIFT_MS_MAX, DRIFT_SHARE_MAX * sinceMarkMs))
      this.#pendingMs = driftMs
    else this.#jump = { byMs: driftMs }
    return sinceMarkMs
  }

  /** Notes the drift, and gives what of it is a jump. */
  #follow(driftMs: number): number {
    if (Math.abs(driftMs) > DRIFT_MS_MAX) return driftMs
    this.#pendingMs += driftMs
    if (Math.abs(this.#pendingMs) <= PENDING_MS_MAX) return 0
    const jumpMs = this.#pendingMs
    this.#pendingMs = 0
    return jumpMs
  }
}
