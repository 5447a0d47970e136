// Sensors that have lost one of two directions, as intervals in which they are blind.

import type { BlindInterval } from '../model/live.ts'
import { OTHER } from '../model/measurement.ts'
import type { OneWay } from '../one-way-watch.ts'
import { unixMillis } from './rows.ts'

export class OneWayIntervals {
  /** Until when each of those that are still remembered lasted, as it was told last. */
  #told: ReadonlyMap<string, number | null> = new Map()

  /** Those that began or ended since this was last asked. `epochSeconds`: from when the stretches count. */
  news(
    stretches: readonly OneWay[],
    epochSeconds: number,
    sensors: readonly string[],
  ): readonly BlindInterval[] {
    const all = stretches.map(stretch => intervalOf(stretch, epochSeconds, sensors))
    const told = this.#told
    this.#told = new Map(all.map(({ id, toMs }) => [id, toMs]))
    return all.filter(({ id, toMs }) => !told.has(id) || told.get(id) !== toMs)
  }
}

function intervalOf(
  { sensor: index, fromNs, untilNs }: OneWay,
  epochSeconds: number,
  sensors: readonly string[],
): BlindInterval {
  const sensor = sensors[index] ?? OTHER
  const fromMs = unixMillis(epochSeconds, fromNs)
  return {
    id: `${sensor} one_way ${fromMs}`,
    ...{ sensor, interface: null, cause: 'one_way', fromMs },
    toMs: untilNs === null ? null : unixMillis(epochSeconds, untilNs),
    detail:
      'Connections that were heard in both directions are heard in one only. Look at the mirror port, or at the link of the tap.',
  }
}
