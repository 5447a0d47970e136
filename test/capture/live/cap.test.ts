// Goal: where neither tcpdump nor dumpcap is, the package `cap` captures, and its faults cost a restart alone.
// Method: the package itself, where it has been built for this Node.js; it aborts when its interface goes off.

import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { canWatch, Namespace, wait } from './namespace.ts'

const TEST_MS_MAX = 60_000

describe.runIf(canWatch && isBuilt())('the package cap', () => {
  test('captures, and is told to time on arrival', { timeout: TEST_MS_MAX }, async () => {
    const space = new Namespace()
    try {
      space.pair('out0', 'tap0')
      const watcher = space.watch({ interfaces: ['tap0'], tool: 'cap' })
      await watcher.watching()
      await space.send('out0', 1000, 1000)
      await wait(1000)
      expect(watcher.states).toMatchObject([
        { tool: 'cap', isTimedOnArrival: true, delivered: 1000 },
      ])
      space.run('ip', 'link', 'set', 'dev', 'tap0', 'down')
      await wait(1500)
      space.run('ip', 'link', 'set', 'dev', 'tap0', 'up')
      await watcher.watching()
      await space.send('out0', 5)
      await watcher.until('seen', () => watcher.states[0]?.delivered === 1005)
      expect(watcher.blind.map(({ cause }) => cause)).toContain('child_ended')
      expect(watcher.states[0]?.restarts).toBe(1)
      expect(watcher.open).toEqual([])
      expect(space.sent('tap0')).toBe(0)
    } finally {
      await space.remove()
    }
  })

  test('refuses a filter that is none', { timeout: TEST_MS_MAX }, async () => {
    const space = new Namespace()
    try {
      space.pair('out0', 'tap0')
      const watcher = space.watch({ interfaces: ['tap0'], tool: 'cap', filter: 'foo bar' })
      await watcher.until('refused', () => watcher.all('refused').length > 0)
      expect(watcher.all('refused')[0]?.message).toMatch(/^filter: cap does not accept it: .*error/)
    } finally {
      await space.remove()
    }
  })
})

function isBuilt(): boolean {
  const main = (() => {
    try {
      return createRequire(import.meta.url).resolve('cap')
    } catch {
      return null
    }
  })()
  return main !== null && existsSync(join(dirname(main), '../build/Release/cap.node'))
}
