// mpwatch ack, unack, suppress, maintenance, end, reload: what people do about findings, and with the rules.

import type { Command } from 'commander'
import type { DeskPort, DeskStatus, Quiet } from '../../model/desk.ts'
import { UsageError } from '../../model/errors.ts'
import type { Scope } from '../../model/lifecycle.ts'
import { counted } from '../../model/text.ts'
import { harmless, momentText } from '../../report/terminal-common.ts'
import { scopeText, storedLines } from '../../report/terminal-stored.ts'
import { helpNotes } from '../help.ts'
import {
  ACK_NOTES,
  END_NOTES,
  MAINTENANCE_NOTES,
  RELOAD_NOTES,
  SUPPRESS_NOTES,
  UNACK_NOTES,
} from './notes.ts'
import { sinceMsOf } from './reading.ts'
import { named, type ScopeOptions, scopeOf, withScope } from './scope.ts'
import { room, show, tell } from './show.ts'
import { lengthOf, momentOf } from './times.ts'
import { authorOf, type OpenDesk, type WhereOptions, withDesk, withWhere } from './where.ts'

const PREVIEW_MS = 7 * 86_400_000
const PREVIEW_SHOWN = 5
const REFUSED = 2

interface SaidOptions extends WhereOptions {
  readonly comment: string
  readonly author?: string
}

export function actingCommands(
  program: Command,
  leave: (code: number) => void,
  open: OpenDesk,
): void {
  ackCommand(program, open)
  unackCommand(program, open)
  suppressCommand(program, open)
  maintenanceCommand(program, open)
  endCommand(program, open)
  reloadCommand(program, leave, open)
}

const withAuthor = (command: Command): Command =>
  command.option('--author <name>', 'who says so; your user name if nobody is named')

function ackCommand(program: Command, open: OpenDesk): void {
  const command = program
    .command('ack')
    .summary('acknowledge findings: somebody has seen them')
    .description(
      'Acknowledges findings: they wake nobody until they change, that is until they are more severe or ten times as many. All of them, or none.',
    )
    .argument('<id...>', 'findings by their ids, or by as much as no other begins with')
    .requiredOption('--comment <text>', 'what you know, for those who come after you')
    .addHelpText('after', helpNotes(ACK_NOTES))
  withWhere(withAuthor(command)).action((names: string[], options: SaidOptions) =>
    withDesk(options, open, async desk => {
      const ids = await idsOf(desk, names)
      await desk.acknowledge(ids, saidBy(options))
      await show([`Acknowledged: ${ids.join(' ')}`])
    }),
  )
}

function unackCommand(program: Command, open: OpenDesk): void {
  const command = program
    .command('unack')
    .summary('take an acknowledgement back')
    .description('Takes acknowledgements back: what happens next to these findings wakes people.')
    .argument('<id...>', 'findings, as for ack')
    .option('--comment <text>', 'why', '')
    .addHelpText('after', helpNotes(UNACK_NOTES))
  withWhere(withAuthor(command)).action((names: string[], options: SaidOptions) =>
    withDesk(options, open, async desk => {
      const ids = await idsOf(desk, names)
      await desk.unacknowledge(ids, saidBy(options))
      await show([`No longer acknowledged: ${ids.join(' ')}`])
    }),
  )
}

const idsOf = async (desk: DeskPort, names: readonly string[]): Promise<readonly string[]> =>
  (await named(desk, names)).map(({ finding }) => finding.id)

const saidBy = ({ author, comment }: SaidOptions) => ({ author: authorOf(author), comment })

interface QuietOptions extends WhereOptions, ScopeOptions {
  readonly for?: number
  readonly from?: number
  readonly until?: number
  readonly reason: string
  readonly author?: string
  readonly preview?: boolean
}

const withEnd = (command: Command): Command =>
  withWhere(withAuthor(withScope(command)))
    .option('--finding <id...>', 'findings by their ids, or by as much as no other begins with')
    .option('--for <length>', 'how long: 30m, 8h, 7d', lengthOf)
    .option('--until <time>', 'or until when, with its zone: 2026-03-02T18:00:00Z', momentOf)
    .requiredOption('--reason <text>', 'why, in at least ten characters')

