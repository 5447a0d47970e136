// What somebody probably meant: the known word that is the fewest typing errors away.

/**
 * Beyond this nobody mistyped a short name, and the comparison stays cheap whatever a file holds.
 */
const WORD_CHARACTERS_MAX = 32

/**
 * The valid word nearest to what was written, upper and lower case and `_` and `-` being alike;
 * undefined where more than a third of the letters would have to change.
 */
export function nearest(word: string, valid: readonly string[]): string | undefined {
  if (word.length > WORD_CHARACTERS_MAX) return undefined
  const plain = plainOf(word)
  let best: { text: string; errors: number } | undefined
  for (const text of valid) {
    const errors = typingErrors(plain, plainOf(text))
    if (best === undefined || errors < best.errors) best = { text, errors }
  }
  const errorsMax = Math.max(1, Math.floor(plain.length / 3))
  return best !== undefined && best.errors <= errorsMax ? best.text : undefined
}

const plainOf = (word: string): string => word.toLowerCase().replaceAll('_', '-')

/**
 * Letters inserted, left out, replaced, or swapped with their neighbour (optimal string alignment).
 */
function typingErrors(left: string, right: string): number {
  let before: number[] = []
  let above = Array.from({ length: right.length + 1 }, (_, index) => index)
  for (let row = 1; row <= left.length; row++) {
    const current = [row]
    for (let column = 1; column <= right.length; column++) {
      const same = left[row - 1] === right[column - 1]
      const swapped =
        row > 1 &&
        column > 1 &&
        left[row - 1] === right[column - 2] &&
        left[row - 2] === right[column - 1]
      current[column] = Math.min(
        (above[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (above[column - 1] ?? 0) + (same ? 0 : 1),
        swapped ? (before[column - 2] ?? 0) + 1 : Number.POSITIVE_INFINITY,
      )
    }
    before = above
    above = current
  }
  return above[right.length] ?? 0
}
