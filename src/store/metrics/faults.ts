// What DuckDB says when a file cannot be written or read, and what that means for the file. Its errors have no
// codes, so their words are looked at; test/store/metrics/faults.test.ts makes each of them happen.

/** The disk, or the part of it that we may use, is full. */
export const isNoSpace = (error: unknown): boolean =>
  /No space left|Disk quota exceeded|ENOSPC|EDQUOT/i.test(messageOf(error))

/** The file is intact as far as anybody knows; this computer could not do what was asked. */
const isPassing = (error: unknown): boolean =>
  /Out of Memory|Interrupt|Too many open files|Permission (denied|Error)|Could not set lock/i.test(
    messageOf(error),
  )

/** A file that was whole is not what was written: it has to be set aside. */
export const isDamage = (error: unknown): boolean =>
  isUnreadable(error) && /^(IO|Serialization|INTERNAL|FATAL|Invalid) Error/i.test(messageOf(error))

/** A file of which nothing is known yet is not one of ours, or no more. */
export const isUnreadable = (error: unknown): boolean => !isNoSpace(error) && !isPassing(error)

/** The first line of what it says, short enough for a sentence. */
export const messageOf = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).split('\n')[0]?.slice(0, 300) ?? ''
