// Goal: on a live interface time goes on while nobody sends. Flows end and windows close by then, and what is
// judged of the same packets is the same, whether time was told by them alone or second by second.
// Method: the office day is read with quiet told in every gap of more than two seconds, and without.

import { describe, expect, test } from 'vitest'
import { officeDay, plantedDay } from '../fixtures/day/day.ts'
import type { Scenario } from '../fixtures/scenario/scenario.ts'
import type { Chunk } from '../src/model/chunk.ts'
import { complianceFor } from './support/audit.ts'
import type { Frame } from './support/frames.ts'
import { type Ran, ran } from './support/run.ts'

const DAY_MS = 120_000
const SITE = 'fixtures/day/site.yaml'
const SENSOR = 'core-span'
const GAP_NS = 2e9

/** Chunks end before each gap, and say how long it is. */
function quietly(frames: readonly Frame[], net: Scenario): Ran {
  return ran(frames, complianceFor(SITE, SENSOR), {
    epochSeconds: net.epochSeconds,
    chunkPackets: 1,
    chunk: (chunk, first, next): Chunk => {
      const untilNs = next === undefined ? first.timeNs : next.timeNs
      return untilNs - first.timeNs > GAP_NS ? { ...chunk, quietUntilNs: untilNs } : chunk
    },
  })
}

const textOf = ({ findings, coverage, ledger }: Ran) => ({
  findings: JSON.parse(JSON.stringify(findings.map(({ examples, ...rest }) => rest))),
  coverage: JSON.parse(JSON.stringify(coverage)),
  ledger,
})

describe.each([
  ['as it should be', officeDay],
  ['with what may go wrong', plantedDay],
])('the day %s', (_, day) => {
  test('is judged the same when quiet is told', { timeout: DAY_MS }, () => {
    const net = day()
    const frames = net.packets()
    const plain = ran(frames, complianceFor(SITE, SENSOR), { epochSeconds: net.epochSeconds })
    const quiet = quietly(frames, net)
    for (const [index, one] of quiet.coverage.statements.entries()) { const other = plain.coverage.statements[index]; if (JSON.stringify(one) !== JSON.stringify(other)) console.log(one, other) }
    expect(textOf(quiet)).toEqual(textOf(plain))
    expect(quiet.rows.toSorted(byRow)).toEqual(plain.rows.toSorted(byRow))
  })
})

const byRow = (one: object, other: object): number =>
  JSON.stringify(one) < JSON.stringify(other) ? -1 : 1
