// Which findings are meant, as options say it.

import { type Command, Option } from 'commander'
import type { DeskPort } from '../../model/desk.ts'
import { UsageError } from '../../model/errors.ts'
import { SEVERITIES } from '../../model/finding.ts'
import type { Scope, StoredFinding } from '../../model/lifecycle.ts'

export interface ScopeOptions {
  readonly finding?: readonly string[]
  readonly row?: readonly string[]
  readonly verdict?: readonly string[]
  readonly because?: readonly string[]
  readonly severity?: readonly string[]
  readonly node?: readonly string[]
  readonly source?: readonly string[]
  readonly destination?: readonly string[]
}

export const withScope = (command: Command): Command =>
  command
    .option('--row <id...>', 'rows of the policy, such as I-31')
    .option('--node <name...>', 'nodes of the site, or role@zone, at either end')
    .option('--source <name...>', 'the same, where the traffic comes from')
    .option('--destination <name...>', 'the same, where it goes to')
    .option('--verdict <word...>', 'verdicts, such as escaped')
    .option('--because <word...>', 'reasons of verdicts, such as over_exposed')
    .addOption(new Option('--severity <word...>', 'severities').choices([...SEVERITIES]))

/** @param ids Of the findings that were named, in full. */
export function scopeOf(options: ScopeOptions, ids: readonly string[] = []): Scope {
  const { row, verdict, because, severity, node, source, destination } = options
  const members: Readonly<Record<keyof Scope, readonly string[] | undefined>> = {
    ids: ids.length === 0 ? undefined : ids,
    rows: row,
    verdicts: verdict,
    reasons: because,
    severities: severity,
    nodes: node,
    sources: source,
    destinations: destination,
  }
  return Object.fromEntries(Object.entries(members).filter(([, words]) => words !== undefined))
}

const ID = /^f-[0-9a-f]{12}$/
const BEGINNING = /^f-[0-9a-f]{1,11}$/
const SHOWN_MAX = 64

/** The findings that are named by their ids, or by as much as no other begins with; each once. */
export async function named(
  desk: DeskPort,
  names: readonly string[],
): Promise<readonly StoredFinding[]> {
  const found = new Map<string, StoredFinding>()
  for (const name of names) {
    const stored = await namedOne(desk, name)
    found.set(stored.finding.id, stored)
  }
  return [...found.values()]
}

async function namedOne(desk: DeskPort, name: string): Promise<StoredFinding> {
  const [one, other] = await beginning(desk, name)
  if (one === undefined)
    throw new UsageError(
      `No finding is called "${name.slice(0, SHOWN_MAX)}". "mpwatch findings" lists them.`,
    )
  if (other !== undefined)
    throw new UsageError(
      `"${name}" may be ${one.finding.id} or ${other.finding.id}. Give more of it.`,
    )
  return one
}

/** Two at the most. Ids behind a beginning, in their order, have it first. */
async function beginning(desk: DeskPort, name: string): Promise<readonly StoredFinding[]> {
  if (ID.test(name)) return desk.find([name])
  if (!BEGINNING.test(name)) return []
  const next = await desk.findings({ limit: 2, offset: 0, afterId: name })
  return next.filter(({ finding }) => finding.id.startsWith(name))
}
