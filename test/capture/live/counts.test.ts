// Goal: every packet that was sent is either handed on or counted as dropped, to the packet, and nothing is sent.
// Method: virtual interfaces in a namespace of their own, tcpreplay at one end, the watching program at the other.

import { describe, expect, test } from 'vitest'
import type { InterfaceState } from '../../../src/model/live.ts'
import { canWatch, hasDumpcap, Namespace, wait } from './namespace.ts'
import type { Watching } from './watching.ts'

const TEST_MS_MAX = 60_000
const SENT = 400_000

type Case = readonly [
  title: string,
  options: Partial<Watching>,
  perSecond: number | null,
  check: (state: InterfaceState | undefined) => void,
]

describe.runIf(canWatch)('what was handed on and what was dropped is what was sent', () => {
  const always = (): void => undefined
  const cases: readonly Case[] = [
    ['at 100,000 packets/s', {}, 100_000, state => expect(state?.delivered).toBe(SENT)],
    ['as fast as can be', {}, null, always],
    [
      'to a slow reader with little memory',
      { bufferBytes: 1 << 20, slowMs: 200 },
      null,
      state => expect(state?.kernelDropped).toBeGreaterThan(0),
    ],
  ]
  for (const [title, options, perSecond, check] of cases)
    test(title, { timeout: TEST_MS_MAX }, async () => {
      const { state, sentBack, open } = await sentAndSeen(options, perSecond)
      expect(open).toEqual([])
      expect(state?.received).toBe(SENT)
      check(state)
      expect(sentBack).toBe(0)
    })

  test('where it ends before the kernel has handed on all', { timeout: TEST_MS_MAX }, async () => {
    const space = new Namespace()
    try {
      space.pair('out0', 'tap0')
      // With a filter nobody but the child knows how many there were.
      const watcher = space.watch({ interfaces: ['tap0'], filter: 'udp' })
      await watcher.watching()
      await space.send('out0', 1000)
      const over = await watcher.end()
      expect(over).toMatchObject({ states: [{ received: 1000, kernelDropped: 0 }] })
    } finally {
      await space.remove()
    }
  })

  test('where nobody reads on, and no child is left', { timeout: TEST_MS_MAX }, async () => {
    const space = new Namespace()
    try {
      space.pair('out0', 'tap0')
      const watcher = space.watch({ interfaces: ['tap0'], isImpatient: true })
      await watcher.watching()
      await space.send('out0', 50_000)
      await watcher.until('over', () => watcher.all('over').length > 0)
      const [{ states, captures } = { states: [], captures: [] }] = watcher.all('over')
      expect(states).toMatchObject([{ delivered: captures[0]?.packets }])
      expect(states[0]?.helperDropped).toBeGreaterThan(0)
      expect(watcher.open).toEqual([])
      await watcher.end()
      expect(space.processes).toEqual([])
    } finally {
      await space.remove()
    }
  })

  test.runIf(hasDumpcap)('by dumpcap', { timeout: TEST_MS_MAX }, async () => {
    const { state } = await sentAndSeen({ tool: 'dumpcap' })
    expect(state).toMatchObject({ tool: 'dumpcap', received: SENT })
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

async function sentAndSeen(options: Partial<Watching>, perSecond: number | null = null) {
  const space = new Namespace()
  try {
    space.pair('out0', 'tap0')
    const watcher = space.watch({ interfaces: ['tap0'], ...options })
    await watcher.watching()
    await space.send('out0', SENT, perSecond)
    // Blocks of the kernel come a second late.
    await wait(1500)
    const over = await watcher.end()
    const state = over.kind === 'over' ? over.states[0] : undefined
    return { state, sentBack: space.sent('tap0'), open: watcher.open }
  } finally {
    await space.remove()
  }
}
