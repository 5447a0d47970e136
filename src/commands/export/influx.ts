// mpwatch export influx: sets an InfluxDB up, or sends what a store has of a time to it once more.

import { type Command, InvalidArgumentError } from 'commander'
import { KEEP_DAYS_MAX } from '../../config/influx-schema.ts'
import { secretReader } from '../../config/secret.ts'
import { chance } from '../../influx/clock.ts'
import { openWriter } from '../../influx/open-writer.ts'
import { Resending } from '../../influx/resending.ts'
import { refine, setUp } from '../../influx/setup.ts'
import type { InfluxPoint } from '../../influx/writer.ts'
import type { DeskPort } from '../../model/desk.ts'
import { InputError, UsageError } from '../../model/errors.ts'
import type { Period } from '../../model/store.ts'
import { counted, grouped } from '../../model/text.ts'
import type { InfluxConfig } from '../../model/watch-config.ts'
import { harmless } from '../../report/terminal-common.ts'
import { helpNotes, INTERNAL_CODE } from '../help.ts'
import { COMMAND_CLOCK } from '../influx/clock.ts'
import { keptPoints } from '../influx/kept-points.ts'
import { INFLUX_ENVIRONMENT, influxesOf } from '../influx/named.ts'
import { tooOldNotes } from '../influx/too-old.ts'
import { PATIENCE_MS, waitingFor } from '../influx/waiting.ts'
import { show, tell } from '../monitor/show.ts'
import { momentOf, whenOf } from '../monitor/times.ts'
import { type OpenDesk, type WhereOptions, withDesk, withWhere } from '../monitor/where.ts'
import { onFull, type PeriodOptions, periodOf } from './period.ts'

interface InfluxOptions extends WhereOptions, PeriodOptions {
  readonly influx?: string
  readonly setup?: boolean
  readonly keepDays?: number
}

/**
 * Below `mpwatch export`.
 *
 * @param patienceMs How long it waits while nothing moves.
 */
export function influxCommand(program: Command, open: OpenDesk, patienceMs = PATIENCE_MS): void {
  const command = program
    .command('influx')
    .summary('set an InfluxDB up, or send it what a monitor keeps once more')
    .description(
      'With --setup, makes what is missing in an InfluxDB, and leaves what is there: database or buckets, how long they keep what they have, and what makes series coarser. With --since, sends it what a monitor or a store has of a time; what it has already stays as it is.',
    )
    .option('--influx <url>', 'this InfluxDB: http://host:8086, or http://host:8086/database')
    .option('--setup', 'set it up')
    .option(
      '--keep-days <days>',
      'with --setup: keep points as they are for so long; 0 is for ever',
      daysOf,
    )
    .option(
      '--since <time>',
      'send everything from then on: 8h, 7d, or a time with its zone',
      whenOf,
    )
    .option('--before <time>', 'and until then, with its zone', momentOf)
    .addHelpText('after', NOTES)
  withWhere(command).action(async (options: InfluxOptions) => {
    if ((options.setup === true) === (options.since !== undefined))
      throw new UsageError('Say what to do: --setup, or --since with a time, such as --since 7d.')
    if (options.keepDays !== undefined && options.setup !== true)
      throw new UsageError('--keep-days says what --setup is to make: give both.')
    if (options.setup === true) await setThemUp(options)
    else await sendAgain(options, open, patienceMs)
  })
}

const NOTES = helpNotes({
  examples: [
    [
      'mpwatch export influx --setup --influx http://127.0.0.1:8086',
      'Make database mpwatch, its retention policies and continuous queries.',
    ],
    [
      'mpwatch export influx --setup --keep-days 0 --influx http://127.0.0.1:8086/audits',
      'Make one for audits of old captures, which keeps everything for ever.',
    ],
    [
      'mpwatch export influx --setup --config mpwatch.yaml',
      'The same for every InfluxDB of the configuration.',
    ],
    [
      'mpwatch export influx --influx http://127.0.0.1:8086 --since 7d',
      'Send everything of a week once more, after an InfluxDB has lost it.',
    ],
  ],
  exitCodes: [
    [0, 'everything is there'],
    [2, 'usage or configuration, or the InfluxDB refuses it'],
    [3, 'the InfluxDB or the monitor cannot be reached'],
    INTERNAL_CODE,
  ],
  environment: INFLUX_ENVIRONMENT,
})

