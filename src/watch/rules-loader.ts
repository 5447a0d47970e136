// The rules that a running monitor judges by, and which sensor each interface is.

import { RULES } from '../commands/files.ts'
import { loadRules, type Rules } from '../commands/rules.ts'
import { Compliance } from '../compliance.ts'
import { type PlacedInterfaces, placedIn } from '../config/watch-interfaces.ts'
import type { WatchedInterface } from '../model/watch-config.ts'
import type { RulesInForce } from './protocol.ts'

export interface Loaded extends Rules, PlacedInterfaces {}

/** @throws UsageError with every problem of policy and site, or of sensors that are named and not declared. */
export function loadFor(
  rules: string | null,
  siteFile: string,
  interfaces: readonly WatchedInterface[],
): Loaded {
  const loaded = loadRules(rules ?? RULES, siteFile)
  return { ...loaded, ...placedIn(loaded.site, interfaces) }
}

export const complianceOf = ({ policy, site, sensors }: Loaded): Compliance =>
  new Compliance(policy, site, sensors)

export const inForce = ({ policy, site, sensors }: Loaded, generation: number): RulesInForce => ({
  generation,
  policy: { id: policy.id, hash: policy.hash, webexRanges: policy.webex.version },
  site: { name: site.name, hash: site.hash },
  sensors,
})
