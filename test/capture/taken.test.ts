// What a capture brings along from who took it: the sensor of its chunks, its clock set right, and where
// packets have been lost.

import { expect, test } from 'vitest'
import { openSource } from '../../src/capture/source.ts'
import type { Chunk } from '../../src/model/chunk.ts'
import { makeChunkBuffer } from '../support/chunk-buffer.ts'
import { writeFiles } from './read-all.ts'
import { tinyPcap } from './tiny-pcap.ts'

const capture = (...seconds: readonly number[]) =>
  tinyPcap(seconds.map(each => ({ seconds: each, data: 'aabb' })))

/** Of each chunk: `sensor 1 at 5 7`, and `behind damage` where that is so. */
async function chunksOf(source: ReturnType<typeof openSource>): Promise<readonly string[]> {
  const buffer = makeChunkBuffer()
  const texts: string[] = []
  for await (const chunk of source.chunks(buffer)) texts.push(textOf(chunk, buffer.timeNs))
  return texts
}

function textOf({ sensor, packets, epochSeconds, isBehindDamage }: Chunk, timeNs: Float64Array) {
  const times = [...timeNs.subarray(0, packets)].map(ns => epochSeconds + ns / 1e9)
  return `sensor ${sensor} at ${times.join(' ')}${isBehindDamage ? ', behind damage' : ''}`
}

test('chunks have the sensor of their capture', async () => {
  const [a = '', b = ''] = writeFiles({ a: capture(5, 7), b: capture(6) })
  const source = openSource([
    { path: b, sensor: 0, clockMs: 0 },
    { path: a, sensor: 1, clockMs: 0 },
  ])
  expect(await chunksOf(source)).toEqual(['sensor 1 at 5', 'sensor 0 at 6', 'sensor 1 at 7'])
  expect(source.captures.map(({ name, sensor }) => [name, sensor])).toEqual([
    [a, 1],
    [b, 0],
  ])
})

test('times are those of a clock that was right, in order and in what is told of the capture', async () => {
  const [a = '', b = ''] = writeFiles({ a: capture(5, 7), b: capture(6) })
  const source = openSource([
    { path: a, sensor: 0, clockMs: 0 },
    { path: b, sensor: 1, clockMs: -1500 },
  ])
  expect(await chunksOf(source)).toEqual(['sensor 1 at 4.5', 'sensor 0 at 5 7'])
  const [first] = source.captures
  expect(first).toMatchObject({ name: b, first: { seconds: 4, nanos: 5e8 } })
  expect(first?.last).toEqual({ seconds: 4, nanos: 5e8 })
})

test('a chunk tells of damage before it, once', async () => {
  const damaged = Buffer.concat([capture(1, 2), Buffer.alloc(50, 0xff), capture(3, 5).subarray(24)])
  const [a = '', b = ''] = writeFiles({ a: damaged, b: capture(4) })
  const source = openSource([a, b].map((path, sensor) => ({ path, sensor, clockMs: 0 })))
  expect(await chunksOf(source)).toEqual([
    'sensor 0 at 1 2',
    'sensor 0 at 3, behind damage',
    'sensor 1 at 4',
    'sensor 0 at 5',
  ])
})
