// The time that an exporter lives by, which tests put forward.

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
