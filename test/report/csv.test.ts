// Goal: a CSV file reads back as it was, and no cell of it is a formula to a spreadsheet.
// Method: the nine openings of faults.md, alone, in the middle of a cell of several lines, and behind blanks; a
// reader of RFC 4180 reads back what was written.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { csvCell, csvLine } from '../../src/report/csv.ts'
import { csvRows } from '../support/csv.ts'

const OPENINGS = ['=', '+', '-', '@', '\t', '\r', ' =', '\u00a0=', '\uff1d'] as const

describe('a cell', () => {
  for (const opening of OPENINGS)
    test(`that begins with ${JSON.stringify(opening)} is no formula`, () => {
      const read = csvRows(csvLine([`${opening}cmd|' /C calc'!A0`]))[0]?.[0] ?? ''
      for (const line of read.split('\n')) expect(line).toMatch(/^('|$)/)
    })

  for (const opening of OPENINGS)
    test(`is none either in a later line that begins with ${JSON.stringify(opening)}`, () => {
      const read = csvRows(csvLine([`first\n${opening}cmd`]))[0]?.[0] ?? ''
      const [first, ...others] = read.split('\n')
      expect(first).toBe('first')
      for (const line of others) expect(line).toMatch(/^('|$)/)
    })

  test('of any text never begins with what makes a spreadsheet calculate', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), text => {
        for (const line of (csvRows(csvLine([text]))[0]?.[0] ?? '').split('\n'))
          expect(line.trimStart()).not.toMatch(/^[=+\-@]/)
      }),
    )
  })

  test('that is a number, or nothing, is left as it is', () => {
    expect([-5, 0.5, true, 12n, null, undefined].map(csvCell)).toEqual([
      ...['-5', '0.5', 'true', '12', '', ''],
    ])
  })

  test('has no character that acts on a terminal', () => {
    expect(csvCell('a\u001b[2J\u202eb')).toBe('a\\x1b[2J\\u{202e}b')
  })

  test('of harmless text is that text', () => {
    expect(['web-dmz-1', 'a=b', 'I-31', '203.0.113.77'].map(csvCell)).toEqual([
      ...['web-dmz-1', 'a=b', 'I-31', '203.0.113.77'],
    ])
  })
})

test('a line reads back as it was, whatever stands in it', () => {
  const harmless = fc
    .string({ unit: 'grapheme' })
    .map(text => `x${text.replace(/[\p{C}\p{Z}]/gu, ',"\n')}`)
  fc.assert(
    fc.property(fc.array(harmless, { minLength: 1 }), cells => {
      const safe = cells.map(cell => cell.replace(/\n[=+\-@\uff1d\uff0b\uff0d\uff20]/gu, '\nx'))
      expect(csvRows(csvLine(safe))).toEqual([safe])
    }),
  )
})
