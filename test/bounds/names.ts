// Bounds of the book of names: what is forgotten is not known any more, and nobody is accused by
// it.

import { expect } from 'vitest'
import { ipv4 } from '../../src/model/address.ts'
import { NameBook } from '../../src/policy/names.ts'
import { type BoundCase, numbersTo } from './case.ts'

const SECOND = 1e9
const SERVER = { address: ipv4(0x0a0a1435), port: 53 }
const ENDS = { low: { address: ipv4(0x0a140304), port: 50_000 }, high: SERVER }
/** 64.0.0.0 */
const FIRST = 0x40_00_00_00

/** The address number so and so is told for the name at this second, for an hour. */
function tell(book: NameBook, name: string, number: number, second: number): void {
  const addresses = [ipv4(FIRST + number).bytes]
  book.learn({ name, code: 0, addresses, ttlSeconds: 3600 }, second * SECOND, ENDS)
}

export const NAME_BOUNDS: Readonly<Record<string, BoundCase>> = {
  'names of WebEx, their addresses, denials of them': (max = 0) => {
    addressesTo(max)
    namesTo(max)
    denialsTo(max)
  },

  'answers of a name, periods of an address': (answers = 0, periods = 0) => {
    const moved = new NameBook()
    tell(moved, 'acme.webex.com', 0, 1)
    const hasLeft = () => moved.hasLeft(ipv4(FIRST), 'acme.webex.com', 5000 * SECOND)
    tell(moved, 'acme.webex.com', 1, 5000)
    for (const second of numbersTo(answers - 1)) tell(moved, 'acme.webex.com', 1, 6000 + second)
    expect(hasLeft()).toBe(true)
    tell(moved, 'acme.webex.com', 1, 7000)
    expect(hasLeft()).toBe(false)

    const shared = new NameBook()
    const nameAt = () => shared.nameAt(ipv4(FIRST), 1.5 * SECOND)
    for (const number of numbersTo(periods)) tell(shared, `n${number}.webex.com`, 0, 1 + number)
    expect(nameAt()).toBe('n0.webex.com')
    tell(shared, 'one-more.webex.com', 0, 1 + periods)
    expect(nameAt()).toBeNull()
  },
}

function addressesTo(max: number): void {
  const book = new NameBook()
  for (const number of numbersTo(max)) tell(book, 'acme.webex.com', number, 1)
  expect(book.nameAt(ipv4(FIRST), 2 * SECOND)).toBe('acme.webex.com')
  tell(book, 'acme.webex.com', max, 1)
  expect(book.nameAt(ipv4(FIRST), 2 * SECOND)).toBeNull()
}

function namesTo(max: number): void {
  const book = new NameBook()
  const hasLeft = () => book.hasLeft(ipv4(FIRST), 'acme.webex.com', 9000 * SECOND)
  tell(book, 'acme.webex.com', 0, 1)
  tell(book, 'acme.webex.com', 1, 2)
  for (const number of numbersTo(max - 1)) tell(book, `n${number}.webex.com`, 2, 3)
  expect(hasLeft()).toBe(true)
  tell(book, 'one-more.webex.com', 2, 3)
  expect(hasLeft()).toBe(false)
}

function denialsTo(max: number): void {
  const book = new NameBook()
  const asker = (number: number) => ({ address: ipv4(FIRST + (number >> 8)), port: number & 0xff })
  const answer = { name: 'acme.webex.com', code: 3, addresses: [], ttlSeconds: 0 }
  const deny = (number: number) => book.learn(answer, SECOND, { low: asker(number), high: SERVER })
  const first = () => book.denialIn(asker(0), SERVER, { firstNs: 0, lastNs: 2 * SECOND })
  for (const number of numbersTo(max)) deny(number)
  expect(first()).not.toBeNull()
  deny(max)
  expect(first()).toBeNull()
}
