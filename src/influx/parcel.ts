// A point on its way to InfluxDB, with where in the store it came from; and how many go together.

import type { ExportedName } from '../model/measurement.ts'
import type { InfluxPoint } from './writer.ts'

export interface Parcel {
  readonly point: InfluxPoint
  /** Of the entry or the point, as the store counts them. */
  readonly number: number
  /** Null where nothing of it can be written. */
  readonly line: string | null
  readonly bytes: number
}

export const parcelOf = (number: number, point: InfluxPoint, line: string | null): Parcel => ({
  ...{ point, number, line },
  bytes: line === null ? 0 : Buffer.byteLength(line) + 1,
})

export const measurementOf = ({ point }: Parcel): ExportedName => point.measurement

const POINTS_MAX = 5_000
const BYTES_MAX = 1_000_000

/** How much is sent at a time: halved for good when a server says that it is too much. */
export class Portion {
  points = POINTS_MAX
  bytes = BYTES_MAX
  /** What the server has taken, so that one point that is too large by itself does not make all others go alone. */
  #proven = { points: 1, bytes: BYTES_MAX }
  #isProven = false

  /** The first of them that go together; at least one. */
  first(parcels: readonly Parcel[]): readonly Parcel[] {
    let bytes = 0
    const end = parcels.findIndex((parcel, at) => {
      bytes += parcel.bytes
      return at >= this.points || (at > 0 && bytes > this.bytes)
    })
    return end < 0 ? parcels : parcels.slice(0, end)
  }

  /** These were taken. */
  proved(): void {
    this.#proven = { points: this.points, bytes: this.bytes }
    this.#isProven = true
  }

  /** These were too much. */
  halve(parcels: readonly Parcel[]): void {
    const bytes = parcels.reduce((sum, parcel) => sum + parcel.bytes, 0)
    this.points = Math.max(1, Math.ceil(parcels.length / 2))
    this.bytes = Math.max(1, Math.ceil(bytes / 2))
  }

  /** A single one was too much: the others may go as before. */
  restore(): void {
    if (this.#isProven) Object.assign(this, this.#proven)
  }
}
