// The rules that a running monitor judges by, and which sensor each interface is.

import { loadRules, type Rules, sensorOf } from '../commands/rules.ts'
import { Compliance } from '../compliance.ts'
import { UsageError } from '../model/errors.ts'
import type { RulesInForce } from './protocol.ts'

export interface Loaded extends Rules {
  /** Names in the order of the site file; none where it declares none, or nobody says which. */
  readonly sensors: readonly string[]
  /** Of each interface, or each replayed capture: index into `sensors`, 0 where there are none. */
  readonly sensorOf: readonly number[]
}

/** @throws UsageError with every problem of policy, site, and sensors that are named and not declared. */
export function loadFor(
  rules: string,
  siteFile: string,
  named: readonly (string | null)[],
): Loaded {
  const loaded = loadRules(rules, siteFile)
  const { site } = loaded
  const names = named.map(name => sensorOf(site, name ?? undefined))
  const known = names.filter(name => name !== null)
  if (known.length > 0 && known.length < names.length)
    throw new UsageError(
      'Either every interface names its sensor, or none does: NAME=INTERFACE for each.',
    )
  const sensors = site.sensors.map(({ name }) => name).filter(name => known.includes(name))
  const indexes = names.map(name => Math.max(0, name === null ? 0 : sensors.indexOf(name)))
  return { ...loaded, sensors, sensorOf: indexes }
}

export const complianceOf = ({ policy, site, sensors }: Loaded): Compliance =>
  new Compliance(policy, site, sensors)

export const inForce = ({ policy, site, sensors }: Loaded, generation: number): RulesInForce => ({
  generation,
  policy: { id: policy.id, hash: policy.hash },
  site: { name: site.name, hash: site.hash },
  sensors,
})
