// Where an audit is kept: in the store that was named, or in one for a while where it is only to be sent on.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { influxFrom } from '../../config/influx.ts'
import { checkSeries, seriesBound, seriesText } from '../../influx/series.ts'
import type { Site } from '../../model/inventory.ts'
import type { Policy } from '../../model/policy.ts'
import type { Result } from '../../model/result.ts'
import type { Period } from '../../model/store.ts'
import { seriesGrounds } from '../../watch/series-grounds.ts'
import { type Fed, feed } from './feed.ts'
import { type Audited, AuditStore, refuseUnstorable } from './store.ts'

export interface KeptOptions {
  readonly store?: string
  readonly influx?: string
  readonly hash: boolean
  readonly follow?: boolean
  readonly quiet: boolean
}

interface Rules {
  readonly policy: Policy
  readonly site: Site
}

/** Sends what the audit has left in its store. */
export type FeedResult = (result: Result) => Promise<Fed>

/**
 * What `work` gives, with the store open; one for a while is removed then.
 *
 * @throws UsageError where there can be no such store, or no such InfluxDB.
 */
export async function withStore<Value>(
  captures: readonly { readonly path: string }[],
  options: KeptOptions,
  { policy, ...audited }: Omit<Audited, 'policyHash' | 'site'> & Rules,
  work: (kept: AuditStore, feed: FeedResult | null) => Promise<Value>,
): Promise<Value> {
  const { store, influx } = options
  refuseUnstorable(
    store === undefined ? '--influx' : '--store',
    captures.map(({ path }) => path),
    options,
  )
  const config = influx === undefined ? null : influxFrom(influx, process.env)
  const folder = store ?? mkdtempSync(join(tmpdir(), 'mpwatch-audit-'))
  try {
    const kept = await AuditStore.open(folder, { ...audited, policyHash: policy.hash })
    try {
      if (config === null) return await work(kept, null)
      const grounds = seriesGrounds({ policy, site: audited.site }, audited.sensors)
      const bound = seriesBound(grounds)
      checkSeries(bound, config.seriesMax, '--influx')
      if (!options.quiet) process.stderr.write(`${seriesText(bound, config.seriesMax)}\n`)
      return await work(kept, result =>
        feed({
          ...{ config, store: kept.store, folder, grounds },
          ...{ isKept: store !== undefined, isQuiet: options.quiet },
          period: periodOf(result),
        }),
      )
    } finally {
      await kept.close()
    }
  } finally {
    if (store === undefined) rmSync(folder, { recursive: true, force: true })
  }
}

function periodOf({ observed: { first, last } }: Result): Period | null {
  if (first === null || last === null) return null
  return { fromMs: Date.parse(first), toMs: Date.parse(last) + 1 }
}