async function setThemUp({ config: file, influx: url, keepDays }: InfluxOptions): Promise<void> {
  for (const config of influxesOf(file, url)) {
    const secret = await secretReader(config)()
    for await (const { became, what } of setUp(keeping(config, keepDays), secret))
      await show(harmless([`${became.padEnd(WORD)}  ${what}`]))
  }
}

/** What is coarser is kept for as long at least. */
function keeping(config: InfluxConfig, keepDays: number | undefined): InfluxConfig {
  if (keepDays === undefined) return config
  const { keepLongDays } = config
  const isLonger = keepDays === 0 || (keepLongDays !== 0 && keepLongDays < keepDays)
  return { ...config, keepDays, keepLongDays: isLonger ? keepDays : keepLongDays }
}

function daysOf(text: string): number {
  if (!/^\d{1,5}$/.test(text) || Number(text) > KEEP_DAYS_MAX)
    throw new InvalidArgumentError(`Give whole days, from 1 to ${KEEP_DAYS_MAX}, or 0 for ever.`)
  return Number(text)
}

/** To one after the other, each as if it were the only one. */
async function sendAgain(
  options: InfluxOptions,
  open: OpenDesk,
  patienceMs: number,
): Promise<void> {
  const { config: file, influx: url } = options
  const configs = influxesOf(file, url)
  await withDesk(options, open, async desk => {
    const period = await periodOf(desk, options)
    for (const config of configs) {
      await sendTo(config, desk, { period, patienceMs })
      await makeCoarser(config, desk, period)
    }
  })
}

async function sendTo(
  config: InfluxConfig,
  desk: DeskPort,
  { period, patienceMs }: { readonly period: Period; readonly patienceMs: number },
): Promise<void> {
  const writer = openWriter(config, secretReader(config))
  const { mayCreate } = config
  const admit = (point: InfluxPoint) => point
  const sending = new Resending({ writer, clock: COMMAND_CLOCK, random: chance, mayCreate, admit })
  const { site } = await desk.status()
  const sent = () => {
    const { acked, refused, tooOld } = sending.books
    return { done: acked + refused + tooOld, pending: null }
  }
  try {
    const isAll = await waitingFor(sent, { isQuiet: false, patienceMs }, async signal => {
      signal.addEventListener('abort', () => sending.stop())
      for await (const points of keptPoints(desk, period, { site, onFull }))
        if (!(await sending.send(points))) return false
      return true
    })
    await show(
      harmless([...summary(writer.where, sending), ...tooOldNotes(config, sending.books.tooOld)]),
    )
    if (!isAll) throw failure(writer.where, sending)
  } finally {
    await writer.close()
  }
}

const summary = (where: string, { books, refusal }: Resending): readonly string[] => [
  `${where}: ${counted(books.acked, 'point')} sent, ${grouped(books.refused)} refused.`,
  ...(refusal === null ? [] : [`The first was refused since: ${refusal}`]),
]

/** What is there already is sent again the next time, and changes nothing. */
function failure(where: string, { trouble, isHeld }: Resending): Error {
  const why = (trouble ?? `${where} does not answer.`).replace(
    /^Since \S+: | It is tried again.*$/g,
    '',
  )
  const message = `Not everything was sent: ${why} Then ask for the same again.`
  return isHeld ? new UsageError(message) : new InputError(message)
}

/** What comes late is made coarser by nobody else. */
async function makeCoarser(config: InfluxConfig, desk: DeskPort, period: Period): Promise<void> {
  const { captureMs, atMs, store } = await desk.status()
  const fromMs = Math.max(period.fromMs, store.oldestMs ?? atMs)
  const toMs = Math.min(period.toMs, (captureMs ?? atMs) + 1)
  if (fromMs >= toMs) return
  try {
    const isDone = await refine(config, await secretReader(config)(), { fromMs, toMs })
    if (isDone) await show(['Series of that time were made coarser.'])
  } catch (error) {
    if (!(error instanceof UsageError || error instanceof InputError)) throw error
    tell(`The points are there, and are not made coarser: ${error.message}`)
  }
}

/** As long as the longest of `made`, `found` and `changed`. */
const WORD = 'changed'.length
