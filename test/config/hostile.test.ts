// Goal: files made to hurt are refused within a second and without taking memory (F34).
// Method: the worst of them are made in a folder and loaded in a process whose growth is measured.

import { execFileSync } from 'node:child_process'
import { mkdirSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { FILE_BYTES_MAX } from '../../src/config/file.ts'
import { loadPolicy } from '../../src/config/policy.ts'
import { loadSite } from '../../src/config/site.ts'
import { problemsOf, sentencesOf, temporaryFolder, writePolicy, writeSite } from './files.ts'

const folder = temporaryFolder()
const SECOND_MS = 1000
const KIB_MAX = 16 * 1024

const firstMessage = (path: string): string | undefined =>
  problemsOf(() => loadSite(path))[0]?.message

function made(name: string, content: string): string {
  const path = join(folder, name)
  writeFileSync(path, content)
  return path
}

/** Each list holds the one before nine times: a few lines that stand for four thousand million words. */
const ALIAS_BOMB = [
  'a: &a [x, x, x, x, x, x, x, x, x]',
  ...[...'bcdefghij'].map((name, index) => {
    const inner = `*${'abcdefghi'[index]}`
    return `${name}: &${name} [${Array(9).fill(inner).join(', ')}]`
  }),
].join('\n')

test('a gigabyte, a bomb of aliases, a million levels and an endless device are refused at once', () => {
  const gigabyte = made('gigabyte.yaml', '')
  truncateSync(gigabyte, 2 ** 30)
  const hostile = [
    gigabyte,
    made('bomb.yaml', ALIAS_BOMB),
    made('brackets.yaml', '['.repeat(1_000_000)),
    made('dashes.yaml', '- '.repeat(500_000)),
    '/dev/zero',
  ]
  const script = fileURLToPath(new URL('./hostile-load.ts', import.meta.url))
  const argv = ['--import', 'tsx', script, writeSite(folder), ...hostile]
  const told = JSON.parse(execFileSync(process.execPath, argv, { encoding: 'utf8' }))
  expect(told.messages).toEqual([
    expect.stringContaining('the file is larger than 1 MiB'),
    'anchors are not used here: write the value where it is needed',
    'lists and maps are nested more than 32 deep here',
    'lists and maps are nested more than 32 deep here',
    expect.stringContaining('this is a device, pipe or socket'),
  ])
  expect(told.millisecondsMost).toBeLessThan(SECOND_MS)
  expect(told.kibGrown).toBeLessThan(KIB_MAX)
})

test('the place where nesting gets too deep is told', () => {
  const path = made('deep.yaml', `a:\n  b: ${'['.repeat(40)}`)
  expect(sentencesOf(problemsOf(() => loadSite(path)))).toEqual([
    '2:36 lists and maps are nested more than 32 deep here',
  ])
})

test('a file of one byte too many is refused, and one of just the limit is read', () => {
  const comment = `#${'x'.repeat(1022)}\n`
  const full = comment.repeat(FILE_BYTES_MAX / 1024)
  expect(firstMessage(made('full.yaml', full))).toContain('the file is empty')
  expect(firstMessage(made('over.yaml', `${full}#`))).toContain('larger than 1 MiB')
})

test('a file of too many words is read up to a limit', () => {
  const path = made('wordy.yaml', `nodes: [${'a,'.repeat(100_000)}]`)
  expect(firstMessage(path)).toBe(
    'the file has more than 60000 words and signs: it is read up to here',
  )
})

test('a text of a hundred thousand characters is refused', () => {
  const path = made('long.yaml', `site: ${'a'.repeat(100_000)}\n`)
  expect(sentencesOf(problemsOf(() => loadSite(path)))).toEqual(['1:7 this text is too long'])
})

test('a thousand aliases are told a hundred times', () => {
  const path = made('aliases.yaml', `[${'*a, '.repeat(1000)}]`)
  expect(problemsOf(() => loadSite(path))).toHaveLength(100)
})

test('a file of a thousand errors tells the first two hundred and counts the others', () => {
  const keys = Array.from({ length: 1000 }, (_, index) => `key-${index}: 1`).join('\n')
  const problems = problemsOf(() => loadSite(made('keys.yaml', keys)))
  expect(problems).toHaveLength(201)
  expect(problems.at(-1)).toEqual({ where: '', message: '… and 803 more problems' })
})

test('a pipe that nobody writes to does not stop the start', () => {
  const pipe = join(folder, 'pipe.yaml')
  execFileSync('mkfifo', [pipe])
  expect(firstMessage(pipe)).toContain('this is a device, pipe or socket')
})

test('a directory is refused', () => {
  const path = join(folder, 'directory.yaml')
  mkdirSync(path)
  expect(firstMessage(path)).toContain('this is a directory, and a file is needed')
})

test('a link to a good file is followed', () => {
  const link = join(folder, 'link.yaml')
  symlinkSync(writeSite(folder), link)
  expect(loadSite(link).site.name).toBe('hq')
})

test('a link that leads to itself is refused', () => {
  const link = join(folder, 'loop.yaml')
  symlinkSync(link, link)
  expect(firstMessage(link)).toContain('this symbolic link leads back to itself')
})

test.skipIf(process.getuid?.() === 0)('a file that may not be read is refused', () => {
  const path = join(folder, 'secret.yaml')
  writeFileSync(path, '', { mode: 0o000 })
  expect(firstMessage(path)).toContain('permission denied')
})

test('a key called constructor or toString is as unknown as any other', () => {
  const rules = writePolicy(folder, { 'practice.yaml': 'constructor: 1\ntoString: 2\n' })
  expect(sentencesOf(problemsOf(() => loadPolicy(rules)))).toEqual([
    '1:1 the key "api_version" is missing',
    '1:1 no key is called "constructor".',
    '2:1 no key is called "toString".',
  ])
})

test('a key called __proto__ leaves the prototype of objects alone', () => {
  const path = made(
    'proto.yaml',
    '__proto__: {polluted: true}\nmodes: {__proto__: {polluted: true}}\n',
  )
  expect(problemsOf(() => loadSite(path)).length).toBeGreaterThan(0)
  expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false)
})
