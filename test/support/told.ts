// What is written to standard output and standard error while a test runs, in place of it.

import { afterEach, beforeEach, vi } from 'vitest'

export interface Told {
  out: string
  err: string
}

/** Begun anew for each test of the file. */
export function toldByTests(): Told {
  const told: Told = { out: '', err: '' }
  beforeEach(() => {
    told.out = told.err = ''
    for (const [name, stream] of [
      ['out', process.stdout],
      ['err', process.stderr],
    ] as const)
      vi.spyOn(stream, 'write').mockImplementation((text, ...rest) => {
        told[name] += String(text)
        // Whoever waits until it is written is told so.
        const done = rest.at(-1)
        if (typeof done === 'function') done()
        return true
      })
  })
  afterEach(() => {
    vi.restoreAllMocks()
  })
  return told
}