function suppressCommand(program: Command, open: OpenDesk): void {
  const command = program
    .command('suppress')
    .summary('wake nobody for certain findings, for a while')
    .description(
      'Holds the pages of the findings that fit all that is said. They are counted and kept as before. Tells what it would have hit in the last 7 days.',
    )
    .option('--preview', 'only tell what it would have hit')
    .addHelpText('after', helpNotes(SUPPRESS_NOTES))
  withEnd(command).action((options: QuietOptions) =>
    withDesk(options, open, async desk => {
      const quiet = await quietOf(desk, options)
      if (Object.keys(quiet.scope).length === 0)
        throw new UsageError(
          'Say what to suppress: --row, --node, --finding and the like. For everything, announce maintenance.',
        )
      await show(await previewLines(desk, quiet.scope))
      if (options.preview === true) return
      const { id, untilMs, scope } = await desk.suppress(quiet)
      await show(
        harmless([`${id}: ${scopeText(scope)} wakes nobody until ${momentText(untilMs)}.`]),
      )
    }),
  )
}

function maintenanceCommand(program: Command, open: OpenDesk): void {
  const command = program
    .command('maintenance')
    .summary('announce work: pages are held while it lasts')
    .description(
      'Announces a window of maintenance: pages of findings that fit, or of all where nothing is said, are held, and the timeline shows it.',
    )
    .option('--from <time>', 'when it begins, with its zone; now if nobody says', momentOf)
    .addHelpText('after', helpNotes(MAINTENANCE_NOTES))
  withEnd(command).action((options: QuietOptions) =>
    withDesk(options, open, async desk => {
      const { id, scope, fromMs, untilMs } = await desk.maintain(await quietOf(desk, options))
      const window = `${momentText(fromMs)} to ${momentText(untilMs)}`
      await show(harmless([`${id}: ${scopeText(scope)} wakes nobody from ${window}.`]))
    }),
  )
}

async function quietOf(desk: DeskPort, options: QuietOptions): Promise<Quiet> {
  const { reason, author, from = null } = options
  const ids = await idsOf(desk, options.finding ?? [])
  const untilMs = untilOf(options, await desk.status())
  return { scope: scopeOf(options, ids), reason, author: authorOf(author), fromMs: from, untilMs }
}

/** A length of time counts from the beginning, by the monitor's own clock. */
function untilOf(options: QuietOptions, { atMs }: DeskStatus): number {
  const { for: lengthMs, until, from = atMs } = options
  if (lengthMs !== undefined && until === undefined) return from + lengthMs
  if (lengthMs === undefined && until !== undefined) return until
  throw new UsageError('Say how long: --for 8h, or --until 2026-03-02T18:00:00Z.')
}

async function previewLines(desk: DeskPort, scope: Scope): Promise<readonly string[]> {
  const filter = { ...scope, sinceMs: await sinceMsOf(desk, { lengthMs: PREVIEW_MS }) }
  const total = await desk.countFindings(filter)
  const first = await desk.findings({ ...filter, limit: PREVIEW_SHOWN, offset: 0 })
  const heading = `In the last 7 days it would have hit ${counted(total, 'finding')}.`
  return total === 0 ? [heading] : [heading, ...storedLines(harmless(first), total, room()), '']
}

function endCommand(program: Command, open: OpenDesk): void {
  const command = program
    .command('end')
    .summary('end suppressions and windows of maintenance before their time')
    .description('Ends them at once: what happens next wakes people.')
    .argument('<id...>', 'as "mpwatch suppressions" lists them: s-… and m-…')
    .addHelpText('after', helpNotes(END_NOTES))
  withWhere(withAuthor(command)).action((ids: string[], options: SaidOptions) =>
    withDesk(options, open, async desk => {
      for (const id of ids) {
        await desk.end(id, authorOf(options.author))
        await show(harmless([`Ended: ${id}`]))
      }
    }),
  )
}

function reloadCommand(program: Command, leave: (code: number) => void, open: OpenDesk): void {
  const command = program
    .command('reload')
    .summary('let the monitor read its rules again')
    .description(
      'Reads policy, site and configuration again. Where anything is wrong with them, everything is told, and those before stay in force.',
    )
    .addHelpText('after', helpNotes(RELOAD_NOTES))
  withWhere(command).action((options: WhereOptions) =>
    withDesk(options, open, async desk => {
      const { isLoaded, policyHash, siteHash, problems } = await desk.reload()
      if (isLoaded) await show(harmless(['Loaded.', `policy ${policyHash}`, `site ${siteHash}`]))
      else {
        for (const problem of problems) tell(problem)
        tell('Refused; the rules before stay in force.')
        leave(REFUSED)
      }
    }),
  )
}
