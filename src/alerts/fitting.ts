// Text of a notice made fit for one line of a bounded message: nothing invisible in it, nothing that ends the line,
// and never cut within a character. faults.md, F30.

import { visible } from '../model/text.ts'

/** One byte each, and nothing that any format escapes: most text by far, and a notice may have a thousand findings. */
const PLAIN = /^[\w .,:/@>()+-]*$/

const MARK = '…'
const MARK_BYTES = Buffer.byteLength(MARK)

/**
 * The text on one line, every invisible character spelled out, each character passed through `escaped`, in so many bytes of
 * UTF-8 at the most. What is cut ends in `…`; an escape is never cut in two.
 */
export function fitting(
  text: string,
  bytesMax: number,
  escaped: (character: string) => string = same,
): string {
  if (text.length <= bytesMax && PLAIN.test(text)) return text
  let fitted = ''
  let bytes = 0
  // Where it is cut if more follows than fits.
  let cutAt = 0
  for (const character of visible(text)) {
    const piece = escaped(character)
    bytes += Buffer.byteLength(piece)
    if (bytes > bytesMax) return `${fitted.slice(0, cutAt)}${MARK}`
    fitted += piece
    if (bytes + MARK_BYTES <= bytesMax) cutAt = fitted.length
  }
  return fitted
}

const same = (character: string): string => character
