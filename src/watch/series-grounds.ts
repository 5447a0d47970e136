// What the series of a site follow from, of rules and a site as they were loaded.

import type { SeriesGrounds } from '../influx/series.ts'
import type { Site } from '../model/inventory.ts'
import type { Policy } from '../model/policy.ts'
import { Inventory } from '../policy/inventory.ts'

/** `interfaces` as the site's sensors are told of them; none for an audit. */
export function seriesGrounds(
  { policy, site }: { readonly policy: Policy; readonly site: Site },
  sensors: readonly string[],
  interfaces: SeriesGrounds['interfaces'] = [],
): SeriesGrounds {
  const inventory = new Inventory(site, policy.webex.ranges)
  return { policy, site, sensors, interfaces, place: address => inventory.place(address) }
}
