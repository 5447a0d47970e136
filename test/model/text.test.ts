import { expect, test } from 'vitest'
import { counted, grouped, inertJson, quoted, visible } from '../../src/model/text.ts'

const hostile: [meaning: string, text: string, shown: string, json: string][] = [
  ['an escape sequence', '\u001b[31mred', '\\x1b[31mred', '"\\u001b[31mred"'],
  ['a C1 control sequence', '\u009b2J', '\\x9b2J', '"\\u009b2J"'],
  ['a newline', 'a\nb', 'a\\x0ab', '"a\\nb"'],
  ['a delete', 'a\u007f', 'a\\x7f', '"a\\u007f"'],
  ['a bidi override', 'exe\u202egpj', 'exe\\u{202e}gpj', '"exe\\u202egpj"'],
  ['a bidi isolate', '\u2066x\u2069', '\\u{2066}x\\u{2069}', '"\\u2066x\\u2069"'],
  ['a zero-width space', 'a\u200bb', 'a\\u{200b}b', '"a\\u200bb"'],
  ['a line separator', 'a\u2028b', 'a\\u{2028}b', '"a\\u2028b"'],
  ['a lone surrogate', 'a\ud800b', 'a\\u{d800}b', '"a\\ud800b"'],
  ['a tag beyond U+FFFF', 'a\u{e0041}b', 'a\\u{e0041}b', '"a\\udb40\\udc41b"'],
]
for (const [meaning, text, shown, json] of hostile) {
  test(`${meaning} is spelled out for people`, () => {
    expect(visible(text)).toBe(shown)
  })
  test(`${meaning} is escaped in JSON and read back unchanged`, () => {
    expect(quoted(text)).toBe(json)
    expect(JSON.parse(quoted(text))).toBe(text)
  })
}

test('ordinary text of any script stays as it is', () => {
  expect(visible('büro-1 会議室 😀 C:\\x')).toBe('büro-1 会議室 😀 C:\\x')
})

test('quotes and backslashes are escaped in JSON', () => {
  expect(quoted('a"b\\c')).toBe('"a\\"b\\\\c"')
})

test('the layout of a JSON text is kept', () => {
  expect(inertJson('{\n  "a": "\u009b"\n}')).toBe('{\n  "a": "\\u009b"\n}')
})

test('numbers are grouped and counted in words', () => {
  expect(grouped(1_482_906)).toBe('1,482,906')
  expect([counted(1, 'flow'), counted(0, 'flow'), counted(2000, 'flow')]).toEqual([
    '1 flow',
    '0 flows',
    '2,000 flows',
  ])
})
