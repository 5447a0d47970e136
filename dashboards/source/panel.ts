// The nouns of the boards: what a panel shows, and how much room it has. Nothing here knows Grafana or InfluxDB.

import type { Query } from './query.ts'

export type PanelKind =
  | 'stat' // a few large numbers
  | 'lines' // numbers over time
  | 'bars' // counts over time, one upon the other
  | 'states' // words over time
  | 'ranks' // a bar for each word of a tag, the longest first
  | 'table'

/** `none` is a number that counts nothing, like a port. */
export type Unit = 'none' | 'count' | 'ms' | 's' | 'percent' | 'perSecond' | 'bytes'

/** A line beyond which something is wrong, and where the number comes from. */
export interface Limit {
  readonly value: number
  readonly says: string
}

export interface Panel {
  readonly title: string
  /** What it shows, how it is made, its unit, and where its limit comes from. */
  readonly says: string
  readonly kind: PanelKind
  readonly unit: Unit
  readonly query: Query
  /** In columns of 24; panels of one row have the same height, in steps of 38 pixels. */
  readonly width: number
  readonly height: number
  readonly limit?: Limit
  /** Of either sign: the axis does not begin at zero. */
  readonly isSigned?: true
  /** What stands there where the query has no rows. Blind is never zero, and nothing found is no failure. */
  readonly empty: string
}

export interface Board {
  /** Stable: part of the address, and of the file's name. */
  readonly uid: string
  readonly title: string
  /** The question that it answers. */
  readonly says: string
  readonly panels: readonly Panel[]
  /** People choose severities on it. */
  readonly hasSeverity?: true
}

/** The limits of the document that are drawn. */
export const ROUND_TRIP_LIMIT: Limit = {
  value: 100,
  says: '100 ms: S-07, between Web Servers and Application Servers',
}
export const LOSS_LIMIT: Limit = {
  value: 1,
  says: '1 %: S-08, between Web Servers and Application Servers',
}
/** Above it what is lost on the way cannot be told from what the capture lost (faults.md F17). */
export const DROPS_LIMIT: Limit = {
  value: 0.1,
  says: '0.1 %: beyond it a sensor counts as blind, and path loss is not judged',
}

/** In how many columns a board of Grafana is laid out. */
export const COLUMNS = 24

/** Panels with their places: each as high up as it fits, and there as far to the left. */
export function placed<Sized extends Pick<Panel, 'width' | 'height'>>(
  panels: readonly Sized[],
  columns = COLUMNS,
): readonly (Sized & { readonly x: number; readonly y: number })[] {
  const filled = new Array<number>(columns).fill(0)
  return panels.map(panel => {
    const places = filled
      .slice(0, columns - panel.width + 1)
      .map((_, x) => ({ x, y: Math.max(...filled.slice(x, x + panel.width)) }))
    const place = places.reduce((best, one) => (one.y < best.y ? one : best))
    filled.fill(place.y + panel.height, place.x, place.x + panel.width)
    return { ...panel, ...place }
  })
}
