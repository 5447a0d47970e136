// What an audit leaves in its store goes on to an InfluxDB, by the exporter of the monitor: the store is what is sent again
// where something fails. Without --store it is one for a while, in the folder of the system for such.

import { join } from 'node:path'
import { secretReader } from '../../config/secret.ts'
import { chance } from '../../influx/clock.ts'
import { lettersIn } from '../../influx/dead-letters.ts'
import { Exporter } from '../../influx/exporter.ts'
import { openWriter } from '../../influx/open-writer.ts'
import type { SeriesGrounds } from '../../influx/series.ts'
import { refine } from '../../influx/setup.ts'
import { InputError, UsageError } from '../../model/errors.ts'
import type { OutputState } from '../../model/output.ts'
import type { Period } from '../../model/store.ts'
import { counted } from '../../model/text.ts'
import type { InfluxConfig } from '../../model/watch-config.ts'
import type { DuckStore } from '../../store/store.ts'
import { admissionFor } from '../../watch/output-series.ts'
import { COMMAND_CLOCK } from '../influx/clock.ts'
import { tooOldNotes } from '../influx/too-old.ts'
import { waitingFor } from '../influx/waiting.ts'

/** Where what a server refuses for good is kept, in the folder of the store. */
const DEAD_LETTERS = 'dead-letters'
const STOP_MS = 1_000
/** What takes a server longer to make coarser is left to who sets it up. */
const REFINED_MS_MAX = 31 * 86_400_000

export interface Feed {
  readonly config: InfluxConfig
  readonly store: DuckStore
  readonly folder: string
  /** What series follow from. */
  readonly grounds: SeriesGrounds
  /** The store stays, so that what is not sent can be sent later. */
  readonly isKept: boolean
  readonly isQuiet: boolean
  readonly patienceMs?: number
  /** The time of the captures; null where there was no packet. */
  readonly period: Period | null
}

/** What became of it. */
export interface Fed {
  readonly notes: readonly string[]
  readonly isFailed: boolean
  /** It can never work as it is configured. */
  readonly isUnusable: boolean
}

/** Kept when everything is there, or nobody waits for it any longer. */
export async function feed(options: Feed): Promise<Fed> {
  const { config, store, folder, grounds, isQuiet, patienceMs } = options
  const begunMs = COMMAND_CLOCK.now()
  const admission = await admissionFor(grounds, store)
  const secretOf = secretReader(config)
  const exporter = new Exporter({
    ...{ config, store, site: grounds.site.name, clock: COMMAND_CLOCK, random: chance },
    writer: openWriter(config, secretOf),
    deadLetters: join(folder, DEAD_LETTERS),
    admit: point => admission.admit(point),
    // What becomes of it is told once, at the end.
    onState: () => undefined,
    onLost: () => undefined,
  })
  const waiting = { isQuiet, ...(patienceMs === undefined ? {} : { patienceMs }) }
  const running = exporter.run()
  try {
    const { isDone, isGivenUp } = await waitingFor(
      () => sentOf(exporter.state()),
      waiting,
      async signal => ({
        isDone: await Promise.race([exporter.drained(signal), running.then(() => false)]),
        isGivenUp: signal.aborted,
      }),
    )
    const sent = { ...exporter.state(), cause: exporter.cause, tooOld: exporter.tooOld }
    return isDone ? await arrived(options, sent, begunMs) : failed(options, sent, !isGivenUp)
  } finally {
    await exporter.stop(STOP_MS)
  }
}

interface Sent extends OutputState {
  /** What fails; null where nothing does. */
  readonly cause: string | null
  /** Points that are older than the database keeps anything. */
  readonly tooOld: number
}

const sentOf = ({ books }: OutputState) => ({
  done: books.acked + books.deadLettered + books.expired,
  pending: books.pending,
})

async function arrived(
  options: Feed,
  { where, books, name, tooOld }: Sent,
  begunMs: number,
): Promise<Fed> {
  const path = join(options.folder, DEAD_LETTERS, `influx-${name}.jsonl`)
  const refused = await firstRefusal(path, begunMs)
  return {
    notes: [
      `${where}: ${counted(books.acked, 'point')} sent.`,
      ...(books.deadLettered === 0
        ? []
        : [`${where}: ${counted(books.deadLettered, 'point')} refused${refused}.`]),
      ...tooOldNotes(options.config, tooOld),
      ...(await refinedNotes(options)),
    ],
    isFailed: false,
    isUnusable: false,
  }
}

/** Points of captures come too late for what makes them coarser on the server. */
async function refinedNotes({ config, period }: Feed): Promise<readonly string[]> {
  if (period === null || period.toMs - period.fromMs > REFINED_MS_MAX) return []
  try {
    await refine(config, await secretReader(config)(), period)
    return []
  } catch (error) {
    if (!(error instanceof UsageError || error instanceof InputError)) throw error
    return [`The points are there, and are not made coarser: ${error.message}`]
  }
}

function failed(
  { isKept, config }: Feed,
  { where, books, cause, tooOld }: Sent,
  isUnusable: boolean,
): Fed {
  const later = isKept
    ? 'They are in the store: the same audit, or mpwatch export influx --since, sends them.'
    : 'With --store they would be kept, for mpwatch export influx --since to send them later.'
  return {
    notes: [
      `${counted(books.pending, 'point')} are not in the InfluxDB. ${cause ?? `${where} does not answer.`}`,
      ...tooOldNotes(config, tooOld),
      later,
    ],
    isFailed: true,
    isUnusable,
  }
}

/** Of the file with points that a server has refused, what it said of the first of them since that time. */
async function firstRefusal(path: string, sinceMs: number): Promise<string> {
  for await (const { text, time } of lettersIn(path))
    if (Date.parse(time) >= sinceMs) return text === '' ? '' : `, the first since: ${text}`
  return ''
}
