// The statements of the document in its own order: every row and statement of the rules but what practice
// adds, by the parts into which reports divide them.

import type { Cite, Policy } from '../model/policy.ts'
import { byText } from '../model/text.ts'

export interface Listed {
  readonly id: string
  readonly section: string
  readonly cite: Cite
  readonly says: string
}

/** The parts of the document by the first letter of their ids, in its order; then a number. */
const LETTERS = 'WTIOMSF'
const OF_DOCUMENT = /^[WTIOMSF]-\d\d(\.\d)?$/

/** A row that somebody added to the policy. */
const BESIDE = 'Beside the document'

const SECTIONS: Readonly<Record<string, string>> = {
  W: 'WebEx exceptions',
  T: 'Rules around the port tables',
  O: 'Outgoing',
  M: 'Application to Media Server',
  S: 'Application to Web Server',
  F: 'Failover',
}

/** The incoming table has a part for each server; the last two are short and share theirs. */
const SERVERS: Readonly<Record<string, string>> = {
  'Application Server': 'Incoming · Application Server',
  'Media Server': 'Incoming · Media Server',
  'Web Server': 'Incoming · Web Server',
  'Microsoft Office Communicator': 'Incoming · Communicator, Sametime',
  'IBM Lotus Sametime': 'Incoming · Communicator, Sametime',
}

/** All statements of the policy, in the order of the document. */
export function statementsOf(policy: Policy): readonly Listed[] {
  const rows = policy.rows.filter(({ kind }) => kind !== 'practice')
  return [...rows, ...policy.statements.values()]
    .map(({ id, cite, says }) => ({ id, section: sectionOf(id, cite), cite, says }))
    .sort((one, other) => byPlace(one.id, other.id))
}

function sectionOf(id: string, { server }: Cite): string {
  if (!OF_DOCUMENT.test(id)) return BESIDE
  return SECTIONS[id.charAt(0)] ?? SERVERS[server ?? ''] ?? BESIDE
}

/** `I-06` before `I-06.1` before `I-07`, and what is not the document's after all. */
function byPlace(one: string, other: string): number {
  const isOwn = [one, other].map(id => OF_DOCUMENT.test(id))
  if (isOwn.includes(false)) return Number(isOwn[1]) - Number(isOwn[0]) || byText(one, other)
  return (
    LETTERS.indexOf(one.charAt(0)) - LETTERS.indexOf(other.charAt(0)) ||
    Number(one.slice(2)) - Number(other.slice(2))
  )
}
