// What is done with journal and history when a store is opened: both are read, and what one has more is told.

import type { History } from './history.ts'
import type { Journal } from './journal.ts'
import type { Notes } from './notes.ts'

/** Above, the older part of a journal is read after the store was opened. */
export const READ_BYTES_MAX = 32 * 1024 * 1024

/** Reads all of it for what is wrong with it. */
export async function readAll(
  journal: Journal,
  notes: Notes,
  isStopped = () => false,
): Promise<void> {
  const all = journal.read(Number.POSITIVE_INFINITY, notes, { isWhole: true, isStopped })
  for await (const _ of all);
}

/** Brings the history up to the journal, and tells what the journal lacks. */
export async function compare(journal: Journal, history: History, notes: Notes): Promise<void> {
  const wasApplied = history.applied
  if (journal.bytes <= READ_BYTES_MAX) await readAll(journal, notes)
  await history.flush()
  if (wasApplied === 0 && history.applied > 0 && !history.isRenewed)
    notes.note('The history was missing or empty; it was made of the journal.')
  if (wasApplied > journal.last)
    notes.missing(
      wasApplied - journal.last,
      `The journal ends with entry ${journal.last}, and the history has them up to ${wasApplied}: it knows what the journal has lost.`,
    )
  journal.skipTo(history.applied + 1)
}
