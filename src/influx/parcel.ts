// A point on its way to InfluxDB, with where in the store it came from; and how many go together.

import { lineOf } from './line-protocol.ts'
import type { InfluxPoint } from './writer.ts'

export interface Parcel {
  readonly point: InfluxPoint
  /** Of the entry or the point, as the store counts them. */
  readonly number: number
  /** Null where nothing of it can be written. */
  readonly line: string | null
  readonly bytes: number
}

export function parcelOf(number: number, point: InfluxPoint): Parcel {
  const line = lineOf(point)
  return { point, number, line, bytes: line === null ? 0 : Buffer.byteLength(line) + 1 }
}

const POINTS_MAX = 5_000
const BYTES_MAX = 1_000_000

/** How much is sent at a time: fewer bytes for good when a server says that they are too many. */
export class Portion {
  readonly points = POINTS_MAX
  bytes = BYTES_MAX
  /** The most that was taken: a point that is too large by itself does not make all others go alone. */
  #provenBytes = 0

  /** The first of them that go together; at least one. */
  first(parcels: readonly Parcel[]): readonly Parcel[] {
    let bytes = 0
    const end = parcels.findIndex((parcel, at) => {
      bytes += parcel.bytes
      return at >= this.points || (at > 0 && bytes > this.bytes)
    })
    return end < 0 ? parcels : parcels.slice(0, end)
  }

  /** These were taken together. */
  proved(parcels: readonly Parcel[]): void {
    this.#provenBytes = Math.max(this.#provenBytes, bytesOf(parcels))
  }

  /** These were too much. */
  halve(parcels: readonly Parcel[]): void {
    this.bytes = Math.ceil(bytesOf(parcels) / 2)
  }

  /** A single one was too much: the others may go as before. */
  restore(): void {
    this.bytes = Math.max(this.bytes, this.#provenBytes)
  }
}

const bytesOf = (parcels: readonly Parcel[]): number =>
  parcels.reduce((sum, { bytes }) => sum + bytes, 0)
