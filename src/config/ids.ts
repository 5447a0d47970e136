// Ids and names: each is given once, and whatever is referred to exists.

import { complain, type Desk, fieldOf, rawList, whereOf } from './check.ts'
import { noSuch } from './no-such.ts'
import { quoted } from './reading.ts'
import type { Path } from './yaml.ts'

/** Ids that were given so far, and where. */
export type Taken = Map<string, string>

/**
 * The ids (or what stands at `key`) of a list's entries as written, so that a bad entry counts too.
 */
export function idsOf(desk: Desk, path: Path, key = 'id'): readonly (readonly [string, Path])[] {
  return rawList(desk, path).flatMap((raw, index) => {
    const id = fieldOf(raw, key)
    return typeof id === 'string' ? [[id, [...path, index, key]] as const] : []
  })
}

/** Takes the ids of a list and complains about those that somebody has already. */
export function takeIds(desk: Desk, path: Path, taken: Taken, key = 'id'): void {
  for (const [id, at] of idsOf(desk, path, key)) {
    const first = taken.get(id)
    if (first === undefined) taken.set(id, whereOf(desk, at))
    else complain(desk, at, `the ${key} ${quoted(id)} is given twice; first in ${first}`)
  }
}

/**
 * Complains where a word that refers to something refers to nothing; null refers to nothing
 * rightly.
 */
export function refer(
  desk: Desk,
  path: Path,
  { noun, word, valid }: { noun: string; word: string | null; valid: readonly string[] },
): void {
  if (word !== null && !valid.includes(word)) complain(desk, path, noSuch(noun, word, valid))
}
