// Records that are taken up and given back: those that were given back go first, by a list through the records.
// They are numbered from 1, so that 0 can stand for none.

import { getI32, setI32 } from './memory.ts'

/**
 * A record's number; 0 where all `max` are taken. `pool` is the register of how many were ever taken, with the
 * first free one behind it; `link` is where the list goes through record 1, and records have so many `bytes`.
 */
export function takeRecord(pool: i32, link: i32, bytes: i32, max: i32): i32 {
  const free = getI32(pool + 4)
  if (free !== 0) {
    setI32(pool + 4, getI32(link + (free - 1) * bytes))
    return free
  }
  const used = getI32(pool)
  if (used >= max) return 0
  setI32(pool, used + 1)
  return used + 1
}

export function giveBack(number: i32, pool: i32, link: i32, bytes: i32): void {
  setI32(link + (number - 1) * bytes, getI32(pool + 4))
  setI32(pool + 4, number)
}
