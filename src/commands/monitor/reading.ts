// mpwatch status, findings, suppressions: what the monitor knows.

import { type Command, InvalidArgumentError, Option } from 'commander'
import type { DeskPort } from '../../model/desk.ts'
import type { FindingEvent, StoredFinding } from '../../model/lifecycle.ts'
import { MS_MAX } from '../../model/store.ts'
import { harmless } from '../../report/terminal-common.ts'
import { quietedLines, statusLines } from '../../report/terminal-status.ts'
import { type ShownEvents, storedInFull, storedLines } from '../../report/terminal-stored.ts'
import { helpNotes } from '../help.ts'
import { FINDINGS_NOTES, STATUS_NOTES, SUPPRESSIONS_NOTES } from './notes.ts'
import { type Asking, allRows } from './pages.ts'
import { named, type ScopeOptions, scopeOf, withScope } from './scope.ts'
import { room, show, showJson } from './show.ts'
import { type When, whenOf } from './times.ts'
import { type OpenDesk, type WhereOptions, withDesk, withWhere } from './where.ts'

const LIMIT_DEFAULT = 50
const LIMIT_MAX = 1000
const EVENTS_MAX = 1000

interface Json {
  readonly json?: boolean
}

export function readingCommands(program: Command, open: OpenDesk): void {
  statusCommand(program, open)
  findingsCommand(program, open)
  suppressionsCommand(program, open)
}

function statusCommand(program: Command, open: OpenDesk): void {
  const command = program
    .command('status')
    .summary('say how things stand with the monitor')
    .description('Says whether what is watched is compliant, who sees, and what is kept.')
    .option('--json', 'one JSON object in place of the text')
    .addHelpText('after', helpNotes(STATUS_NOTES))
  withWhere(command).action((options: WhereOptions & Json) =>
    withDesk(options, open, async desk => {
      const status = await desk.status()
      if (options.json === true) await showJson(status)
      else await show(statusLines(harmless(status), room()))
    }),
  )
}

interface FindingsOptions extends WhereOptions, ScopeOptions, Json {
  readonly state?: StoredFinding['state']
  readonly since?: When
  readonly limit: number
}

function findingsCommand(program: Command, open: OpenDesk): void {
  const command = program
    .command('findings')
    .summary('list findings of the monitor, or tell everything about one')
    .description(
      'Lists findings, the worst first, then the latest; of one, tells everything that is known, with its history.',
    )
    .argument('[id]', 'a finding by its id, or by as much as no other begins with')
    .addOption(new Option('--state <word>', 'only such').choices(['open', 'closed']))
    .option('--since <time>', 'only those seen since: 8h, 7d, or a time with its zone', whenOf)
    .option('--limit <number>', 'list so many', limitOf, LIMIT_DEFAULT)
    .option('--json', 'one JSON object in place of the table')
    .addHelpText('after', helpNotes(FINDINGS_NOTES))
  withWhere(withScope(command)).action((id: string | undefined, options: FindingsOptions) =>
    withDesk(options, open, desk =>
      id === undefined ? listed(desk, options) : inFull(desk, id, options),
    ),
  )
}

async function listed(desk: DeskPort, options: FindingsOptions): Promise<void> {
  const { state, since, limit, json } = options
  const filter = {
    ...scopeOf(options),
    ...(state === undefined ? {} : { state }),
    ...(since === undefined ? {} : { sinceMs: await sinceMsOf(desk, since) }),
  }
  const findings = await desk.findings({ ...filter, limit, offset: 0 })
  const total = findings.length < limit ? findings.length : await desk.countFindings(filter)
  if (json === true) await showJson({ total, findings })
  else await show(storedLines(harmless(findings), total, room()))
}

async function inFull(desk: DeskPort, name: string, { json }: Json): Promise<void> {
  const [stored] = await named(desk, [name])
  if (stored === undefined) return
  const { events, leftOut } = await latestEvents(desk, stored.finding.id)
  if (json === true) await showJson({ finding: stored, events, events_left_out: leftOut })
  else await show(storedInFull(harmless(stored), { events: harmless(events), leftOut }, room()))
}

/** The latest of its history, the oldest of them first, and how many came before. */
async function latestEvents(desk: DeskPort, id: string): Promise<ShownEvents> {
  const events: FindingEvent[] = []
  let leftOut = 0
  const asking: Asking<FindingEvent> = {
    ask: query => desk.events({ ...query, id }),
    timeMs: ({ captureMs }) => captureMs,
    ...{ limit: EVENTS_MAX, onFull: () => {} },
  }
  for await (const event of allRows(asking, { fromMs: 0, toMs: MS_MAX })) {
    events.push(event)
    if (events.length <= EVENTS_MAX) continue
    events.shift()
    leftOut += 1
  }
  return { events, leftOut }
}

/** A length of time counts back from the capture clock, by which findings have their times. */
export async function sinceMsOf(desk: DeskPort, since: When): Promise<number> {
  if ('atMs' in since) return since.atMs
  const { captureMs, atMs } = await desk.status()
  return (captureMs ?? atMs) - since.lengthMs
}

function limitOf(text: string): number {
  const limit = /^\d{1,4}$/.test(text) ? Number(text) : 0
  if (limit < 1 || limit > LIMIT_MAX)
    throw new InvalidArgumentError(`Give a number from 1 to ${LIMIT_MAX}.`)
  return limit
}

function suppressionsCommand(program: Command, open: OpenDesk): void {
  const command = program
    .command('suppressions')
    .summary('list what holds pages back: suppressions and windows of maintenance')
    .description('Lists suppressions and windows of maintenance that are in force, or will be.')
    .option('--json', 'one JSON object in place of the text')
    .addHelpText('after', helpNotes(SUPPRESSIONS_NOTES))
  withWhere(command).action((options: WhereOptions & Json) =>
    withDesk(options, open, async desk => {
      const quieted = await desk.quieted()
      if (options.json === true) await showJson(quieted)
      else await show(quietedLines(harmless(quieted), room()))
    }),
  )
}
