// Goal: on a live interface time goes on while nobody sends. Flows end and windows close by then, and what is
// judged of the same packets is the same, whether time was told by them alone or second by second.
// Method: the office day is read with quiet told in every gap of more than two seconds, and without; small
// stories show what ends in the quiet, and what waits for the packet that shows that the sensor was there.

import { describe, expect, test } from 'vitest'
import { officeDay, plantedDay } from '../fixtures/day/day.ts'
import type { Scenario } from '../fixtures/scenario/scenario.ts'
import { compiledKernel, plainKernel } from '../src/kernel/compiled.ts'
import type { Chunk } from '../src/model/chunk.ts'
import { openEquations } from '../src/model/ledger.ts'
import { Monitor } from '../src/monitor.ts'
import { complianceFor } from './support/audit.ts'
import { type Frame, SECOND_NS, tcp, udp } from './support/frames.ts'
import { chunksOf, line, NO_PORTS } from './support/kernel.ts'
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

/**
 * Which five flows of a finding are its examples goes by the order in which records end, and within one tick that
 * is the order of the kernel's slots. F-10 counts the seconds of its exchanges.
 */
function resultOf({ findings, coverage, ledger }: Ran) {
  const statements = coverage.statements.map(one =>
    one.id === 'F-10' ? { ...one, reason: '', times_kept: 0, last_kept: '' } : one,
  )
  const causes = findings.map(({ examples, ...finding }) => ({
    ...finding,
    examples: examples.length,
  }))
  return { causes, coverage: { ...coverage, statements }, ledger }
}

/** Without why the record ended: one of half an hour may do so before it counts as closed. */
const verdictsOf = ({ flows }: Ran): readonly string[] =>
  flows.map(({ flow, verdict }) => {
    const who = line(flow).replace(` ${flow.end}`, '')
    return `${who} ${flow.first.frame} ${JSON.stringify(verdict)}`
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
    expect(resultOf(quiet)).toEqual(resultOf(plain))
    expect(verdictsOf(quiet).toSorted()).toEqual(verdictsOf(plain).toSorted())
    const texts = ({ rows }: Ran) => rows.map(row => JSON.stringify(row)).toSorted()
    expect(texts(quiet)).toEqual(texts(plain))
  })
})

/** What each step of quiet ends, in seconds; nobody judges. */
function endedIn(frames: readonly Frame[], untilSeconds: readonly number[]) {
  const [plain, compiled] = [plainKernel, compiledKernel].map(kernel => {
    const range = { fromSeconds: Number.NEGATIVE_INFINITY, toSeconds: Number.POSITIVE_INFINITY }
    const options = { seed: 1, ports: NO_PORTS, compliance: null, measure: true, ...range }
    const monitor = new Monitor({ ...options, kernel })
    let last: Chunk | null = null
    for (const chunk of chunksOf(frames)) {
      for (const _ of monitor.read(chunk)) expect.fail('nothing ends before the quiet')
      last = chunk
    }
    const ended = untilSeconds.map(seconds => {
      const none = { packets: 0, quietUntilNs: seconds * SECOND_NS }
      const batches = [...monitor.read({ ...(last as Chunk), ...none })]
      return batches.flatMap(({ flows }) => flows.map(({ flow }) => line(flow)))
    })
    const clockNs = monitor.clockNs
    const left = [...monitor.finish()].flatMap(({ flows }) => flows.map(({ flow }) => line(flow)))
    expect(openEquations(monitor.ledger())).toEqual([])
    return { ended, left, clockNs }
  })
  expect(compiled).toEqual(plain)
  return compiled as NonNullable<typeof compiled>
}

const TALK = [udp(0, 'a:1000 > b:53'), udp(0.1, 'b:53 > a:1000')]
const TALK_ENDED = 'udp 10.0.0.1:1000 > 10.0.0.2:53 first_packet 1/1 idle'
const TALK_CUT = 'udp 10.0.0.1:1000 > 10.0.0.2:53 first_packet 1/1 capture_end'

describe('in the quiet', () => {
  test('a conversation ends in its second, and not before', () => {
    const { ended, left } = endedIn(TALK, [30, 60.9, 61.2, 300])
    expect(ended).toEqual([[], [], [TALK_ENDED], []])
    expect(left).toEqual([])
  })

  test('of more than a hundred seconds the last one tells all', () => {
    expect(endedIn(TALK, [3000]).ended).toEqual([[TALK_ENDED]])
  })

  test('a step of more than an hour is not believed, as of packets', () => {
    const { ended, left, clockNs } = endedIn(TALK, [3700, 1e9])
    expect(ended).toEqual([[], []])
    expect(left).toEqual([TALK_CUT])
    expect(clockNs).toBe(0.1 * SECOND_NS)
  })

  test('time does not go back, and stands still before the first packet', () => {
    expect(endedIn(TALK, [61.2, 10]).clockNs).toBe(61.2 * SECOND_NS)
    expect(endedIn([], []).clockNs).toBeNull()
  })

  test('what nobody has answered waits for a packet, since nobody at all was heard', () => {
    const tries = [tcp(0, 'a:1000 > b:80', 'SYN'), tcp(1, 'a:1000 > b:80', 'SYN')]
    const { ended, left } = endedIn([...tries, udp(1, 'c:5 > d:6')], [40, 100, 300])
    expect(ended).toEqual([[], [], []])
    expect(left.map(text => text.replace(/.* /, ''))).toEqual(['capture_end', 'capture_end'])
  })
})
