// Goal: files saved by any common editor are read, and those in another encoding are refused with a place.

import { expect, test } from 'vitest'
import { loadSite } from '../../src/config/site.ts'
import { GOOD_SITE, problemsOf, sentencesOf, temporaryFolder, writeSite } from './files.ts'

const folder = temporaryFolder()
const load = (content: string | Uint8Array) => loadSite(writeSite(folder, content))
const told = (content: string | Uint8Array) => sentencesOf(problemsOf(() => load(content)))

test('a byte order mark is taken off', () => {
  expect(load(`\uFEFF${GOOD_SITE}`).site.nodes).toHaveLength(4)
})

test('lines may end in CR LF', () => {
  expect(load(GOOD_SITE.replaceAll('\n', '\r\n')).site.nodes).toHaveLength(4)
})

test('places are the same with a byte order mark and CR LF', () => {
  const spoilt = `\uFEFF${GOOD_SITE.replace('zone: dmz', 'zone: dmx').replaceAll('\n', '\r\n')}`
  const [problem] = problemsOf(() => load(spoilt))
  expect(problem).toEqual({
    where: `${folder}/site.yaml:6:34`,
    message:
      'no zone is called "dmx". Did you mean dmz? Zones are: core, dmz, admin-net, user-net, internet, cloud.',
    excerpt: `    - {prefix: 192.0.2.0/27, zone: dmx}\n${' '.repeat(35)}^`,
  })
})

test('UTF-16 with its mark is refused', () => {
  expect(told(Buffer.from(`\uFEFF${GOOD_SITE}`, 'utf16le'))).toEqual([
    '1:1 this is UTF-16: save the file as UTF-8',
  ])
})

test('UTF-16 without its mark is refused', () => {
  expect(told(Buffer.from(GOOD_SITE, 'utf16le'))).toEqual([
    '1:2 there is a zero byte here: a binary file, or UTF-16 saved without its mark',
  ])
})

test('a byte of Latin-1 is refused where it stands', () => {
  const latin = Buffer.from('# good: ä\nsite: Z\xFCrich\n', 'latin1')
  latin.set(Buffer.from('# good: a'), 0)
  expect(told(latin)).toEqual(['2:8 byte 0xfc is not UTF-8 here: save the file as UTF-8'])
})

test('a character cut short is refused where it begins', () => {
  const cut = Buffer.concat([Buffer.from('\uFEFFsite: Zü'), Buffer.from([0xe2, 0x82])])
  expect(told(cut)).toEqual(['1:9 byte 0xe2 is not UTF-8 here: save the file as UTF-8'])
})

test('an escape character that would speak to the terminal is refused and not repeated', () => {
  const [problem] = problemsOf(() => load('site: \u001B[31mred\n'))
  expect(problem?.message).toBe('the control character U+001B may not stand here')
  expect(problem?.excerpt).toBe(`  site: ·[31mred\n${' '.repeat(8)}^`)
})

test('a lone CR is refused', () => {
  expect(told('site: a\rnodes: b')).toEqual([
    '1:8 a line ends in a lone CR here: save the file with LF or CRLF line ends',
  ])
})

test('text that runs from right to left is made visible in messages', () => {
  const [problem] = problemsOf(() => load(GOOD_SITE.replace('zone: dmz', 'zone: "\u202Edmz"')))
  expect(problem?.message).toContain('no zone is called "·dmz". Did you mean dmz?')
})
