// Who keeps books of points that are still to be handed on is told of what is stored, and of what goes before it has
// come there.

import type { PointFollower } from '../../model/store.ts'
import type { Segment } from './segment.ts'

export class Followers {
  readonly #all = new Set<PointFollower>()

  add(follower: PointFollower): void {
    this.#all.add(follower)
  }

  remove(follower: PointFollower): void {
    this.#all.delete(follower)
  }

  stored(points: number): void {
    for (const follower of this.#all) follower.stored(points)
  }

  /** Whether somebody has not yet come through the file. */
  areBehind({ lastNumber }: Pick<Segment, 'lastNumber'>): boolean {
    return [...this.#all].some(follower => follower.cursor() < lastNumber)
  }

  /** Counts for each what it has not come to, lets the file go, and tells them. Nobody may read meanwhile. */
  async leave(
    { lastNumber }: Pick<Segment, 'lastNumber'>,
    countAfter: (number: number) => Promise<number>,
    remove: () => void,
  ): Promise<void> {
    const counts = new Map<PointFollower, { readonly cursor: number; readonly points: number }>()
    // What was being sent may have arrived while it was counted.
    for (;;) {
      const moved = [...this.#all].find(each => counts.get(each)?.cursor !== each.cursor())
      if (moved === undefined) break
      const cursor = moved.cursor()
      counts.set(moved, { cursor, points: cursor < lastNumber ? await countAfter(cursor) : 0 })
    }
    remove()
    for (const [follower, { points }] of counts) if (points > 0) follower.gone(points, lastNumber)
  }
}
