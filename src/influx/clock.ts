// The time and the chance that an exporter lives by, which tests put forward.

import { randomInt } from 'node:crypto'

const STEPS = 2 ** 32

export interface Clock {
  /** The monitor's own clock, Unix milliseconds. */
  now(): number
  /** Kept after so long, or as soon as the signal is aborted; never rejects. */
  sleep(ms: number, signal: AbortSignal): Promise<void>
}

/** The `sleep` of a clock that goes as the computer's does. */
export const sleep: Clock['sleep'] = (ms, signal) =>
  new Promise(resolve => {
    if (signal.aborted) return resolve()
    const end = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', end)
      resolve()
    }
    const timer = setTimeout(end, ms)
    signal.addEventListener('abort', end)
  })

/** From 0 to 1; so that those who try again do not do so together. */
export const chance = (): number => randomInt(STEPS) / STEPS
