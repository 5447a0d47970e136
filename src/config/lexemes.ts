// The words and signs of a YAML text as the library's lexer yields them, each with what speaks
// against it: before anything is built of them, and only as many as a file of ours can have.

import { CST, Lexer } from 'yaml'

/** Words, signs, spaces and line ends: a site of two thousand hosts has so many. */
const LEXEMES_MAX = 60_000
/** One text, comment or run of spaces. */
const LEXEME_CHARACTERS_MAX = 16_384

export interface Watched {
  readonly lexeme: string
  /** Why the lexeme may not stand here; `at` counts from its first character. */
  readonly refusal: { readonly at: number; readonly message: string } | undefined
}

/**
 * The lexemes of a text in order, at most `LEXEMES_MAX` and one, each with what speaks against it.
 */
export function* lexemesOf(text: string): Generator<Watched> {
  let count = 0
  let isPlainNext = false
  for (const lexeme of new Lexer().lex(text)) {
    // A marker comes before a plain or block scalar, whose first character then means nothing.
    const type: string | null = isPlainNext ? null : CST.tokenType(lexeme)
    isPlainNext = type === 'scalar'
    count++
    yield { lexeme, refusal: count > LEXEMES_MAX ? TOO_MANY : refusalOf(type, lexeme) }
    if (count > LEXEMES_MAX) return
  }
}

const TOO_MANY = {
  at: 0,
  message: `the file has more than ${LEXEMES_MAX} words and signs: it is read up to here`,
}

const REFUSED: ReadonlyMap<string | null, string> = new Map([
  ['anchor', 'anchors are not used here: write the value where it is needed'],
  ['alias', 'aliases are not used here: write the value out'],
  ['tag', 'tags are not used here: write the value without it'],
  ['directive-line', 'directives are not used here: leave the line out'],
])

function refusalOf(type: string | null, lexeme: string): Watched['refusal'] {
  const message = REFUSED.get(type)
  if (message !== undefined) return { at: 0, message }
  if (lexeme.length > LEXEME_CHARACTERS_MAX) return { at: 0, message: 'this text is too long' }
  if (QUOTED.has(type) && (lexeme.length === 1 || lexeme.at(-1) !== lexeme[0]))
    return { at: 0, message: 'the quotation that begins here does not end' }
  if (type !== 'double-quoted-scalar') return undefined
  for (const { index, 1: unknown } of lexeme.matchAll(ESCAPES))
    if (unknown !== undefined) return { at: index, message: BAD_ESCAPE }
  return undefined
}

const QUOTED: ReadonlySet<string | null> = new Set(['single-quoted-scalar', 'double-quoted-scalar'])
const BAD_ESCAPE = 'a backslash in double quotes must be doubled, or use single quotes'

/**
 * YAML 1.2, 5.7, but for `U`; what is no escape is captured. The library takes far longer to say
 * so.
 */
const ESCAPES = /\\(?:x[\da-fA-F]{2}|u[\da-fA-F]{4}|[0abtnvfre "/\\N_LP\t\r\n])|(\\)/g
