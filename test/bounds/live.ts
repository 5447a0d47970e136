// Bounds of live capture: what waits in this process, and what is kept of the words of children.

import { Readable } from 'node:stream'
import { setTimeout } from 'node:timers/promises'
import { expect } from 'vitest'
import { Intake } from '../../src/capture/live/intake.ts'
import { Words } from '../../src/capture/live/words.ts'
import type { BoundCase } from './case.ts'

const KIB = 1024
const MIB = KIB * KIB
/** What a stream and a last block hold beside the queue. */
const BESIDE_BYTES = 256 * KIB

export const LIVE_BOUNDS: Readonly<Record<string, BoundCase>> = {
  'bytes of live captures that wait': async (max = 0) => {
    let made = 0
    const endless = new Readable({
      read() {
        made += 64 * KIB
        this.push(Buffer.alloc(64 * KIB))
      },
    })
    const intake = new Intake(endless, max, () => undefined)
    await setTimeout(500)
    expect(intake.isFull).toBe(true)
    expect(made).toBeGreaterThanOrEqual(max)
    expect(made).toBeLessThanOrEqual(max + BESIDE_BYTES)
    const before = made
    intake.read(new Uint8Array(MIB))
    await setTimeout(50)
    expect(made - before).toBeLessThanOrEqual(MIB)
    endless.destroy()
  },

  'words of a capturing program: lines, characters of one': (lines = 0, characters = 0) => {
    const words = new Words()
    for (let line = 0; line < 2 * lines; line++) words.take(`${'x'.repeat(2 * characters)}\n`)
    words.take('y'.repeat(2 * characters))
    const held = JSON.stringify(words).length
    expect(held).toBeGreaterThan(lines * characters)
    expect(held).toBeLessThan((lines + 1) * (characters + 16) + KIB)
  },
}
