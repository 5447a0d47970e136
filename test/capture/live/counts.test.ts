// Goal: every packet that was sent is either handed on or counted as dropped, to the packet, and nothing is sent.
// Method: virtual interfaces in a namespace of their own, tcpreplay at one end, the watching program at the other.

import { describe, expect, test } from 'vitest'
import { canWatch, hasDumpcap, Namespace, wait } from './namespace.ts'
import type { Watching } from './watching.ts'

const TEST_MS_MAX = 60_000
const SENT = 400_000

describe.runIf(canWatch)('what was handed on and what was dropped is what was sent', () => {
  const cases: readonly (readonly [title: string, options: Partial<Watching>, isLossy: boolean])[] =
    [
      ['as fast as can be', {}, false],
      ['to a slow reader with little memory', { bufferBytes: 1 << 20, slowMs: 200 }, true],
    ]
  for (const [title, options, isLossy] of cases)
    test(title, { timeout: TEST_MS_MAX }, async () => {
      const { state, sentBack, open } = await sentAndSeen(options)
      expect(open).toEqual([])
      expect(state?.received).toBe(SENT)
      expect((state?.kernelDropped ?? 0) > 0).toBe(isLossy)
      if (!isLossy) expect(state?.delivered).toBe(SENT)
      expect(sentBack).toBe(0)
    })

  test.runIf(hasDumpcap)('by dumpcap', { timeout: TEST_MS_MAX }, async () => {
    const { state } = await sentAndSeen({ tool: 'dumpcap' })
    expect(state).toMatchObject({ tool: 'dumpcap', received: SENT, helperDropped: 0 })
  })
})

describe.runIf(canWatch)('two interfaces', () => {
  test('are merged by the time of capture', { timeout: TEST_MS_MAX }, async () => {
    const space = new Namespace()
    try {
      space.pair('out0', 'tap0')
      space.pair('out1', 'tap1')
      const watcher = space.watch({ interfaces: ['tap0', 'tap1'] })
      await watcher.watching(2)
      await Promise.all([space.send('out0', 60_000, 30_000), space.send('out1', 40, 20)])
      await wait(2500)
      const over = await watcher.end()
      expect(over).toMatchObject({
        order: { packets: 60_040, late: 0 },
        captures: [
          { name: 'tap0', packets: 60_000 },
          { name: 'tap1', packets: 40 },
        ],
      })
    } finally {
      await space.remove()
    }
  })
})

async function sentAndSeen(options: Partial<Watching>) {
  const space = new Namespace()
  try {
    space.pair('out0', 'tap0')
    const watcher = space.watch({ interfaces: ['tap0'], ...options })
    await watcher.watching()
    await space.send('out0', SENT)
    // Blocks of the kernel come a second late.
    await wait(1500)
    const over = await watcher.end()
    const state = over.kind === 'over' ? over.states[0] : undefined
    return { state, sentBack: space.sent('tap0'), open: watcher.open }
  } finally {
    await space.remove()
  }
}
