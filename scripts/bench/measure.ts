// Runs a command as a child and tells what it cost. The numbers come from the kernel's accounting
// of the finished child (wait4): processor and wall time through bash's `time`, which every Debian
// has and which counts milliseconds; peak memory through GNU time where the package `time` is
// installed.

import { spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'

export interface Cost {
  readonly wallS: number
  /** User and system, of the command and its children. */
  readonly cpuS: number
  /**
   * Peak resident memory of the largest process, in megabytes of 10^6 bytes; null without GNU time.
   */
  readonly peakMb: number | null
  readonly exitCode: number
  /**
   * The end of what the command wrote to standard error, and to standard output where that was
   * kept.
   */
  readonly said: string
}

export const GNU_TIME = '/usr/bin/time'

const SAID_BYTES_MAX = 64 * 1024
/** The shell's way to say that a signal ended it. */
const KILLED = 128
/**
 * Whatever the child itself writes to standard error goes by way of 3, the timing alone into the
 * file.
 */
const TIMED = `
  report=$1; shift
  TIMEFORMAT='%3R %3U %3S'
  { time "$@" 2>&3; } 3>&2 2>"$report"
`

export interface Workplace {
  /** A folder for the files in which the numbers arrive. */
  readonly folder: string
  readonly hasGnuTime: boolean
  /** Ends the running command and all measuring. */
  readonly signal: AbortSignal
}

/**
 * What becomes of a command's standard output: a large one costs its writer less where it goes
 * nowhere.
 */
export type Output = 'kept' | 'dropped'

/**
 * Runs the command to its end. Rejects where the shell cannot be started, or with the signal's
 * reason.
 */
export async function measure(
  command: readonly string[],
  place: Workplace,
  output: Output = 'dropped',
): Promise<Cost> {
  const report = join(place.folder, 'time.txt')
  const peak = join(place.folder, 'peak.txt')
  const log = join(place.folder, 'said.txt')
  const timed = place.hasGnuTime ? [GNU_TIME, '-o', peak, '-f', '%M', ...command] : command
  const exitCode = await run([report, ...timed], log, output, place.signal)
  place.signal.throwIfAborted()
  const [wallS = 0, userS = 0, systemS = 0] = lastLine(report).split(' ').map(Number)
  const cost: Cost = {
    wallS,
    cpuS: userS + systemS,
    peakMb: place.hasGnuTime ? (Number(lastLine(peak)) * 1024) / 1e6 : null,
    exitCode,
    said: readFileSync(log, 'latin1').slice(-SAID_BYTES_MAX),
  }
  for (const file of [report, peak, log]) rmSync(file, { force: true })
  return cost
}

/** The shell leads a process group of its own, so that the command ends with it. */
async function run(
  args: readonly string[],
  log: string,
  output: Output,
  signal: AbortSignal,
): Promise<number> {
  const said = openSync(log, 'w')
  const child = spawn('bash', ['-c', TIMED, 'measure', ...args], {
    stdio: ['ignore', output === 'kept' ? said : 'ignore', said],
    detached: true,
  })
  closeSync(said)
  const end = (): void => {
    if (child.pid !== undefined) process.kill(-child.pid)
  }
  signal.addEventListener('abort', end, { once: true })
  return await new Promise<number>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', code => resolve(code ?? KILLED))
  }).finally(() => signal.removeEventListener('abort', end))
}

/** GNU time puts a remark above its numbers when the command fails. */
const lastLine = (path: string): string =>
  readFileSync(path, 'latin1').trimEnd().split('\n').at(-1) ?? ''
