// What an error of DuckDB means for a file of metrics, and how it is told.

import { isRefused, textOf } from '../system-errors.ts'

/** A file that was whole is not what was written: it has to be set aside. */
export const isDamage = (error: unknown): boolean =>
  isRefused(error) && /^(IO|Serialization|INTERNAL|FATAL|Invalid) Error/i.test(textOf(error))

/** The first line of what it says, short enough for a sentence. */
export const messageOf = (error: unknown): string =>
  textOf(error).split('\n')[0]?.slice(0, 300) ?? ''
