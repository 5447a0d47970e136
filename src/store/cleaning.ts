// The journal gives up its oldest file when it has grown too large. What still counts there is written anew at its end
// first, so that a kill between the two leaves it twice, which harms nothing, and never nowhere.

import type { Gate } from './gate.ts'
import type { History } from './history.ts'
import { bytesInForce, inForce } from './history-retention.ts'
import type { Journal } from './journal.ts'
import { carriedOver, entryOf } from './journal-entry.ts'

export interface Cleaning {
  readonly journal: Journal
  readonly history: History
  /** Nobody records between the question what still counts and its being written anew. */
  readonly gate: Gate
  /** Where what is in force alone takes more than half of it, twice as much as that. */
  readonly bytesMax: number
  /** The monitor's own clock. */
  readonly nowMs: number
}

/** How many files were given up. */
export async function clean(cleaning: Cleaning): Promise<number> {
  const { journal, history, gate, nowMs } = cleaning
  const limit = Math.max(cleaning.bytesMax, 2 * (await history.ask(db => bytesInForce(db, nowMs))))
  // Once around at the most: what is carried over counts again.
  const filesMax = journal.segmentCount
  let count = 0
  while (count < filesMax && journal.bytes > limit) {
    if (!(await gate.alone(() => giveUpOldest(cleaning)))) break
    count += 1
  }
  return count
}

async function giveUpOldest({ journal, history, nowMs }: Cleaning): Promise<boolean> {
  const { oldest } = journal
  if (oldest === null) return false
  const entries = (await journal.linesOf(oldest.segment, oldest.before)).map(entryOf)
  const kept = await history.ask(db => inForce(db, entries, nowMs))
  // Where the history is behind, nobody can tell what still counts.
  if (history.trouble !== null) return false
  const places = await journal.append(kept.map(carriedOver))
  history.add(kept.map((numbered, at) => ({ ...numbered, ...places[at] })))
  await journal.removeOldest()
  return true
}
