// The command line of the benchmark.

import { parseArgs } from 'node:util'
import { UsageError } from '../../src/model/errors.ts'
import { CAPTURE_NAMES, type CaptureName } from './captures.ts'
import { SCALE_MAX } from './generate.ts'

export interface BenchOptions {
  readonly captures: readonly CaptureName[]
  readonly scale: number
  readonly seed: number
  readonly rounds: number
  /** Folder in which the captures stay and are found again; null for one that goes with the run. */
  readonly keep: string | null
  /** Measure the slow tools on large captures too. */
  readonly isPatient: boolean
  readonly wantsHelp: boolean
}

export const HELP = `npm run bench -- [options]

  --captures mix,rtp,small   which captures (all)
  --scale 0.05               size, above 0 up to ${SCALE_MAX}; 1 needs 2 GB of disk (1)
  --rounds 5                 how often each tool runs (5)
  --seed 7                   seed of the captures (7)
  --keep DIR                 keep the captures there, and use those that fit
  --patient                  run tshark on captures above 400 MB too
`

/** Reads the arguments; throws a UsageError that names the one at fault. */
export function optionsOf(args: readonly string[]): BenchOptions {
  const { captures, scale, rounds, seed, keep, patient, help } = parsed(args)
  return {
    captures: captures.split(',').map(captureName),
    scale: numberWithin('--scale', scale, { above: 0, max: SCALE_MAX }),
    rounds: whole('--rounds', rounds, { above: 0, max: 1000 }),
    seed: whole('--seed', seed, { above: -1, max: 0xffff_ffff }),
    keep: keep ?? null,
    isPatient: patient,
    wantsHelp: help,
  }
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        captures: { type: 'string', default: CAPTURE_NAMES.join(',') },
        scale: { type: 'string', default: '1' },
        rounds: { type: 'string', default: '5' },
        seed: { type: 'string', default: '7' },
        keep: { type: 'string' },
        patient: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false, short: 'h' },
      },
    }).values
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error))
  }
}

function captureName(text: string): CaptureName {
  const name = CAPTURE_NAMES.find(known => known === text)
  if (name !== undefined) return name
  throw new UsageError(
    `--captures: no capture is called "${text}". Captures are: ${CAPTURE_NAMES.join(', ')}.`,
  )
}

interface Bounds {
  readonly above: number
  readonly max: number
}

function numberWithin(option: string, text: string, { above, max }: Bounds): number {
  const value = text.trim() === '' ? Number.NaN : Number(text)
  if (value > above && value <= max) return value
  throw new UsageError(`${option}: "${text}" is not a number above ${above} and up to ${max}.`)
}

function whole(option: string, text: string, bounds: Bounds): number {
  const value = numberWithin(option, text, bounds)
  if (Number.isInteger(value)) return value
  throw new UsageError(`${option}: "${text}" is not a whole number.`)
}
