// The damage of one capture: the first places one by one, the rest in one last entry that counts them, so
// that a file that is damaged everywhere costs no more than one that is damaged often.

import type { Damage } from '../model/chunk.ts'
import { counted } from '../model/text.ts'

/** Places that are listed one by one. */
const LISTED_MAX = 1000

export class DamageList {
  /** In the order of the file. Grows while it is read. */
  readonly list: Damage[] = []
  private unlisted = 0

  add(damage: Damage): void {
    if (this.list.length < LISTED_MAX) {
      this.list.push(damage)
      return
    }
    this.unlisted += 1
    const rest = this.list[LISTED_MAX] ?? { ...damage, skippedBytes: 0 }
    this.list[LISTED_MAX] = {
      ...rest,
      message: `and ${counted(this.unlisted, 'more damaged place')}, the last at byte ${damage.offset}: ${damage.message}`,
      skippedBytes:
        damage.skippedBytes === null ? null : (rest.skippedBytes ?? 0) + damage.skippedBytes,
    }
  }
}
