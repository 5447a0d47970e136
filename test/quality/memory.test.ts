// Goal: what a stream takes is what BOUNDS.md says, and 100,000 of them at a time fit 256 MB.
// Method: the table of the document is compared with the kernel's layout; a process of its own goes through
// the streams. Tests run from the sources, whose loader takes memory too, so that a process with one stream
// is held against it, and the program itself is granted 96 MiB, of which it takes 75.

import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { FLOW_BYTES, ORIGIN_BYTES, TCP_BYTES } from '../../src/kernel/layout.ts'
import {
  HOLE_BYTES,
  HOLES_BYTES,
  HOLES_SIDES,
  MEASURED_BYTES,
  MEASURED_SIDES,
  SIDE_BYTES,
  SIDE_HOLES_MAX,
  STREAM_BYTES,
} from '../../src/kernel/measured-layout.ts'

const STREAMS = 100_000
const PROCESS_MIB_MAX = 256
const PROGRAM_MIB = 96
const TEST_MS_MAX = 60_000

interface Measured {
  readonly flows: number
  /** Records of streams that the kernel has taken. */
  readonly used: number
  readonly streams: number
  readonly lost: number
  readonly peakMiB: number
}

function measure(mode: 'flows' | 'audit', streams: number): Measured {
  const script = fileURLToPath(new URL('./memory-run.ts', import.meta.url))
  const argv = ['--import', 'tsx', script, mode, String(streams)]
  return JSON.parse(execFileSync(process.execPath, argv, { encoding: 'utf8' }))
}

/** A number of the document's table about memory. */
function documented(what: string): number {
  const [, section = ''] = readFileSync('BOUNDS.md', 'utf8').split('## Memory\n')
  const [, bytes = 'NaN'] = new RegExp(`^\\| ${what} \\| ([\\d,]+) \\|$`, 'm').exec(section) ?? []
  return Number(bytes.replaceAll(',', ''))
}

test('a stream takes what the document says, beside its flow', () => {
  expect(documented('stream of media')).toBe(STREAM_BYTES)
  expect(documented('flow')).toBe(FLOW_BYTES + ORIGIN_BYTES + TCP_BYTES)
})

test('so does a connection that is measured, and its holes', () => {
  expect(documented('connection that is measured')).toBe(MEASURED_BYTES)
  expect(MEASURED_SIDES + 2 * SIDE_BYTES).toBeLessThanOrEqual(MEASURED_BYTES)
  expect(documented('connection while segments of it are missing')).toBe(HOLES_BYTES)
  expect(HOLES_SIDES + 2 * SIDE_HOLES_MAX * HOLE_BYTES).toBeLessThanOrEqual(HOLES_BYTES)
})

for (const mode of ['flows', 'audit'] as const)
  test(`${STREAMS} streams at a time fit ${PROCESS_MIB_MAX} MB: ${mode}`, {
    timeout: TEST_MS_MAX,
  }, () => {
    const { peakMiB, ...found } = measure(mode, STREAMS)
    expect(found).toEqual({ flows: STREAMS, used: STREAMS, streams: STREAMS, lost: STREAMS })
    const grownMiB = peakMiB - measure(mode, 1).peakMiB
    expect(grownMiB).toBeLessThan(PROCESS_MIB_MAX - PROGRAM_MIB)
  })
