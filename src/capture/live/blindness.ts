// The blind intervals of one interface: one for each cause at a time. Where one begins is a point of Unix time, as
// packets have it; how long it lasts is measured by the monotonic clock, so that no jump of the wall clock makes
// it negative or ten years long.

import type { BlindCause, BlindInterval } from '../../model/live.ts'

interface Open {
  readonly interval: BlindInterval
  /** Of the monotonic clock. */
  readonly fromMs: number
}

export interface Blinded {
  readonly cause: BlindCause
  readonly detail: string
  /** When it began, by the monotonic clock. */
  readonly sinceMs: number
  /** The same in Unix time, where something else than the computer's clock tells it. */
  readonly fromMs?: number | null
}

export class Blindness {
  private readonly open = new Map<BlindCause, Open>()
  private readonly name: string
  private readonly sensor: string
  private readonly onChange: (interval: BlindInterval) => void

  constructor(name: string, sensor: string, onChange: (interval: BlindInterval) => void) {
    this.name = name
    this.sensor = sensor
    this.onChange = onChange
  }

  get isAny(): boolean {
    return this.open.size > 0
  }

  has(cause: BlindCause): boolean {
    return this.open.has(cause)
  }

  /** Does nothing where an interval of that cause is open. */
  begin({ cause, detail, sinceMs, fromMs = null }: Blinded): void {
    if (this.open.has(cause)) return
    const from = Math.round(fromMs ?? Date.now() - (performance.now() - sinceMs))
    const interval: BlindInterval = {
      id: `${this.name}:${cause}:${from}`,
      sensor: this.sensor,
      interface: this.name,
      ...{ cause, fromMs: from, toMs: null, detail },
    }
    this.open.set(cause, { interval, fromMs: sinceMs })
    this.onChange(interval)
  }

  /** What is known of it now, told with its end. */
  amend(cause: BlindCause, text: string): void {
    const open = this.open.get(cause)
    if (open === undefined) return
    const detail = `${open.interval.detail} ${text}`
    this.open.set(cause, { ...open, interval: { ...open.interval, detail } })
  }

  /** Does nothing where none is open. `untilMs` by the monotonic clock. */
  end(cause: BlindCause, untilMs: number = performance.now()): void {
    const open = this.open.get(cause)
    if (open === undefined) return
    this.open.delete(cause)
    const lastedMs = Math.max(0, Math.round(untilMs - open.fromMs))
    this.onChange({ ...open.interval, toMs: open.interval.fromMs + lastedMs })
  }

  endAll(): void {
    for (const cause of [...this.open.keys()]) this.end(cause)
  }
}
