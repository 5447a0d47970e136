// mpwatch export findings, flows, points, events: what the monitor keeps, as JSON, JSON lines or CSV.

import { type Command, Option } from 'commander'
import type { DeskPort } from '../../model/desk.ts'
import { assert, UsageError } from '../../model/errors.ts'
import type { FindingEvent, StoredFinding } from '../../model/lifecycle.ts'
import type { FlowRow, Point } from '../../model/live.ts'
import { MEASUREMENTS, type MeasurementName } from '../../model/measurement.ts'
import type { Period } from '../../model/store.ts'
import {
  EVENTS,
  EXPORT_FORMATS,
  type ExportFormat,
  exported,
  FINDINGS,
  FLOWS,
  type Kind,
  pointsKind,
} from '../../report/exports.ts'
import { TextOutput } from '../../sinks/text-output.ts'
import { helpNotes } from '../help.ts'
import { ROWS_NOTES } from '../monitor/notes.ts'
import { allRows } from '../monitor/pages.ts'
import { momentOf, whenOf } from '../monitor/times.ts'
import { type OpenDesk, type WhereOptions, withDesk, withWhere } from '../monitor/where.ts'
import { onFull, type PeriodOptions, periodOf } from './period.ts'

// So many of each are a few megabytes.
const FINDINGS_AT_ONCE = 500
const EVENTS_AT_ONCE = 500
const ROWS_AT_ONCE = 5000
const FLUSH_PIECES = 500
const MEASUREMENT_NAMES = Object.keys(MEASUREMENTS) as MeasurementName[]

interface RowsOptions extends WhereOptions, PeriodOptions {
  readonly format: ExportFormat
  readonly output: string
  readonly state?: StoredFinding['state']
  readonly measurement?: MeasurementName
}

/** The rows of one kind, and how they are written. */
interface Rows<Row> {
  readonly rows: AsyncIterable<Row>
  readonly kind: Kind<Row>
}

/** Below `mpwatch export`. */
export function rowsCommands(program: Command, open: OpenDesk): void {
  rowsCommand(program, open, 'findings', 'findings', (desk, options, period) => ({
    rows: allFindings(desk, options, period),
    kind: FINDINGS,
  })).addOption(new Option('--state <word>', 'only such').choices(['open', 'closed']))
  rowsCommand(program, open, 'events', 'the history of findings', (desk, _, period) => ({
    rows: allRows<FindingEvent>(
      {
        ask: query => desk.events(query),
        ...{ timeMs: ({ captureMs }) => captureMs, limit: EVENTS_AT_ONCE, onFull },
      },
      period,
    ),
    kind: EVENTS,
  }))
  rowsCommand(program, open, 'flows', 'judged flows', (desk, _, period) => ({
    rows: allRows<FlowRow>(
      {
        ask: query => desk.flows(query),
        ...{ timeMs: ({ firstUs }) => firstUs / 1000, limit: ROWS_AT_ONCE, onFull },
      },
      period,
    ),
    kind: FLOWS,
  }))
  rowsCommand(program, open, 'points', 'time series', (desk, { measurement, format }, period) => {
    if (measurement === undefined && format === 'csv')
      throw new UsageError(
        'Points of one measurement only have the same columns: add --measurement.',
      )
    const names = measurement === undefined ? MEASUREMENT_NAMES : [measurement]
    return { rows: allPoints(desk, names, period), kind: pointsKind(names[0] ?? 'mp_flow') }
  }).addOption(new Option('--measurement <name>', 'only this one').choices(MEASUREMENT_NAMES))
}

function rowsCommand<Row>(
  program: Command,
  open: OpenDesk,
  name: string,
  what: string,
  rowsOf: (desk: DeskPort, options: RowsOptions, period: Period) => Rows<Row>,
): Command {
  const command = program
    .command(name)
    .summary(`write ${what} that a monitor keeps`)
    .description(`Writes ${what} that a monitor keeps, for other programs.`)
    .addOption(
      new Option('--format <word>', 'how').choices(EXPORT_FORMATS).default('jsonl' as const),
    )
    .option('--since <time>', 'from then on: 8h, 7d, or a time with its zone', whenOf)
    .option('--before <time>', 'until then, with its zone', momentOf)
    .option('--output <file>', 'write to this file', '-')
    .addHelpText('after', helpNotes(ROWS_NOTES))
  return withWhere(command).action((options: RowsOptions) =>
    withDesk(options, open, async desk => {
      const period = await periodOf(desk, options)
      const { rows, kind } = rowsOf(desk, options, period)
      await write(exported(rows, kind, options.format), options.output)
    }),
  )
}

/** Their ids never change, so that each comes once, however findings change meanwhile. */
async function* allFindings(
  desk: DeskPort,
  { state }: RowsOptions,
  { fromMs, toMs }: Period,
): AsyncGenerator<StoredFinding> {
  const filter = { ...(state === undefined ? {} : { state }), sinceMs: fromMs }
  let afterId = 'f-'
  for (;;) {
    const page = await desk.findings({ ...filter, limit: FINDINGS_AT_ONCE, offset: 0, afterId })
    for (const stored of page) {
      assert(stored.finding.id > afterId, 'pages of findings are in the order of their ids')
      afterId = stored.finding.id
      if (stored.firstOpenedMs < toMs) yield stored
    }
    if (page.length < FINDINGS_AT_ONCE) return
  }
}

async function* allPoints(
  desk: DeskPort,
  names: readonly MeasurementName[],
  period: Period,
): AsyncGenerator<Point> {
  for (const measurement of names)
    yield* allRows<Point>(
      {
        ask: query => desk.points({ ...query, measurement }),
        ...{ timeMs: ({ timeUs }) => timeUs / 1000, limit: ROWS_AT_ONCE, onFull },
      },
      period,
    )
}

/** What reads may be slow; nothing more is asked for until it has taken what there is. */
async function write(pieces: AsyncIterable<string>, path: string): Promise<void> {
  const output = new TextOutput(path)
  let count = 0
  for await (const piece of pieces) {
    output.write(piece)
    count += 1
    if (count % FLUSH_PIECES === 0) await output.flush()
  }
  await output.close()
}
