// The Date of HTTP responses: RFC 9110, 5.6.7.

import { expect, test } from 'vitest'
import { seeded } from '../../fixtures/scenario/random.ts'
import { httpDate } from '../../src/protocols/http-date.ts'

test.each([
  ['Sun, 06 Nov 1994 08:49:37 GMT', 784_111_777],
  ['Thu, 01 Jan 1970 00:00:00 GMT', 0],
  ['Thu, 29 Feb 2024 23:59:59 GMT', 1_709_251_199],
  // The leap second of 2016 has no number of its own.
  ['Sat, 31 Dec 2016 23:59:60 GMT', 1_483_228_799],
])('%s is %d', (text, seconds) => {
  expect(httpDate(text)).toBe(seconds)
})

test.each([
  'Sunday, 06-Nov-94 08:49:37 GMT',
  'Sun Nov  6 08:49:37 1994',
  'Mon, 06 Nov 1994 08:49:37 GMT',
  'Sun, 06 Nov 1994 08:49:37 UTC',
  'Sun, 06 Nov 1994 24:49:37 GMT',
  'Sun, 06 Nov 1994 08:60:37 GMT',
  'Sun, 06 Nov 1994 08:49:61 GMT',
  'Thu, 31 Jun 2026 08:49:37 GMT',
  'Sun, 06 ovD 1994 08:49:37 GMT',
  'sun, 06 nov 1994 08:49:37 GMT',
  'Sun, 06 Nov 0094 08:49:37 GMT',
  'Sun, 06 Nov 1994 08:49:37 GMT ',
  '',
  '\u0000',
])('%s is no date', text => {
  expect(httpDate(text)).toBeNull()
})

test('every second is read as the runtime writes it', () => {
  const random = seeded(9)
  for (let turn = 0; turn < 2000; turn++) {
    const seconds = random()
    expect(httpDate(new Date(seconds * 1000).toUTCString())).toBe(seconds)
  }
})
