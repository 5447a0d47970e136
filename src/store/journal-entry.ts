// What a line of the journal holds: an entry, or one that was carried over from a file that had to go.

import type { Entry } from '../model/lifecycle.ts'
import type { StoredLine } from './journal-segments.ts'

/** Written again so that its file can be removed; it keeps the number that it had at first. */
interface Carried {
  readonly kind: 'carried'
  readonly number: number
  readonly entry: Entry
}

/** An entry with its places in the journal. */
export interface Numbered {
  /** The line in which it stands now. */
  readonly seq: number
  /** The line in which it was first written. */
  readonly number: number
  readonly bytes: number
  readonly entry: Entry
}

export const carriedOver = ({ number, entry }: Pick<Numbered, 'number' | 'entry'>): Carried => ({
  ...{ kind: 'carried', number, entry },
})

export function entryOf({ seq, json, bytes }: StoredLine): Numbered {
  const value: Entry | Carried = JSON.parse(json)
  return value.kind === 'carried'
    ? { seq, number: value.number, bytes, entry: value.entry }
    : { seq, number: seq, bytes, entry: value }
}
