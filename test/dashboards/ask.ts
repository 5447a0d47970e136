// A panel's InfluxQL as Grafana would send it: its variables filled in, for everything that there is in the shown time.

import { type Row, rowsOf, type Series } from '../../dashboards/source/answer.ts'
import { influxqlOf } from '../../dashboards/source/influxql.ts'
import type { Query } from '../../dashboards/source/query.ts'
import type { Influxd } from '../support/influxd.ts'

export interface Chosen {
  readonly fromMs: number
  readonly toMs: number
  readonly everyMs: number
  /** As Grafana writes what was chosen into a regular expression. */
  readonly site?: string
  readonly sensor?: string
  readonly severity?: string
}

/** The text with every variable filled; throws for one that nobody knows. */
export function filledIn(text: string, chosen: Chosen): string {
  const { fromMs, toMs, everyMs, site = '.*', sensor = '.*', severity = '.*' } = chosen
  const values: Readonly<Record<string, string>> = {
    $timeFilter: `time >= ${fromMs}ms AND time <= ${toMs}ms`,
    $__interval_ms: String(everyMs),
    $__interval: `${everyMs}ms`,
    '${resolution}': 'raw',
    ...{ $site: site, $sensor: sensor, $severity: severity },
  }
  return text.replace(/\$(?:\{\w+\}|\w+)/g, variable => {
    const value = values[variable]
    if (value === undefined) throw new Error(`nobody defines ${variable}`)
    return value
  })
}

/** The rows that a panel with this query shows. */
export async function rowsFrom(
  influxd: Influxd,
  database: string,
  query: Query,
  chosen: Chosen,
): Promise<readonly Row[]> {
  const answers: (readonly Series[])[] = []
  for (const { text } of influxqlOf(query))
    answers.push(await influxd.query(filledIn(text, chosen), database))
  return rowsOf(query, answers)
}
