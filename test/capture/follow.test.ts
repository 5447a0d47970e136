// faults.md F27: with --follow, a file that still grows is read on until a signal ends it.

import { appendFileSync, truncateSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { openSource } from '../../src/capture/source.ts'
import { makeChunkBuffer } from '../support/chunk-buffer.ts'
import { writeFiles } from './read-all.ts'
import { tinyPcap } from './tiny-pcap.ts'

const at = (seconds: number) => ({ seconds, data: 'aa' })
const record = (seconds: number) => tinyPcap([at(seconds)]).subarray(24)

/** Follows captures; after each packet the next action is done. The last action should end the run. */
async function follow(
  files: Record<string, Uint8Array>,
  actions: readonly ((paths: string[], end: () => void) => void)[],
) {
  const paths = writeFiles(files)
  const controller = new AbortController()
  const source = openSource(paths, { follow: controller.signal })
  const buffer = makeChunkBuffer()
  const seconds: number[] = []
  for await (const { packets, epochSeconds } of source.chunks(buffer))
    for (let slot = 0; slot < packets; slot++) {
      const action = actions[seconds.length]
      seconds.push(epochSeconds + (buffer.timeNs[slot] ?? 0) / 1e9)
      // Later, so that the reader has met the end of the file before it grows.
      setTimeout(() => action?.(paths, () => controller.abort()), 50)
    }
  return { seconds, captures: source.captures }
}

const nothing = () => {}
const grow = (file: number, bytes: Uint8Array) => (paths: string[]) =>
  appendFileSync(paths[file] ?? '', bytes)
const end = (_paths: string[], stop: () => void) => stop()

describe('a file that grows', () => {
  test('is read on, record by record, until the end is given', async () => {
    const { seconds, captures } = await follow({ a: tinyPcap([at(1)]) }, [
      grow(0, record(2)),
      grow(0, record(3)),
      end,
    ])
    expect(seconds).toEqual([1, 2, 3])
    expect(captures).toMatchObject([{ packets: 3, bytes: 24 + 3 * 17, damage: [] }])
  })

  test('by half a record gives it when the other half has come', async () => {
    const { seconds, captures } = await follow({ a: tinyPcap([at(1)]) }, [
      paths => {
        grow(0, record(2).subarray(0, 9))(paths)
        setTimeout(() => grow(0, record(2).subarray(9))(paths), 300)
      },
      end,
    ])
    expect(seconds).toEqual([1, 2])
    expect(captures[0]?.damage).toEqual([])
  })

  test('by half a record before the end is cut short', async () => {
    const half = (paths: string[], stop: () => void) => {
      grow(0, record(2).subarray(0, 9))(paths)
      setTimeout(stop, 300)
    }
    const { captures } = await follow({ a: tinyPcap([at(1)]) }, [half])
    expect(captures[0]?.damage).toMatchObject([
      { kind: 'truncated_tail', message: 'a record header is cut short: 9 of 16 bytes are there' },
    ])
  })

  test('and then shrinks has come to its end', async () => {
    const shrink = (paths: string[]) => truncateSync(paths[0] ?? '', 30)
    const { captures } = await follow({ a: tinyPcap([at(1)]) }, [shrink])
    expect(captures[0]?.damage).toMatchObject([
      { kind: 'corrupt', message: 'the file shrank while it was read' },
    ])
  })
})

test('several files that grow are merged, and one that does not holds up the others for a second only', async () => {
  const { seconds } = await follow({ quiet: tinyPcap([at(1)]), busy: tinyPcap([at(2), at(3)]) }, [
    nothing,
    nothing,
    grow(1, record(4)),
    grow(0, record(5)),
    end,
  ])
  expect(seconds).toEqual([1, 2, 3, 4, 5])
})

test('a packed file is read to its end and holds up nothing', async () => {
  const { seconds } = await follow({ old: gzipSync(tinyPcap([at(1)])), new: tinyPcap([at(2)]) }, [
    nothing,
    end,
  ])
  expect(seconds).toEqual([1, 2])
})
