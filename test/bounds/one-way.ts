// Bounds of what is remembered of sensors that hear one direction only.

import { expect } from 'vitest'
import { Monitor } from '../../src/monitor.ts'
import { type Frame, tcp, udp } from '../support/frames.ts'
import { chunksOf, NO_PORTS } from '../support/kernel.ts'
import { type BoundCase, numbersTo } from './case.ts'

export const ONE_WAY_BOUNDS: Readonly<Record<string, BoundCase>> = {
  'stretches in which a sensor hears one direction only': (max = 0) => {
    expect(stretchesAfter(max - 1)).toEqual([max - 1, 0])
    expect(stretchesAfter(max + 3)).toEqual([max, 3])
  },
}

const PERIOD_S = 100
const WAYS = ['a:1000 > b:80', 'a:1001 > b:80', 'c:1000 > d:80']

/** How many are remembered of so many, and which was the first of them. */
function stretchesAfter(count: number): readonly [number, number] {
  const range = { fromSeconds: Number.NEGATIVE_INFINITY, toSeconds: Number.POSITIVE_INFINITY }
  const options = { seed: 1, ports: NO_PORTS, compliance: null, looksForOneWay: true, ...range }
  const monitor = new Monitor(options)
  for (const chunk of chunksOf(story(count))) for (const _ of monitor.read(chunk));
  const first = monitor.oneWay[0]?.fromNs ?? 0
  return [monitor.oneWay.length, Math.floor(first / (PERIOD_S * 1e9))]
}

/** Clients are heard all the while, and once in each period somebody in both directions. */
function story(count: number): readonly Frame[] {
  const heard = numbersTo(count).flatMap(number => {
    const at = number * PERIOD_S
    return [udp(at, 'e:1 > f:1'), udp(at + 0.1, 'f:1 > e:1')]
  })
  const opened = WAYS.flatMap(way => [tcp(1, way, 'SYN'), tcp(1.1, way, 'ACK')])
  const talk = numbersTo(count * (PERIOD_S / 20)).flatMap(number =>
    WAYS.map(way => tcp(2 + number * 20, way, 'ACK', { data: 5 })),
  )
  return [...heard, ...opened, ...talk].toSorted((one, other) => one.timeNs - other.timeNs)
}
