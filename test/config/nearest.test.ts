import { expect, test } from 'vitest'
import { noSuch } from '../../src/config/no-such.ts'
import { nearest } from '../../src/model/nearest.ts'

const ROLES = ['app', 'web', 'media-audio', 'enduser-int', 'sql']

const guesses = {
  wbe: 'web',
  apps: 'app',
  WEB: 'web',
  media_audio: 'media-audio',
  'enduser-itn': 'enduser-int',
  'end-user': undefined,
  mysql: undefined,
  printer: undefined,
  '': undefined,
  ['web'.repeat(1000)]: undefined,
}

for (const [written, meant] of Object.entries(guesses))
  test(`"${written.slice(0, 20)}" probably means ${meant}`, () => {
    expect(nearest(written, ROLES)).toBe(meant)
  })

test('of two equally near words the first is named', () => {
  expect(nearest('I-02', ['I-01', 'I-03'])).toBe('I-01')
})

test('nothing is near where nothing is valid', () => {
  expect(nearest('web', [])).toBeUndefined()
})

test('the sentence names the nearest word and all valid ones', () => {
  expect(noSuch('role', 'wbe', ['app', 'web'])).toBe(
    'no role is called "wbe". Did you mean web? Roles are: app, web.',
  )
})

test('the sentence says where there is nothing to choose from', () => {
  expect(noSuch('node', 'a', [])).toBe('no node is called "a". There are no nodes.')
})

test('a long list of valid words is cut and counted', () => {
  const words = Array.from({ length: 60 }, (_, index) => `word-${index}`)
  expect(noSuch('node', 'a', words)).toMatch(/word-47, and 12 more\.$/)
})

test('a long word is quoted in part', () => {
  expect(noSuch('node', 'x'.repeat(50), [])).toBe(
    `no node is called "${'x'.repeat(40)}…". There are no nodes.`,
  )
})
