// What an InfluxDB holds, and what the store says that it should hold, each point by what InfluxDB tells points apart by.

import { entryPoints, storedPoint } from '../../src/influx/points.ts'
import type { InfluxPoint } from '../../src/influx/writer.ts'
import { EXPORTED } from '../../src/model/measurement.ts'
import type { NumberedEntry } from '../../src/model/store.ts'
import { byText } from '../../src/model/text.ts'
import type { DuckStore } from '../../src/store/store.ts'
import type { Influxd } from '../support/influxd.ts'
import { inStore } from './store-of.ts'

const PAGE = 5_000
const ENTRIES_MAX = 100_000
const NS_PER_MS = 1_000_000n

/** `mp_flow,row=I-01,... 1772446500000000000`, sorted; each once, as InfluxDB keeps them. */
export async function keysIn(
  influxd: Influxd,
  database = 'mpwatch',
  auth: string | null = null,
): Promise<readonly string[]> {
  const keys: string[] = []
  for (const measurement of Object.keys(EXPORTED)) {
    const statement = `SELECT * FROM "${measurement}" GROUP BY *`
    for (const { tags = {}, values } of await influxd.query(statement, database, auth))
      for (const [time] of values) keys.push(keyOf(measurement, tags, nanosOf(String(time))))
  }
  return keys.sort(byText)
}

/** The same of everything that the store has to say; twice the same key is twice in it. */
export const keysOf = (folder: string, site: string): Promise<readonly string[]> =>
  inStore(folder, async store => {
    const entries = await store.entriesAfter(0, ENTRIES_MAX, ['finding', 'blind'])
    const points = [
      ...(await storedIn(store)),
      ...entries.filter(isLast).flatMap(entry => entryPoints(entry, site)),
    ]
    return points
      .map(({ measurement, tags, timeNs }) => keyOf(measurement, tags, timeNs))
      .sort(byText)
  })

async function storedIn(store: DuckStore): Promise<readonly InfluxPoint[]> {
  const points: InfluxPoint[] = []
  for (let last = 0; ; ) {
    const page = await store.pointsAfter(last, PAGE)
    points.push(...page.map(storedPoint))
    if (page.length < PAGE) return points
    last = page.at(-1)?.number ?? last
  }
}

/** The end of a blind interval is told at its beginning again. */
const isLast = ({ entry }: NumberedEntry<'finding' | 'blind'>): boolean =>
  entry.kind === 'finding' || entry.interval.toMs !== null

function keyOf(measurement: string, tags: InfluxPoint['tags'], timeNs: bigint): string {
  const named = Object.entries(tags).filter(([, value]) => value !== '')
  const sorted = named.map(([name, value]) => `${name}=${value}`).sort(byText)
  return `${[measurement, ...sorted].join(',')} ${timeNs}`
}

/** RFC 3339, as InfluxQL answers it: a fraction of up to nine digits. */
function nanosOf(time: string): bigint {
  const [, whole = '', fraction = ''] = /^([^.]+?)(?:\.(\d+))?Z$/.exec(time) ?? []
  return BigInt(Date.parse(`${whole}Z`)) * NS_PER_MS + BigInt(fraction.padEnd(9, '0'))
}
