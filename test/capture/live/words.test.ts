// What children say: their counts and reasons as they really put them, and nothing of the rest.

import { expect, test } from 'vitest'
import { Words } from '../../../src/capture/live/words.ts'

const wordsOf = (...texts: readonly string[]): Words => {
  const words = new Words()
  for (const text of texts) words.take(text)
  return words
}

test('counts of tcpdump while it runs', () => {
  const words = wordsOf(
    'tcpdump: listening on tap0, link-type EN10MB (Ethernet), snapshot length 262144 bytes\n',
    'tcpdump: 12 packets captured, 15 packets received by filter, 3 packets dropped by kernel\n',
    'tcpdump: 13 packets captured, 17 packets received by filter, 4 packets dropped by kernel\n',
  )
  expect(words).toMatchObject({ isListening: true, answers: 2, last: null })
  expect(words.running).toEqual({ received: 17, dropped: 4 })
})

test('counts go on where those of 32 bits begin anew', () => {
  const says = (received: number, dropped: number) =>
    `tcpdump: 1 packet captured, ${received} packets received by filter, ${dropped} packets dropped by kernel\n`
  const words = wordsOf(says(2_000_000_000, 0), says(4_000_000_000, 5), says(1000, 6))
  expect(words.running).toEqual({ received: 2 ** 32 + 1000, dropped: 6 })
  words.take('7 packets captured\n2000 packets received by filter\n6 packets dropped by kernel\n')
  expect(words.last).toEqual({ received: 2 ** 32 + 2000, dropped: 6 })
  expect(wordsOf(says(10, 0), says(9, 0)).running?.received).toBe(10)
})

test('counts of tcpdump at its end, cut anywhere', () => {
  const text = '1 packet captured\n1 packet received by filter\n0 packets dropped by kernel\n'
  for (let cut = 0; cut < text.length; cut++)
    expect(wordsOf(text.slice(0, cut), text.slice(cut)).last).toEqual({ received: 1, dropped: 0 })
})

test('counts of dumpcap, which leaves out of the received ones what was dropped', () => {
  const words = wordsOf(
    "Packets received/dropped on interface 'a/b': 90/10 (pcap:7/dumpcap:2/flushed:1/ps_ifdrop:0) (90.0%)\n",
  )
  expect(words.last).toEqual({ received: 100, dropped: 7 })
})

test('reasons', () => {
  const cases: readonly [text: string, reason: string][] = [
    ["tcpdump: eth0: You don't have permission to perform this capture", 'no_permission'],
    ['dumpcap: You do not have permission to capture on device "eth0".', 'no_permission'],
    ["tcpdump: can't parse filter expression: syntax error", 'filter'],
    ['dumpcap: Invalid capture filter "foo" for interface', 'filter'],
    ['tcpdump: pcap_loop: The interface disappeared', 'other'],
    ['', 'other'],
  ]
  for (const [text, reason] of cases)
    expect(`${text}: ${wordsOf(text).reason}`).toBe(`${text}: ${reason}`)
})

test('what it shows is short and safe, and what it holds is bounded', () => {
  const words = wordsOf(...Array.from({ length: 5000 }, () => '\x1b]0;boo'), '\n')
  for (let line = 0; line < 5000; line++) words.take(`line ${line} ${'x'.repeat(1000)}\n`)
  expect(words.shown.length).toBeLessThan(1000)
  expect(words.shown).toMatch(/^\\x1b\]0;boo/)
  expect(JSON.stringify(words).length).toBeLessThan(64 * 1024)
})
