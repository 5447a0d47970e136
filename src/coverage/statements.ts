// The statements of the document in its own order: every row and statement of the rules but what practice
// adds, by the parts into which reports divide them.

import type { Cite, Policy } from '../model/policy.ts'

export interface Listed {
  readonly id: string
  readonly section: string
  readonly cite: Cite
  readonly says: string
}

/** The first letter of an id, in the order of the document. */
const LETTERS = 'WTIOMSF'

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

const sectionOf = (id: string, { server }: Cite): string =>
  SECTIONS[id.charAt(0)] ?? SERVERS[server ?? ''] ?? 'Incoming'

/** `I-06` before `I-06.1` before `I-07`. */
const byPlace = (one: string, other: string): number =>
  LETTERS.indexOf(one.charAt(0)) - LETTERS.indexOf(other.charAt(0)) ||
  Number(one.slice(2)) - Number(other.slice(2))
