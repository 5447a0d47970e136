// Counts that never go back, though what they are read from begins again: with new rules a ledger starts from zero,
// and a finding that was told early may be none.

export type Labels = Readonly<Record<string, string>>

interface Series {
  readonly labels: Labels
  /** What earlier generations counted. */
  before: number
  /** The highest that this one has. */
  latest: number
  /** In which generation it was set last. */
  generation: number
}

/** Of one metric. Labels are from closed sets, so that this is reached by a fault of ours alone. */
const SERIES_MAX = 1000

export class Totals {
  readonly #metrics = new Map<string, Map<string, Series>>()
  #generation = 0
  /** Counts that were not kept, since their metric has too many series. */
  leftOut = 0

  /** What begins again with this generation is added to what those before counted. */
  begin(generation: number): void {
    this.#generation = generation
  }

  /** Adds to a count. */
  add(name: string, labels: Labels, more: number): void {
    const series = this.#seriesOf(name, labels)
    if (series !== null) series.latest += Math.max(0, more)
  }

  /** Sets a count that is of this process as a whole. */
  put(name: string, labels: Labels, value: number): void {
    const series = this.#seriesOf(name, labels)
    if (series !== null) series.latest = Math.max(series.latest, value)
  }

  /** Sets a count that may begin again with a generation; within one it stays at its highest. */
  putOfGeneration(name: string, labels: Labels, value: number): void {
    const series = this.#seriesOf(name, labels)
    if (series === null) return
    if (series.generation !== this.#generation && value < series.latest) {
      series.before += series.latest
      series.latest = 0
    }
    series.generation = this.#generation
    series.latest = Math.max(series.latest, value)
  }

  *read(name: string): Generator<readonly [labels: Labels, total: number]> {
    for (const { labels, before, latest } of this.#metrics.get(name)?.values() ?? [])
      yield [labels, before + latest]
  }

  #seriesOf(name: string, labels: Labels): Series | null {
    const metric = this.#metrics.get(name) ?? new Map<string, Series>()
    this.#metrics.set(name, metric)
    const key = JSON.stringify(labels)
    const known = metric.get(key)
    if (known !== undefined) return known
    if (metric.size >= SERIES_MAX) {
      this.leftOut += 1
      return null
    }
    const series = { labels, before: 0, latest: 0, generation: this.#generation }
    metric.set(key, series)
    return series
  }
}
