// Rounds: every tool once on the same capture, one after the other. A tool's cost is compared with
// that of the base tool in the same round, since the machine changes between rounds more than
// within one.

import { closeSync, mkdirSync, openSync, readSync, rmSync } from 'node:fs'
import { type Cost, measure, type Output, type Workplace } from './measure.ts'
import type { Job, Tool } from './tools.ts'

export interface Series {
  readonly tool: Tool
  readonly costs: readonly Cost[]
  /** Why the tool was given up after its first failure; null where it was not. */
  readonly failure: string | null
}

export interface Summary {
  readonly name: string
  readonly rounds: number
  readonly cpuS: number
  readonly wallS: number
  readonly peakMb: number | null
  readonly packetsPerS: number
  /**
   * Median over the rounds of this tool's processor time by the base tool's; null without a base.
   */
  readonly cpuRatio: number | null
}

/** Runs all tools `rounds` times; calls `told` after each run. */
export async function runRounds(
  tools: readonly Tool[],
  job: Job,
  place: Workplace,
  rounds: number,
  told: (tool: Tool, round: number, cost: Cost) => void,
): Promise<Series[]> {
  const series = tools.map(tool => ({ tool, costs: [] as Cost[], failure: null as string | null }))
  warm(job.capture)
  for (let round = 1; round <= rounds; round++) {
    for (const one of series) {
      if (one.failure !== null) continue
      emptied(job.scratch)
      const cost = await measure(one.tool.command(job), place, outputOf(one.tool))
      told(one.tool, round, cost)
      if (one.tool.goodCodes.includes(cost.exitCode)) one.costs.push(cost)
      else one.failure = failureOf(cost)
    }
  }
  return series
}

/** Medians of each tool, and its ratio to the base tool paired by round. */
export function summarise(all: readonly Series[], baseName: string, packets: number): Summary[] {
  const base = all.find(({ tool }) => tool.name === baseName)
  return all
    .filter(({ costs }) => costs.length > 0)
    .map(({ tool, costs }) => {
      const wallS = median(costs.map(cost => cost.wallS))
      const peaks = costs.flatMap(({ peakMb }) => (peakMb === null ? [] : [peakMb]))
      return {
        name: tool.name,
        rounds: costs.length,
        cpuS: median(costs.map(({ cpuS }) => cpuS)),
        wallS,
        peakMb: peaks.length === 0 ? null : median(peaks),
        packetsPerS: packets / wallS,
        cpuRatio: pairedRatio(costs, base?.costs ?? []),
      }
    })
}

/** The middle value, or the mean of the two middle ones; NaN of nothing. */
function median(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other)
  const middle = sorted.length >> 1
  const upper = sorted[middle] ?? Number.NaN
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2
}

function pairedRatio(costs: readonly Cost[], base: readonly Cost[]): number | null {
  const ratios = costs.flatMap(({ cpuS }, round) => {
    const pair = base[round]
    return pair === undefined ? [] : [cpuS / pair.cpuS]
  })
  return ratios.length === 0 ? null : median(ratios)
}

const outputOf = ({ flowCount }: Tool): Output => (flowCount === null ? 'dropped' : 'kept')

function failureOf({ exitCode, said }: Cost): string {
  const last = said.trim().split('\n').at(-1) ?? ''
  return `ended with ${exitCode}${last === '' ? '' : `: ${last.slice(0, 120)}`}`
}

function emptied(folder: string): void {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
}

const WARM_BYTES = 1 << 20

/** Reads the file once, so that the first tool does not pay for the disk. */
function warm(path: string): void {
  const descriptor = openSync(path, 'r')
  const buffer = new Uint8Array(WARM_BYTES)
  while (readSync(descriptor, buffer) > 0);
  closeSync(descriptor)
}
