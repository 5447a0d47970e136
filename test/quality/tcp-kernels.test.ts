// Goal: both kernels measure the same, of stories and of whatever somebody makes up, in chunks of any size.
// Method: replay() compares every byte that the two leave behind.

import { describe, expect, test } from 'vitest'
import { seeded } from '../../fixtures/scenario/random.ts'
import { MEASURED_FREE, MEASURED_USED, SAMPLE_COUNT } from '../../src/kernel/layout.ts'
import { MEASURED_NEXT_FREE } from '../../src/kernel/measured-layout.ts'
import { getI32 } from '../../src/kernel/memory.ts'
import { recordAt } from '../../src/kernel/sides.ts'
import { cut, type Frame, IP_AT, icmp, patched, tcp } from '../support/frames.ts'
import { replay } from '../support/kernel.ts'
import { measured } from './measured.ts'
import { type TcpStoryOptions, tcpStory } from './tcp-story.ts'

const PACKETS = 4000
const FLAG_NAMES = ['', 'SYN', 'SYN+ACK', 'ACK', 'ACK', 'ACK', 'ACK', 'FIN+ACK', 'RST']
const TCP_AT = IP_AT + 20

const everything: TcpStoryOptions = {
  ...{ seed: 1, segments: 3000, lossBefore: 0.02, lossBehind: 0.05, acksLost: 0.05 },
  ...{ reordered: 0.1, dropped: 0.05, jitterMs: 2 },
}

/** A few connections between two hosts: near and far numbers, any flags, headers with rubbish for options. */
function madeUp(seed: number): readonly Frame[] {
  const draw = seeded(seed)
  const below = (bound: number): number => draw() % bound
  const numbers = () => (below(20) === 0 ? draw() : (0xffff_ff00 + 100 * below(12)) >>> 0)
  let seconds = 0
  return Array.from({ length: PACKETS }, () => {
    seconds += below(50) === 0 ? below(40) : below(1000) / 1e6
    if (below(20) === 0)
      return icmp(seconds, 'a > b', below(2) * 8, 0, Uint8Array.of(0, 1, 0, below(4)))
    const way = below(2) === 0 ? `a:${below(3)} > b:80` : `b:80 > a:${below(3)}`
    const frame = tcp(seconds, way, FLAG_NAMES[below(FLAG_NAMES.length)] ?? '', {
      ...{ sequence: numbers(), acknowledgement: numbers() },
      ...{ window: below(3) * 4000, ipId: below(40), data: below(3) === 0 ? 0 : 100 + below(40) },
    })
    return below(4) === 0 ? withOptions(frame, below) : frame
  })
}

/** The first bytes of the payload become options of many kinds, whole and not. */
function withOptions(frame: Frame, below: (bound: number) => number): Frame {
  const payload = frame.bytes.length - TCP_AT - 20
  if (payload < 40) return frame
  const kinds = [0, 1, 1, 5, 8, below(256)]
  const bytes = Array.from({ length: 40 }, () =>
    below(3) === 0 ? below(256) : (kinds[below(6)] ?? 0),
  )
  const common = below(2) === 0 ? [1, 1, 8, 10, 0, 0, 1, below(9), 0, 0, 1, below(9)] : []
  const words = 5 + below(11)
  const header = patched(frame, TCP_AT + 12, words << 4)
  const whole = patched(header, TCP_AT + 20, ...common, ...bytes.slice(common.length))
  return below(3) === 0 ? cut(whole, TCP_AT + 20 + below(60)) : whole
}

describe('both kernels leave the same bytes', () => {
  test('of a transfer to which everything happens', () => {
    replay(tcpStory(everything).frames, { measure: true, dedup: true })
    expect(getI32(SAMPLE_COUNT)).toBeGreaterThan(10)
  })

  for (const seed of [1, 2, 3, 4])
    test(`of ${PACKETS} segments that somebody made up, seed ${seed}`, () => {
      replay(madeUp(seed), { measure: true })
      expect(getI32(MEASURED_USED)).toBeGreaterThan(0)
    })

  test('and every record is given back', () => {
    const { records } = replay(madeUp(5), { measure: true })
    expect(records.length).toBeGreaterThan(3)
    let free = 0
    for (let number = getI32(MEASURED_FREE); number !== 0; free++)
      number = getI32(recordAt(number) + MEASURED_NEXT_FREE)
    expect(free).toBe(getI32(MEASURED_USED))
  })
})

test('chunks of any size measure the same', () => {
  const frames = [...tcpStory(everything).frames, ...madeUp(6).map(later)]
  const whole = measured(frames)
  for (const packets of [1, 7, 100]) expect(measured(frames, packets)).toEqual(whole)
})

test('counts of what somebody made up are never below zero', () => {
  for (const record of measured(madeUp(7))) {
    if (record.kind !== 'tcp') continue
    const { segments, retransmissions, lost, lostBefore, captureGaps } = record
    const { total, fast, timeout, spurious } = retransmissions
    for (const count of [
      segments,
      fast,
      timeout,
      spurious,
      lost - lostBefore,
      lostBefore,
      captureGaps,
    ])
      expect(count).toBeGreaterThanOrEqual(0)
    expect(total).toBeLessThanOrEqual(segments)
    expect(lost + spurious).toBeLessThanOrEqual(total)
  }
})

const later = (frame: Frame): Frame => ({ ...frame, timeNs: frame.timeNs + 3600e9 })
