// The outcome of reading one piece of text: its value, or one sentence on what is wrong with it.

export type Reading<T> = { readonly value: T } | { readonly wrong: string }

/** Long enough to recognise what was written, short enough for a line of a message. */
const QUOTED_CHARACTERS_MAX = 40

/**
 * Control, format and private characters, which could move the cursor or reorder a terminal's line.
 */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}]/gu

/** Text from a file as it may stand in a message: every character visible and one column wide. */
export const printable = (text: string): string =>
  text.replaceAll('\t', '→').replace(UNPRINTABLE, '·')

/** In quotes, cut where it is long. */
export function quoted(text: string): string {
  const characters = [...text.slice(0, 2 * QUOTED_CHARACTERS_MAX)]
  const cut = characters.length > QUOTED_CHARACTERS_MAX
  const kept = characters.slice(0, QUOTED_CHARACTERS_MAX).join('')
  return `"${printable(kept)}${cut ? '…' : ''}"`
}
