// Replays the frames that standard input lists as JSON, in a process of its own, and prints one line of
// JSON: the records as lines and the equations of the ledger that do not hold.

import { readFileSync } from 'node:fs'
import { openEquations } from '../../src/model/ledger.ts'
import { line, replay } from '../support/kernel.ts'

interface Told {
  readonly timeNs: number
  readonly hex: string
  readonly wire: number
}

const told: readonly Told[] = JSON.parse(readFileSync(0, 'utf8'))
const frames = told.map(({ hex, ...rest }) => ({ ...rest, bytes: Buffer.from(hex, 'hex') }))
const { records, ledger } = replay(frames)
process.stdout.write(JSON.stringify({ lines: records.map(line), open: openEquations(ledger) }))
