// Words in a rule file. Ids, names and places come from files that a person wrote: whatever could end a
// comment, a quotation or a line of some format is replaced before it gets there.

/** Of a comment. nftables takes 128 bytes, a remark of an ASA 100 characters. */
const COMMENT_CHARACTERS_MAX = 96
/** Of a name before its number; an object of an ASA has 64 in all. */
const IDENTIFIER_CHARACTERS_MAX = 40

/** On one line, of characters that mean nothing to any format, cut to what all of them take. */
export const plain = (text: string): string => harmless(text).slice(0, COMMENT_CHARACTERS_MAX)

/** The same, uncut: for lines that are comments altogether. */
export const harmless = (text: string): string => text.replace(/[^A-Za-z0-9 .,:;@/()_>-]/g, '_')

/** Letters, digits and `_`, the first a letter. */
export function identifier(text: string): string {
  const name = text.replace(/[^A-Za-z0-9]/g, '_').slice(0, IDENTIFIER_CHARACTERS_MAX)
  return /^[A-Za-z]/.test(name) ? name : `s_${name}`
}

/** The list in lines of about this width, each behind the same beginning. */
export function listLines(start: string, words: readonly string[], width = 96): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of words) {
    if (line !== '' && start.length + line.length + word.length + 2 > width) {
      lines.push(`${start}${line},`)
      line = ''
    }
    line += line === '' ? word : `, ${word}`
  }
  return [...lines, `${start}${line}`]
}
