// Keeps the bound of series: a point whose series is none of those that the bound counts, or one too many of a budget, goes
// into a series that all such points share. It keeps its moment, so that it overwrites nothing else of a finding.

import type { ExportedName } from '../model/measurement.ts'
import { EXPORTED, OTHER } from '../model/measurement.ts'
import { KEPT_TAGS, type SeriesGrounds, type Shapes, shapesOf, type Tags } from './series.ts'
import type { InfluxPoint } from './writer.ts'

export class Admission {
  #site: string
  #shapes: Shapes
  /** Series of budgets that are told apart, by measurement. */
  readonly #admitted = new Map<ExportedName, Set<string>>()
  /** Points that went into a shared series. */
  collapsed = 0

  constructor(grounds: SeriesGrounds) {
    this.#site = grounds.site.name
    this.#shapes = shapesOf(grounds)
  }

  /** From now on these are the rules; series of budgets that were admitted stay so. */
  replace(grounds: SeriesGrounds): void {
    this.#site = grounds.site.name
    this.#shapes = shapesOf(grounds)
  }

  /** Takes series that an InfluxDB has, or will have, from earlier runs: those of the store. */
  seed(series: Iterable<Pick<InfluxPoint, 'measurement' | 'tags'>>): void {
    for (const { measurement, tags } of series) this.#isAdmitted(measurement, tags)
  }

  /** The point as it may be written. */
  admit(point: InfluxPoint): InfluxPoint {
    const { measurement, tags } = point
    if (this.#isAdmitted(measurement, tags)) return point
    const shared = this.#shared(measurement, tags)
    // What has come together before is no more than it was.
    if (Object.entries(shared).some(([name, value]) => tags[name] !== value)) this.collapsed += 1
    return { ...point, tags: shared }
  }

  #isAdmitted(measurement: ExportedName, tags: Tags): boolean {
    const { has, series, isBudget } = this.#shapes[measurement]
    if (tags['site'] !== this.#site || !has(tags)) return false
    if (isBudget !== true) return true
    const admitted = this.#admitted.get(measurement) ?? new Set()
    this.#admitted.set(measurement, admitted)
    const key = tagNames(measurement)
      .map(name => tags[name])
      .join('\n')
    if (!admitted.has(key) && admitted.size < series) admitted.add(key)
    return admitted.has(key)
  }

  #shared(measurement: ExportedName, tags: Tags): Tags {
    const kept = Object.entries(KEPT_TAGS[measurement] ?? {})
    const isKnown = kept.every(([name, values]) => values.includes(tags[name] ?? ''))
    const keptNames = isKnown ? kept.map(([name]) => name) : []
    return {
      site: tags['site'] === this.#site ? this.#site : OTHER,
      ...Object.fromEntries(
        tagNames(measurement).map(name => [
          name,
          keptNames.includes(name) ? (tags[name] ?? OTHER) : OTHER,
        ]),
      ),
    }
  }
}

/** All but the site. */
const tagNames = (measurement: ExportedName): readonly string[] => [
  'sensor',
  ...EXPORTED[measurement].tags,
]
