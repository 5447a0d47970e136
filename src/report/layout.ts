// Lines for a terminal: wrapping by words, and colour. Widths are counted before colour is added, since
// escape sequences take no room.

export type Colour = 'bold' | 'dim' | 'critical' | 'high' | 'medium' | 'low' | 'kept'

/** Colours a text, or leaves it as it is. */
export type Paint = (colour: Colour, text: string) => string

// ECMA-48 SGR; from the 16 colours that every terminal has in a theme of its own, so that contrast holds
// on light and on dark. Critical and high share red: the shape and the word tell them apart as well.
const CODES: Readonly<Record<Colour, string>> = {
  bold: '1',
  dim: '2',
  critical: '1;31',
  high: '31',
  medium: '33',
  low: '36',
  kept: '32',
}

export const painter =
  (color: boolean): Paint =>
  (colour, text) =>
    color && text !== '' ? `\u001b[${CODES[colour]}m${text}\u001b[0m` : text

const NO_BREAK_SPACE = '\u00a0'

/** The text as one word to `wrap`: a time or a number with its unit is not torn apart. */
export const unbroken = (text: string): string => text.replaceAll(' ', NO_BREAK_SPACE)

/**
 * The text in lines of at most `width` characters; a word longer than that keeps a line of its own. Spaces
 * that do not break are plain spaces in the result.
 */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ').filter(part => part !== '')) {
    const longer = line === '' ? word : `${line} ${word}`
    if (line === '' || lengthOf(longer) <= width) line = longer
    else {
      lines.push(line)
      line = word
    }
  }
  return [...lines, line]
    .filter(full => full !== '')
    .map(full => full.replaceAll(NO_BREAK_SPACE, ' '))
}

/**
 * A text that hangs behind its label: the label stands before the first line, room before the others.
 * `dress` colours the label after its width has been counted.
 */
export function hanging(
  label: string,
  text: string,
  width: number,
  dress: (label: string) => string = plain => plain,
): string[] {
  const room = ' '.repeat(lengthOf(label))
  const lines = wrap(text, width - room.length)
  return lines.map((line, index) => (index === 0 ? dress(label) : room) + line)
}

/** Pads at the end to a number of characters. */
export const padded = (text: string, width: number): string =>
  text + ' '.repeat(Math.max(0, width - lengthOf(text)))

/** Characters, not UTF-16 units. */
const lengthOf = (text: string): number => [...text].length
