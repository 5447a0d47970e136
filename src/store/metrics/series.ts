// Tells points of one series within the same microsecond apart: the nanosecond under which a point is stored is
// fixed with it, so that whoever hands it on twice writes it to the same place.

import type { Point } from '../../model/live.ts'
import { tagsOf } from './columns.ts'

/** Moments of series that are remembered: hours of what one sensor measures. */
const MOMENTS_MAX = 16_384

export class Series {
  /** How many points a moment of a series has had; in the order in which they were last met. */
  private readonly met = new Map<string, number>()

  /** Unix nanoseconds: its microsecond, and its place among the points of its series in that. */
  next(point: Point): bigint {
    const moment = momentOf(point)
    const place = this.met.get(moment) ?? 0
    this.keep(moment, place + 1)
    return BigInt(Math.round(point.timeUs)) * 1000n + BigInt(place)
  }

  /** A point that was stored by an earlier process. */
  remember(point: Point, timeNs: bigint): void {
    const moment = momentOf(point)
    const place = Number(timeNs - BigInt(point.timeUs) * 1000n) + 1
    this.keep(moment, Math.max(place, this.met.get(moment) ?? 0))
  }

  private keep(moment: string, places: number): void {
    this.met.delete(moment)
    this.met.set(moment, places)
    if (this.met.size <= MOMENTS_MAX) return
    const [oldest] = this.met.keys()
    if (oldest !== undefined) this.met.delete(oldest)
  }
}

const momentOf = ({ measurement, tags, timeUs }: Point): string =>
  JSON.stringify([measurement, Math.round(timeUs), ...tagsOf(measurement).map(tag => tags[tag])])
