// Text that may come from outside, made safe to show: names of files and hosts, and later whatever a
// packet says. What prints as nothing, moves a cursor or reorders its neighbours is made visible.

// Controls, formats (bidi overrides, zero-width characters, tags), lone surrogates, and the two line
// separators: Unicode general categories Cc, Cf, Cs, Zl and Zp.
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu

// JSON already escapes the controls below U+0020 and lone surrogates; these it lets through.
const LEFT_BY_JSON = /[\u007f-\u009f\p{Cf}\p{Zl}\p{Zp}]/gu

const PLAIN = /^[ !#-[\]-~]*$/

/** The text with every invisible character spelled out: `\x1b`, `\u{202e}`. For terminals and pages. */
export const visible = (text: string): string =>
  PLAIN.test(text) ? text : text.replace(INVISIBLE, spelledOut)

/** The text with `by` in the place of every invisible character: for formats that cannot spell them out. */
export const withoutInvisible = (text: string, by: string): string =>
  PLAIN.test(text) ? text : text.replace(INVISIBLE, by)

/** The text as a JSON string that no terminal acts upon; a reader gets the very same text back. */
export const quoted = (text: string): string =>
  PLAIN.test(text) ? `"${text}"` : inertJson(JSON.stringify(text))

/** JSON text with the invisible characters that `JSON.stringify` leaves as they are escaped too. */
export const inertJson = (json: string): string => json.replace(LEFT_BY_JSON, escaped)

/** `1,482,906`. */
export const grouped = (count: number): string => count.toLocaleString('en-US')

/** `1 flow`, `2,000 flows`. */
export const counted = (count: number, one: string, many = `${one}s`): string =>
  `${grouped(count)} ${count === 1 ? one : many}`

/** A word of a command line, in quotes where a shell would do something with it. */
export const shellWord = (text: string): string =>
  /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`

/** Orders by code units: the same on every machine, whatever its language. */
export const byText = (left: string, right: string): number =>
  left < right ? -1 : left > right ? 1 : 0

function spelledOut(character: string): string {
  const code = (character.codePointAt(0) ?? 0).toString(16)
  return code.length <= 2 ? `\\x${code.padStart(2, '0')}` : `\\u{${code}}`
}

/** JSON escapes count in UTF-16 units, so a character beyond U+FFFF takes two. */
const escaped = (character: string): string =>
  Array.from({ length: character.length }, (_, at) => character.charCodeAt(at))
    .map(unit => `\\u${unit.toString(16).padStart(4, '0')}`)
    .join('')
