// What is said of points that an InfluxDB does not take since it would throw them away for their age.

import { counted } from '../../model/text.ts'
import type { InfluxConfig } from '../../model/watch-config.ts'

/** Nothing where there are none. */
export function tooOldNotes(
  { url, database }: Pick<InfluxConfig, 'url' | 'database'>,
  count: number,
): readonly string[] {
  if (count === 0) return []
  const are = count === 1 ? 'is' : 'are'
  return [
    `${counted(count, 'point')} ${are} older than ${database} keeps anything, by its retention policy. Old captures go into a database that keeps them: mpwatch export influx --setup --keep-days 0 --influx ${url}/audits makes one.`,
  ]
}
