// Goal: a step of `ready` runs when its input changed, and only then.
// Method: a project of a few lines in a temporary folder, with an npm and a compiler that only leave a trace.

import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'

const SCRIPTS = fileURLToPath(new URL('../../scripts', import.meta.url))
const INSTALLING = 'Installing packages (npm ci). This takes up to a minute, once.\n'
const BUILDING = 'Building (tsc).\n'

/** Brings a compiler that copies src to dist, or fails when a source says `broken`. */
const NPM = `#!/bin/sh
echo "npm $*" >> calls
if test "$1" = ci && grep -q partial package-lock.json; then echo 'lock is partial'; exit 1; fi
mkdir -p node_modules/typescript/bin
echo "const fs = require('fs')
if (fs.readFileSync('src/main.ts', 'utf8') === 'broken') { console.log('main.ts is broken'); process.exit(1) }
fs.cpSync('src', 'dist', { recursive: true })" > node_modules/typescript/bin/tsc
`

let project = ''

beforeEach(() => {
  project = mkdtempSync(join(tmpdir(), 'mpwatch-ready-'))
  for (const folder of ['bin', 'scripts', 'src']) mkdirSync(join(project, folder))
  for (const name of ['ready.mjs', 'child.mjs'])
    cpSync(join(SCRIPTS, name), join(project, 'scripts', name))
  for (const name of ['package-lock.json', 'tsconfig.json', 'tsconfig.build.json'])
    write(name, '{}')
  write('src/main.ts', 'first')
  write('bin/npm', NPM)
  chmodSync(join(project, 'bin/npm'), 0o755)
})

afterEach(() => rmSync(project, { recursive: true }))

test('a fresh clone is installed and built', () => {
  expect(ready({ build: true })).toEqual({ code: 0, told: INSTALLING + BUILDING })
  expect(read('calls')).toBe('npm ci --ignore-scripts\n')
  expect(read('dist/main.ts')).toBe('first')
})

test('nothing is done where nothing changed', () => {
  ready({ build: true })
  expect(ready({ build: true })).toEqual({ code: 0, told: '' })
})

test('nothing is built unless asked', () => {
  expect(ready({ build: false }).told).toBe(INSTALLING)
  expect(existsSync(join(project, 'dist'))).toBe(false)
})

test('a lock file that npm ci refuses will do where it names the same dependencies', () => {
  write('package.json', '{"dependencies":{"yaml":"2.9.1"}}')
  write('package-lock.json', '{"partial":1,"packages":{"":{"dependencies":{"yaml":"2.9.1"}}}}')
  expect(ready({ build: false }).code).toBe(0)
  expect(read('calls')).toBe('npm ci --ignore-scripts\nnpm install --no-save --ignore-scripts\n')
})

test('a lock file of other dependencies ends with code 2 and the words of npm', () => {
  write('package.json', '{"dependencies":{"yaml":"2.9.2"}}')
  write('package-lock.json', '{"partial":1,"packages":{"":{"dependencies":{"yaml":"2.9.1"}}}}')
  const { code, told } = ready({ build: false })
  expect(code).toBe(2)
  expect(told).toContain('lock is partial\n')
})

test('another lock file installs again, and builds again', () => {
  ready({ build: true })
  write('package-lock.json', '{"changed":true}')
  expect(ready({ build: true }).told).toBe(INSTALLING + BUILDING)
})

test('a changed source builds again', () => {
  ready({ build: true })
  write('src/main.ts', 'second')
  expect(ready({ build: true }).told).toBe(BUILDING)
  expect(read('dist/main.ts')).toBe('second')
})

test('a deleted source leaves nothing behind in dist', () => {
  write('src/old.ts', 'old')
  ready({ build: true })
  rmSync(join(project, 'src/old.ts'))
  ready({ build: true })
  expect(existsSync(join(project, 'dist/old.ts'))).toBe(false)
})

test('a source that does not compile ends with code 2 and the words of the compiler', () => {
  write('src/main.ts', 'broken')
  const { code, told } = ready({ build: true })
  expect(code).toBe(2)
  expect(told).toContain('main.ts is broken\n')
})

test('a build that failed is tried again', () => {
  write('src/main.ts', 'broken')
  ready({ build: true })
  expect(ready({ build: true }).told).toContain(BUILDING)
})

const write = (path: string, text: string): void => writeFileSync(join(project, path), text)
const read = (path: string): string => readFileSync(join(project, path), 'utf8')

function ready(options: { readonly build: boolean }): { code: number | null; told: string } {
  const { PATH } = process.env
  const program = `import { ready } from './scripts/ready.mjs'; ready(${JSON.stringify(options)})`
  const { status, stderr } = spawnSync(
    process.execPath,
    ['--input-type=module', '--eval', program],
    {
      cwd: project,
      encoding: 'utf8',
      env: { PATH: [join(project, 'bin'), PATH].join(delimiter) },
    },
  )
  return { code: status, told: stderr }
}
