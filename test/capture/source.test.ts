import { createHash } from 'node:crypto'
import { appendFileSync, renameSync, rmSync, symlinkSync, truncateSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { openSource, type Progress } from '../../src/capture/source.ts'
import { makeChunkBuffer } from '../support/chunk-buffer.ts'
import { inBlocks, readAll, writeFiles } from './read-all.ts'
import { tinyPcap } from './tiny-pcap.ts'

const at = (seconds: number, fraction = 0) => ({ seconds, fraction, data: 'aa' })

describe('several captures', () => {
  test('are merged by time and listed in the order of their first packets, empty ones last', async () => {
    const paths = writeFiles({
      'empty.pcap': tinyPcap([]),
      'late.pcap': tinyPcap([at(102)]),
      'early.pcap': tinyPcap([at(100, 7), at(103)]),
    })
    const { packets, captures } = await readAll(paths)
    const seen = packets.map(({ file, frame, epochSeconds, timeNs }) => [
      file,
      frame,
      epochSeconds,
      timeNs,
    ])
    expect(seen).toEqual([
      [0, 1, 100, 7_000],
      [1, 1, 100, 2_000_000_000],
      [0, 2, 100, 3_000_000_000],
    ])
    expect(captures.map(({ name }) => name.split('/').at(-1))).toEqual([
      'early.pcap',
      'late.pcap',
      'empty.pcap',
    ])
  })

  test('that begin at the same time are read in the order of their names', async () => {
    const [a = '', b = ''] = writeFiles({
      'a.pcap': tinyPcap([at(1)]),
      'b.pcap': tinyPcap([at(1)]),
    })
    const { captures } = await readAll([b, a])
    expect(captures.map(({ name }) => name)).toEqual([a, b])
  })

  test('may differ in byte order, precision and link type', async () => {
    const paths = writeFiles({
      'a.pcap': tinyPcap([at(1, 5)], { littleEndian: false, link: 113 }),
      'b.pcap': tinyPcap([at(2, 5)], { nanos: true, link: 1 }),
    })
    const { packets } = await readAll(paths)
    expect(packets.map(({ link, timeNs }) => [link, timeNs])).toEqual([
      [113, 5_000],
      [1, 1_000_000_005],
    ])
  })

  test('may include standard input, which takes its place in time', async () => {
    const [path = ''] = writeFiles({ 'late.pcap': tinyPcap([at(9)]) })
    const { captures, packets } = await readAll([path, '-'], {
      stdin: inBlocks(tinyPcap([at(8)]), 3),
    })
    expect(captures.map(({ name }) => name)).toEqual(['-', path])
    expect(packets.map(({ timeNs }) => timeNs)).toEqual([0, 1_000_000_000])
  })

  test('count as one when they are given under two names', () => {
    const [path = ''] = writeFiles({ 'a.pcap': tinyPcap([at(1)]) })
    symlinkSync(path, `${path}.link`)
    expect(() => openSource([path, `${path}.link`])).toThrow(
      `${path}.link is the same file as ${path}. Give each capture once.`,
    )
    expect(() => openSource(['-', '-'])).toThrow('Standard input (-) is given twice')
    expect(() => openSource([])).toThrow('Name at least one capture')
  })
})

describe('what is known of a capture afterwards', () => {
  const bytes = tinyPcap([at(7, 2), at(5, 3), at(6, 1)])
  const known = {
    sensor: 0,
    bytes: 75,
    packets: 3,
    dropped: null,
    sha256: createHash('sha256').update(bytes).digest('hex'),
    first: { seconds: 5, nanos: 3_000 },
    last: { seconds: 7, nanos: 2_000 },
    damage: [],
  }

  test('is the same for a file and for standard input', async () => {
    const [path = ''] = writeFiles({ 'a.pcap': bytes })
    expect((await readAll([path])).captures).toEqual([{ name: path, ...known }])
    const fromStream = await readAll(['-'], { stdin: inBlocks(bytes, 10) })
    expect(fromStream.captures).toEqual([{ name: '-', ...known }])
  })

  test('is everything but the hash where no hash is wanted', async () => {
    const [path = ''] = writeFiles({ 'a.pcap': bytes })
    const { captures } = await readAll([path], { hash: false })
    expect(captures).toEqual([{ name: path, ...known, sha256: null }])
  })

  test('has no times when there is no packet', async () => {
    const [path = ''] = writeFiles({ 'a.pcap': tinyPcap([]) })
    const { captures } = await readAll([path])
    expect(captures).toMatchObject([{ bytes: 24, packets: 0, first: null, last: null, damage: [] }])
  })
})

describe('a file that changes while it is read', () => {
  const bytes = tinyPcap([at(1), at(2), at(3)])
  async function readWhile(change: (path: string) => void) {
    const [path = ''] = writeFiles({ 'a.pcap': bytes })
    const source = openSource([path], { readBytes: 41 })
    for await (const { frame } of source.chunks(makeChunkBuffer())) if (frame === 1) change(path)
    return source.captures[0]
  }

  test('by growing is read as it was, and what is missing is told', async () => {
    const capture = await readWhile(path => appendFileSync(path, tinyPcap([at(4)]).subarray(24)))
    expect(capture).toMatchObject({ bytes: 75, packets: 3 })
    expect(capture?.sha256).toBe(createHash('sha256').update(bytes).digest('hex'))
    expect(capture?.damage).toMatchObject([
      {
        kind: 'truncated_tail',
        packet: 4,
        offset: 75,
        message: 'the file grew while it was read; only its first 75 bytes were',
      },
    ])
  })

  test('by shrinking is damaged and has no hash', async () => {
    const capture = await readWhile(path => truncateSync(path, 50))
    expect(capture).toMatchObject({ packets: 1, sha256: null })
    expect(capture?.damage).toMatchObject([
      { kind: 'corrupt', packet: 2, offset: 41, message: 'the file shrank while it was read' },
    ])
  })

  test('by being replaced or removed is read to its own end', async () => {
    const removed = await readWhile(path => rmSync(path))
    const renamed = await readWhile(path => renameSync(path, `${path}.1`))
    expect([removed, renamed]).toMatchObject([
      { packets: 3, damage: [] },
      { packets: 3, damage: [] },
    ])
  })
})

test('a stream that breaks gives what came before, and the reason', async () => {
  const { packets, captures } = await readAll(['-'], { stdin: breaking(tinyPcap([at(1), at(2)])) })
  expect(packets).toHaveLength(2)
  expect(captures[0]?.sha256).toBe(null)
  expect(captures[0]?.damage).toMatchObject([
    { kind: 'corrupt', packet: 3, offset: 58, message: 'reading on failed (EIO)' },
  ])
})

test('progress counts up to all bytes and packets of all captures', async () => {
  const paths = writeFiles({ 'a.pcap': tinyPcap([at(1), at(2)]), 'b.pcap': tinyPcap([at(3)]) })
  const steps: Progress[] = []
  await readAll(paths, { readBytes: 41, onProgress: step => steps.push(step) })
  expect(steps).toEqual([
    { bytesRead: 41, bytesTotal: 99, packets: 0 },
    { bytesRead: 58, bytesTotal: 99, packets: 1 },
    { bytesRead: 99, bytesTotal: 99, packets: 2 },
  ])
})

test('progress knows no total while standard input is among the captures', async () => {
  const totals = new Set<number | null>()
  const stdin = inBlocks(tinyPcap([at(1)]), 10)
  await readAll(['-'], { stdin, onProgress: ({ bytesTotal }) => totals.add(bytesTotal) })
  expect([...totals]).toEqual([null])
})

test('a long read leaves other work its turn', async () => {
  const [path = ''] = writeFiles({ 'a.pcap': tinyPcap(Array.from({ length: 500 }, () => at(1))) })
  let turns = 0
  const timer = setInterval(() => (turns += 1), 0)
  await readAll([path], { readBytes: 1 })
  clearInterval(timer)
  expect(turns).toBeGreaterThan(0)
})

test('a live stream gives its packets as they come', async () => {
  const [head, rest] = [tinyPcap([at(1)]), tinyPcap([at(2)]).subarray(24)]
  let isFirstSeen = false
  async function* live() {
    yield head
    expect(isFirstSeen).toBe(true)
    yield rest
  }
  const frames: number[] = []
  for await (const { frame } of openSource(['-'], { stdin: live() }).chunks(makeChunkBuffer())) {
    isFirstSeen = true
    frames.push(frame)
  }
  expect(frames).toEqual([1, 2])
})

test('leaving early closes standard input', async () => {
  let isClosed = false
  async function* closing() {
    try {
      yield* endlessly(tinyPcap([at(1)]))
    } finally {
      isClosed = true
    }
  }
  for await (const _ of openSource(['-'], { stdin: closing() }).chunks(makeChunkBuffer())) break
  expect(isClosed).toBe(true)
})

async function* endlessly(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (;;) yield bytes
}

async function* breaking(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
  throw Object.assign(new Error('i/o error'), { code: 'EIO' })
}
