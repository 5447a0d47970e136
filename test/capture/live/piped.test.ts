// Goal: a child writes into a pipe of the system where one can be made, and its output comes in any case, to its end.
// Method: a shell that says what its standard output is; what is left behind is looked for in a folder of the test's own.

import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { startPiped } from '../../../src/capture/live/piped.ts'

const SAYS_WHERE = 'if test -p /dev/stdout; then echo a pipe; else echo no pipe; fi'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mpwatch-piped-'))
})
afterEach(() => {
  vi.unstubAllEnvs()
  rmSync(folder, { recursive: true })
})

test('a program writes into a pipe, of which no name is left', async () => {
  vi.stubEnv('TMPDIR', folder)
  const { output } = shell(SAYS_WHERE)
  expect(readdirSync(folder)).toEqual([])
  expect(await text(output)).toBe('a pipe\n')
  expect(output.closed).toBe(true)
})

test('where no pipe can be made, it writes all the same', async () => {
  vi.stubEnv('TMPDIR', join(folder, 'not-there'))
  expect(await text(shell(SAYS_WHERE).output)).toBe('no pipe\n')
})

test('what is more than a pipe holds comes whole', async () => {
  vi.stubEnv('TMPDIR', folder)
  const { output, words } = shell('head -c 3000000 /dev/zero; echo done >&2')
  const [all, said] = await Promise.all([text(output), text(words)])
  expect([all.length, said]).toEqual([3_000_000, 'done\n'])
})

test('a program that is not there leaves neither a name nor an open pipe', async () => {
  vi.stubEnv('TMPDIR', folder)
  const { program, output } = started(join(folder, 'not-there'), [])
  const [error] = await once(program, 'error')
  expect(error).toMatchObject({ code: 'ENOENT' })
  expect(await text(output)).toBe('')
  expect(readdirSync(folder)).toEqual([])
})

const shell = (script: string) => started('/bin/sh', ['-c', script])
const started = (program: string, args: readonly string[]) =>
  startPiped({ tool: 'tcpdump', program, args }, { cwd: '/' })
