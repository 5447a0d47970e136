// What an exporter needs of whatever writes to an InfluxDB: one try to write a batch, and what became of it. Nothing here
// retries: the reaction to each answer is the exporter's (faults.md 3.4).

import type { Point } from '../model/live.ts'
import type { ExportedName } from '../model/measurement.ts'

/** A point on its way: the nanosecond was fixed when it was stored, so that a second try overwrites the first. */
export interface InfluxPoint extends Pick<Point, 'tags' | 'fields'> {
  readonly measurement: ExportedName
  readonly timeNs: bigint
}

/** What a server said; `status` 0 where nothing came back: refused, reset, timed out. */
export interface Answer {
  readonly status: number
  /** The first 256 characters of what it said, safe to log; empty where it said nothing. */
  readonly text: string
  /** As asked for by `Retry-After`. */
  readonly retryAfterMs: number | null
}

export interface InfluxWriter {
  /** Where it writes, without any secret. */
  readonly where: string
  /** One request. Never rejects for what a server or a network does. */
  write(points: readonly InfluxPoint[]): Promise<Answer>
  /** Makes the database, where version and rights allow it; whether it is there now. */
  createDatabase(): Promise<boolean>
  /** Forgets the secret it has read, since it was refused, so that a new one is taken up without a restart. */
  forgetSecret(): void
  close(): Promise<void>
}
