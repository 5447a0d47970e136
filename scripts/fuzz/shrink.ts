// The fewest items that still show a fault: halves, then quarters, and so on, are left out as long as what is
// left is faulty too (Zeller, "Simplifying and Isolating Failure-Inducing Input").

/** Asks `isFaulty` at most `triesMax` times; the items themselves if nothing can be left out. */
export async function shrink<Item>(
  items: readonly Item[],
  isFaulty: (fewer: readonly Item[]) => Promise<boolean>,
  triesMax: number,
): Promise<readonly Item[]> {
  let kept = items
  let tries = 0
  for (let size = kept.length >> 1; size >= 1; size >>= 1) {
    for (let at = 0; at < kept.length; ) {
      if (tries++ >= triesMax) return kept
      const fewer = [...kept.slice(0, at), ...kept.slice(at + size)]
      if (fewer.length > 0 && (await isFaulty(fewer))) kept = fewer
      else at += size
    }
  }
  return kept
}
