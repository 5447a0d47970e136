// The book of names: what a name is, for how long an address stands for one, what leaves it, and
// who denies it.

import { describe, expect, test } from 'vitest'
import type { NameAnswer } from '../../src/model/app.ts'
import { isWebexName, NameBook } from '../../src/policy/names.ts'
import { addressOf } from './builders.ts'

const SECOND = 1e9
const end = (address: string, port: number) => ({ address: addressOf(address), port })
const CLIENT = end('10.20.3.4', 50_000)
const SERVER = end('10.10.20.53', 53)
const ENDS = { low: CLIENT, high: SERVER }

/** `acme.webex.com 64.68.100.1,64.68.100.2 ttl 60`, or a code: `acme.webex.com code 3`. */
function answerOf(text: string): NameAnswer {
  const [name = '', what = '', , number = '0'] = text.split(' ')
  const code = what === 'code' ? Number(text.split(' ')[2]) : 0
  const addresses = what === 'code' ? [] : what.split(',').map(one => addressOf(one).bytes)
  return { name, code, addresses, ttlSeconds: Number(number) }
}

/** A book that learnt each answer at its second. */
function bookOf(...told: readonly (readonly [second: number, answer: string])[]): NameBook {
  const book = new NameBook()
  for (const [second, text] of told) book.learn(answerOf(text), second * SECOND, ENDS)
  return book
}

const ACME = addressOf('64.68.100.1')
const nameAt = (book: NameBook, second: number) => book.nameAt(ACME, second * SECOND)
const hasLeft = (book: NameBook, second: number) =>
  book.hasLeft(ACME, 'acme.webex.com', second * SECOND)

describe('a name of the domain (A-04)', () => {
  test.each(['webex.com', 'acme.webex.com', 'a.b.webex.com'])('is %s', name => {
    expect(isWebexName(name)).toBe(true)
  })
  test.each([
    ...['evilwebex.com', 'webex.com.x.org', 'acme.webex.com.x.org', '.com', 'com', ''],
    ...['webex.community', 'xwebex.com', 'webex.co'],
  ])('is not "%s"', name => {
    expect(isWebexName(name)).toBe(false)
  })
})

describe('an address stands for its name', () => {
  const book = bookOf([10, 'acme.webex.com 64.68.100.1 ttl 120'])

  test('from the answer on, as long as the answer may live', () => {
    expect([9, 10, 130, 131].map(second => nameAt(book, second))).toEqual([
      null,
      'acme.webex.com',
      'acme.webex.com',
      null,
    ])
  })

  test('for a minute at the least, since whoever asked keeps it that long', () => {
    const short = bookOf([10, 'acme.webex.com 64.68.100.1 ttl 0'])
    expect([70, 71].map(second => nameAt(short, second))).toEqual(['acme.webex.com', null])
  })

  test('and is known by it afterwards', () => {
    expect(book.lastNameOf(ACME, 5000 * SECOND)).toBe('acme.webex.com')
    expect(book.lastNameOf(ACME, 9 * SECOND)).toBeNull()
  })

  test('longer, where it was told again in time', () => {
    const again = bookOf(
      [10, 'acme.webex.com 64.68.100.1 ttl 120'],
      [100, 'acme.webex.com 64.68.100.1 ttl 120'],
    )
    expect([10, 150, 220, 221].map(second => nameAt(again, second))).toEqual([
      'acme.webex.com',
      'acme.webex.com',
      'acme.webex.com',
      null,
    ])
  })

  test('for the name that was told last', () => {
    const both = bookOf(
      [10, 'acme.webex.com 64.68.100.1 ttl 120'],
      [50, 'other.webex.com 64.68.100.1 ttl 120'],
    )
    expect([20, 60].map(second => nameAt(both, second))).toEqual([
      'acme.webex.com',
      'other.webex.com',
    ])
  })

  test('no longer, once it is told for a name of somebody else', () => {
    const shared = bookOf(
      [10, 'acme.webex.com 64.68.100.1 ttl 120'],
      [50, 'www.example.com 64.68.100.1 ttl 120'],
    )
    expect([50, 51].map(second => nameAt(shared, second))).toEqual(['acme.webex.com', null])
  })

  test('and never, where it is nowhere on the Internet', () => {
    const sunk = bookOf([10, 'acme.webex.com 10.1.1.1 ttl 120'])
    expect(sunk.nameAt(addressOf('10.1.1.1'), 20 * SECOND)).toBeNull()
  })
})

describe('a name has left an address (W-07)', () => {
  const told = [10, 'acme.webex.com 64.68.100.1 ttl 60'] as const
  const moved = [30, 'acme.webex.com 64.68.100.2 ttl 60'] as const

  test('once its time is over and a newer answer lacks it', () => {
    const book = bookOf(told, moved)
    expect([20, 70, 71].map(second => hasLeft(book, second))).toEqual([false, false, true])
  })

  test('not before anybody was told so', () => {
    const book = bookOf(told, [100, 'acme.webex.com 64.68.100.2 ttl 60'])
    expect([99, 100].map(second => hasLeft(book, second))).toEqual([false, true])
  })

  test('not by an answer about the other family of addresses', () => {
    const book = bookOf(told, [100, 'acme.webex.com 2001:db8::1 ttl 60'])
    expect(hasLeft(book, 110)).toBe(false)
  })

  test('and an address that was never told has nothing to lose', () => {
    expect(hasLeft(bookOf(moved), 200)).toBe(false)
  })
})

describe('a denial', () => {
  const moment = { firstNs: 5 * SECOND, lastNs: 15 * SECOND }
  const denialIn = (book: NameBook, when = moment) => book.denialIn(CLIENT, SERVER, when)

  test.each([
    ['acme.webex.com code 3', 'no_such_name'],
    ['webex.com code 5', 'refused'],
    ['acme.webex.com 10.1.1.1 ttl 60', 'sinkhole'],
    ['acme.webex.com 0.0.0.0 ttl 60', 'sinkhole'],
    ['acme.webex.com ::1 ttl 60', 'sinkhole'],
    ['acme.webex.com 127.0.0.1,192.168.1.1 ttl 60', 'sinkhole'],
  ])('is "%s", by %s', (text, how) => {
    expect(denialIn(bookOf([10, text]))?.how).toBe(how)
  })

  test.each([
    'acme.webex.com code 0',
    'acme.webex.com code 2',
    'acme.webex.com 64.68.100.1 ttl 60',
    'acme.webex.com 10.1.1.1,64.68.100.1 ttl 60',
    '_sip._tcp.acme.webex.com code 3',
    'evilwebex.com code 3',
  ])('is not "%s"', text => {
    expect(denialIn(bookOf([10, text]))).toBeNull()
  })

  test('belongs to the flow in which it was said, whichever end is called the client', () => {
    const book = bookOf([10, 'acme.webex.com code 3'])
    expect(book.denialIn(SERVER, CLIENT, moment)?.name).toBe('acme.webex.com')
    expect(book.denialIn({ ...CLIENT, port: 50_001 }, SERVER, moment)).toBeNull()
    expect(denialIn(book, { firstNs: 11 * SECOND, lastNs: 15 * SECOND })).toBeNull()
    expect(denialIn(book, { firstNs: 5 * SECOND, lastNs: 9 * SECOND })).toBeNull()
  })

  test('is over when the same flow gets an answer after all', () => {
    const book = bookOf([10, 'acme.webex.com code 3'], [11, 'acme.webex.com 64.68.100.1 ttl 60'])
    expect(denialIn(book)).toBeNull()
  })
})
