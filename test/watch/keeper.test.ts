// Goal: what the capture has told is tried once more when the monitor stops, whenever that is.

import { expect, test } from 'vitest'
import { Keeper } from '../../src/watch/keeper.ts'

const HOUR_MS = 3_600_000

test('a try that was under way when it stops is not the last one', async () => {
  const keeper = new Keeper({ now: () => 0, retryMs: HOUR_MS })
  let tries = 0
  const kept = keeper.insist(async () => {
    if (++tries > 1) return 'kept'
    keeper.stop()
    throw new Error('no space left')
  })
  await expect(kept).resolves.toBe('kept')
  expect([tries, keeper.trouble]).toEqual([2, null])
})

test('the failure of the last one is told', async () => {
  const keeper = new Keeper({ now: () => 0, retryMs: HOUR_MS })
  keeper.stop()
  await expect(keeper.insist(() => Promise.reject(new Error('no space left')))).rejects.toThrow(
    'no space left',
  )
  expect(keeper.trouble?.reason).toContain('no space left')
})
