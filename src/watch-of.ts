// What watchers may ask of the policy and the site at work, and what they tell them.

import type { Compliance } from './compliance.ts'
import { seenBy } from './concern.ts'
import type { Site } from './model/inventory.ts'
import type { Policy } from './model/policy.ts'
import { readable } from './model/time.ts'
import type { Watch } from './watchers/watcher.ts'

export function watchOf(compliance: Compliance, policy: Policy, site: Site): Watch {
  const { inventory, evidence, modes, findings, statements, news } = compliance
  const { sensors } = compliance.book.conditions
  return {
    ...{ site, policy, sensors, sees: seenBy(sensors) },
    place: address => inventory.place(address),
    isVisible: (a, b) => evidence.isVisible(a, b),
    modeOf: web => modes.view(web),
    sinceEpochNs: unixSeconds => (unixSeconds - compliance.epochSeconds) * 1e9,
    timeText: ns => readable(compliance.epochSeconds, ns),
    observe: observation => {
      const { source, destination } = observation
      const opened = findings.observe(observation, evidence.visibility(source, destination))
      if (opened !== undefined) news.open(opened)
    },
    measure: row => news.measure(row),
    kept: (statement, ns) => statements.keep(statement, ns),
    blind: (statement, reason) => statements.blind(statement, reason),
  }
}
