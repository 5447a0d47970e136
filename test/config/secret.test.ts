// Goal: a secret is read whole or not at all, from where nobody else can read it, and no message repeats it.

import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { readSecret } from '../../src/config/secret.ts'
import { UsageError } from '../../src/model/errors.ts'
import { temporaryFolder } from './files.ts'

const folder = temporaryFolder()
const path = join(folder, 'se cret')

function fromFile(content: string | Uint8Array, mode = 0o640): Promise<string> {
  writeFileSync(path, content)
  chmodSync(path, mode)
  return readSecret({ from: 'file', path })
}

/** What is said where it cannot be read. */
const refusal = async (read: Promise<string>): Promise<string> => {
  const error: unknown = await read.then(
    () => 'it was read',
    thrown => thrown,
  )
  expect(error).toBeInstanceOf(UsageError)
  return String(error)
}

test('a secret is one line of a file, and its end is none of it', async () => {
  const read = ['hunter2', 'hunter2\n', 'hunter2\r\n'].map(content => () => fromFile(content))
  for (const one of read) expect(await one()).toBe('hunter2')
  expect(await fromFile(' spaces count ')).toBe(' spaces count ')
  const link = join(folder, 'link')
  symlinkSync(path, link)
  expect(await readSecret({ from: 'file', path: link })).toBe(' spaces count ')
})

test('a secret is read from the environment', async () => {
  const source = { from: 'environment', name: 'TOKEN' } as const
  expect(await readSecret(source, { TOKEN: 'hunter2' })).toBe('hunter2')
  expect(await refusal(readSecret(source, {}))).toMatch(/TOKEN: this environment variable is not/)
  expect(await refusal(readSecret(source, { TOKEN: 'a\r\nb' }))).toMatch(/TOKEN: a secret is one/)
})

describe('refused is a file', () => {
  const BAD: Readonly<Record<string, readonly [() => Promise<string>, string]>> = {
    'that others may read': [
      () => fromFile('hunter2', 0o644),
      `other users may read this secret: chmod o= '${path}'`,
    ],
    'that others may write': [() => fromFile('hunter2', 0o602), `chmod o= '${path}'`],
    'that is empty': [() => fromFile('\n'), 'this file is empty'],
    'of two lines': [() => fromFile('hunter2\nhunter2\n'), 'a secret is one line'],
    'with a zero byte': [() => fromFile('hunter2\0'), 'a secret is one line'],
    'that is no text': [() => fromFile(Uint8Array.of(0xff, 0xfe)), 'this is not UTF-8'],
    'that is too large': [() => fromFile('x'.repeat(4097)), 'at most 4096 bytes'],
    'that is not there': [
      () => readSecret({ from: 'file', path: join(folder, 'nowhere') }),
      'there is no such file: it is to hold the secret, on one line',
    ],
  }
  for (const [what, [read, expected]] of Object.entries(BAD))
    test(what, async () => {
      const told = await refusal(read())
      expect(told).toContain(expected)
      expect(told).not.toContain('hunter2')
    })

  test('that is a folder, a device, or a pipe to which nobody writes', async () => {
    const pipe = join(folder, 'pipe')
    execFileSync('mkfifo', ['-m', '600', pipe])
    mkdirSync(join(folder, 'sub'))
    for (const other of [join(folder, 'sub'), '/dev/zero', pipe])
      expect(await refusal(readSecret({ from: 'file', path: other }))).toMatch(/regular file/)
  })
})
