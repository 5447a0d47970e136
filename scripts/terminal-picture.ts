// A picture of terminal output: lines with the colours of report/layout.ts become an SVG, for the README.
// Text stays text, so that it can be searched, copied and compared by a test.

const COLUMN_PX = 7.8
const LINE_PX = 18
const PAD_PX = 16

// ECMA-48 SGR codes that our reports use, in the colours of the dark theme.
const STYLES: Readonly<Record<string, string>> = {
  '1': 'font-weight="600"',
  '2': 'fill="#9aa4ae"',
  '1;31': 'fill="#ff7f9d" font-weight="600"',
  '31': 'fill="#ff9d66"',
  '33': 'fill="#e3b341"',
  '36': 'fill="#a3b8c9"',
  '32': 'fill="#7fbf7f"',
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences begin with one.
const STYLED = /\u001b\[([\d;]+)m(.*?)\u001b\[0m/g

/** The SVG of some lines of terminal output, `columns` wide. */
export function terminalPicture(lines: readonly string[], columns: number): string {
  const width = Math.ceil(columns * COLUMN_PX + 2 * PAD_PX)
  const height = lines.length * LINE_PX + 2 * PAD_PX
  const rows = lines.map((line, row) => {
    const y = PAD_PX + (row + 0.75) * LINE_PX
    return `<text x="${PAD_PX}" y="${y}" xml:space="preserve">${dressed(line)}</text>`
  })
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" role="img">`,
    `<rect width="${width}" height="${height}" rx="6" fill="#111417"/>`,
    `<g fill="#e6e8ea" font-family="ui-monospace, 'IBM Plex Mono', 'DejaVu Sans Mono', monospace" font-size="13">`,
    ...rows,
    '</g>',
    '</svg>',
    '',
  ].join('\n')
}

function dressed(line: string): string {
  let at = 0
  let out = ''
  for (const match of line.matchAll(STYLED)) {
    const [whole, code = '', text = ''] = match
    out += escaped(line.slice(at, match.index))
    out += `<tspan ${STYLES[code] ?? ''}>${escaped(text)}</tspan>`
    at = match.index + whole.length
  }
  return out + escaped(line.slice(at))
}

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
