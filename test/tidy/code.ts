// Separates code from the text in it, so that a rule about code does not trip over a comment or a
// message. A few regular expressions, enough for sources that are formatted by Biome.

const COMMENT = String.raw`\/\/[^\n]*|\/\*[\s\S]*?\*\/`
const QUOTED = String.raw`'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"`
/** A slash where no value precedes it starts a regular expression; elsewhere it divides. */
const REGEX = String.raw`(?<=(?:^|[(,=:[!&|?{};+>]|\breturn)\s*)\/(?![*/])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+\/[a-z]*`
const EXPRESSION = String.raw`\$\{(?:[^{}\x60]|\{[^{}]*\}|\x60[^\x60]*\x60)*\}`
const TEMPLATE = String.raw`\x60(?:\\[\s\S]|${EXPRESSION}|[^\x60\\])*\x60`
const TEXT = new RegExp([COMMENT, REGEX, QUOTED, TEMPLATE].join('|'), 'g')

/** Blanks comments, strings and regular expressions; line breaks and `${…}` of templates stay. */
export function codeOf(source: string): string {
  return source.replace(TEXT, text => (text.startsWith('`') ? expressionsOf(text) : blank(text)))
}

/** Blanks comments alone: what a module imports stands in a string. */
export function withoutComments(source: string): string {
  return source.replace(TEXT, text => (/^\/[/*]/.test(text) ? blank(text) : text))
}

function expressionsOf(template: string): string {
  let code = ''
  let end = 0
  for (const match of template.matchAll(new RegExp(EXPRESSION, 'g'))) {
    code += blank(template.slice(end, match.index)) + codeOf(match[0])
    end = match.index + match[0].length
  }
  return code + blank(template.slice(end))
}

const blank = (text: string): string => text.replace(/[^\n]/g, ' ')
