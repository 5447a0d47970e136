// Captures for the policy commands: read once, judged, and handed on. No result is written, so that what a
// person should know of the reading itself is given back as sentences.

import { randomBytes } from 'node:crypto'
import { openSource } from '../../capture/source.ts'
import type { Compliance } from '../../compliance.ts'
import { assert } from '../../model/errors.ts'
import { openEquations } from '../../model/ledger.ts'
import { counted } from '../../model/text.ts'
import { Monitor } from '../../monitor.ts'
import { type Output, run } from '../../pipeline.ts'
import { ProgressLine } from '../progress.ts'

/**
 * Reads the captures to their end. `second` judges the very same packets, for a comparison.
 * @throws InputError for what is no capture.
 */
export async function judgeCaptures(
  captures: readonly string[],
  compliance: Compliance,
  output: Output,
  second: Compliance | null = null,
): Promise<string[]> {
  const line = new ProgressLine(process.stderr.isTTY === true)
  const source = openSource(captures, { hash: false, onProgress: progress => line.show(progress) })
  const monitor = new Monitor({
    seed: randomBytes(4).readInt32LE(),
    dedup: true,
    fromSeconds: Number.NEGATIVE_INFINITY,
    toSeconds: Number.POSITIVE_INFINITY,
    ...{ compliance, ports: compliance.ports, second },
  })
  try {
    await run(source, monitor, [output])
  } finally {
    line.end()
  }
  const open = openEquations(monitor.ledger())
  assert(open.length === 0, `the ledger closes: ${open.join('; ')}`)
  const damaged = source.captures.filter(({ damage }) => damage.length > 0)
  return [
    ...source.notes,
    ...damaged.map(({ name, damage }) => `${name}: ${counted(damage.length, DAMAGE, DAMAGES)}`),
  ]
}

const DAMAGE = 'damaged place, of which nothing is known here'
const DAMAGES = 'damaged places, of which nothing is known here'
