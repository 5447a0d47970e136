// What the system and the database say when something fails, told apart. Errors of DuckDB have no codes, so their
// words are looked at; test/store/metrics/faults.test.ts makes them happen.

import { UsageError } from '../model/errors.ts'

/** The file is intact as far as anybody knows; this computer could not do what was asked. */
const PASSING =
  /out of memory|interrupt|too many open files|permission (?:denied|error)|read-only file system|could not set lock|conflicting lock/i

export const isNoSpace = (error: unknown): boolean =>
  ['ENOSPC', 'EDQUOT'].includes(codeOf(error)) ||
  /no space left|quota exceeded/i.test(textOf(error))

/** The file itself is none of ours, or no more; nothing is wrong with the disk, the permission or the moment. */
export const isRefused = (error: unknown): boolean =>
  !(error instanceof UsageError) && !isNoSpace(error) && !PASSING.test(textOf(error))

export const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : ''

export const textOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error)
