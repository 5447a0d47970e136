// One soak: days of packets through a monitor, what it looked like on each of them, and everything that was not as
// it should be.

import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DAY_MS, FIRST_DAY_MS, writeDays } from './days.ts'
import { differences } from './differences.ts'
import { fillStore } from './fill.ts'
import { type Sample, type Watched, watched } from './watched.ts'

const SITE = ['--site', 'fixtures/day/site.yaml', '--sensor', 'core-span']
const SHORT = 'fixtures/demo/office.pcap'
/** The least that a configuration may give to metrics. */
const METRICS_MIB = 64
const MIB = 1024 * 1024
/** Beside metrics: the reserve, the journal, and the history made of it. */
const OTHERS_BYTES_MAX = 64 * MIB
const RESTART_S_MAX = 5
/** Until a program has found its size: caches of two databases fill up to their limits. */
export const WARM_UP_DAYS = 4
/** Days behind those, from which on anything is said of growth: the later half of them against the earlier. */
const GROWTH_DAYS_MIN = 5
const GROWTH_MAX = 1.05

export interface SoakOptions {
  readonly days: number
  /** A folder for everything. */
  readonly work: string
  /** Fills the store first, so that something has to go. */
  readonly fills: boolean
  readonly told: (text: string) => void
}

export interface Day {
  readonly day: number
  /** The least and the median of the day. */
  readonly leastMib: number
  readonly rssMib: number
  readonly last: Sample
}

export interface Soak {
  readonly days: readonly Day[]
  readonly findings: number
  readonly restartS: number
  /** One sentence each; none where all is well. */
  readonly faults: readonly string[]
}

export async function soak({ days, work, fills, told }: SoakOptions): Promise<Soak> {
  const [capture, store] = [join(work, 'days.pcap'), join(work, 'store')]
  const config = join(work, 'mpwatch.yaml')
  writeFileSync(config, `api_version: mpwatch/v1\nstore: {metrics_mib: ${METRICS_MIB}}\n`)
  told(`making ${days} days of packets`)
  writeDays(capture, days)
  if (fills) {
    told('filling the store')
    await fillStore(store, METRICS_MIB * MIB, FIRST_DAY_MS)
  }
  const args = ['--config', config, ...SITE]
  told('watching')
  const run = await watched(capture, store, { args, collects: true })
  told('auditing')
  const { findings, lines } = differences({ capture, store, work }, SITE)
  rmSync(capture)
  told('starting again')
  const restart = await restarted(store, args)
  const seen = daysOf(run.samples)
  const faults = [...faultsOf(run), ...growthOf(seen), ...lines, ...restart.faults]
  if (fills && (run.samples.at(-1)?.status.store.expired ?? 0) === 0)
    faults.push('The store was full, and nothing has gone.')
  return { days: seen, findings, restartS: restart.startS, faults }
}

/** Starts on what the days have left, with a short capture. */
async function restarted(store: string, args: readonly string[]) {
  const { code, startS } = await watched(SHORT, store, { args, collects: false })
  const faults = [
    ...(startS <= RESTART_S_MAX ? [] : [`The restart took ${startS.toFixed(1)} s.`]),
    ...(code === 0 ? [] : [`The restarted monitor ended with ${code}.`]),
  ]
  return { startS, faults }
}

function faultsOf({ code, samples, complaints }: Watched): string[] {
  const stores = samples.map(({ status }) => status.store)
  const isOpen = stores.some(({ rows }) => rows.offered !== rows.stored + rows.waiting + rows.lost)
  const isOver = stores.some(({ bytes, bytesMax }) => bytes > bytesMax + OTHERS_BYTES_MAX)
  return [
    ...(code === 0 ? [] : [`The monitor ended with ${code}.`]),
    ...(samples.length > 0 ? [] : ['The monitor was never seen.']),
    ...(isOpen ? ['Rows were offered that are neither stored nor waiting nor lost.'] : []),
    ...(isOver ? ['The store was above its quota.'] : []),
    ...complaints,
  ]
}

/** One for each day of packet time that was seen. */
function daysOf(samples: readonly Sample[]): readonly Day[] {
  const byDay = new Map<number, Sample[]>()
  for (const sample of samples) {
    const day = 1 + Math.floor((sample.captureMs - FIRST_DAY_MS) / DAY_MS)
    byDay.set(day, [...(byDay.get(day) ?? []), sample])
  }
  return [...byDay].flatMap(([day, ofDay]) => {
    const last = ofDay.at(-1)
    const sizes = ofDay.map(({ rssMib }) => rssMib).toSorted((one, other) => one - other)
    const [leastMib, rssMib] = [sizes[0], sizes[sizes.length >> 1]]
    const isSeen = last !== undefined && leastMib !== undefined && rssMib !== undefined
    return isSeen ? [{ day, leastMib, rssMib, last }] : []
  })
}

function growthOf(all: readonly Day[]): string[] {
  const days = all.filter(({ day }) => day > WARM_UP_DAYS)
  if (days.length < GROWTH_DAYS_MIN) return []
  const half = days.length >> 1
  const [early, late] = [meanOf(days.slice(0, half)), meanOf(days.slice(-half))]
  if (late <= early * GROWTH_MAX) return []
  return [`Memory grew from ${early.toFixed(0)} to ${late.toFixed(0)} MiB.`]
}

const meanOf = (days: readonly Day[]): number =>
  days.reduce((sum, { rssMib }) => sum + rssMib, 0) / days.length
