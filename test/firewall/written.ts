// Rule files of a site and a policy, with the evaluator of each format.

import { type Format, written as format } from '../../src/firewall/format.ts'
import { ruleSetOf } from '../../src/firewall/rule-set.ts'
import { spansOf } from '../../src/firewall/spans.ts'
import type { Site } from '../../src/model/inventory.ts'
import type { Policy } from '../../src/model/policy.ts'
import { conditionsOf, Rulebook } from '../../src/policy/rulebook.ts'
import { evaluatorOf as asa } from './asa.ts'
import { evaluatorOf as csv } from './csv.ts'
import { evaluatorOf as iptables } from './iptables.ts'
import { evaluatorOf as nftables } from './nftables.ts'
import type { Evaluator } from './packet.ts'

const EVALUATORS: Readonly<Record<Format, (text: string) => Evaluator>> = {
  nftables,
  iptables,
  asa,
  csv,
}

/** The file of all rows; where `wanted` is given, of those and of what says the same as they. */
export function ruleFile(
  policy: Policy,
  site: Site,
  name: Format,
  wanted: ReadonlySet<string> | null = null,
): string {
  const book = new Rulebook(policy, conditionsOf(site, []))
  const ruleSet = ruleSetOf(book, spansOf(site, policy.webex.ranges), wanted)
  return format(name, ruleSet, { before: [], after: [] })
}

export const evaluator = (name: Format, text: string): Evaluator => EVALUATORS[name](text)
