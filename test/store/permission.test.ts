// A folder that its user may not write to, tried as a user who is not root.

import { spawnSync } from 'node:child_process'
import { chmodSync, chownSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { folder } from './stored.ts'

const NOBODY = 65_534
const LONG_MS = 30_000
const STORE = fileURLToPath(new URL('../../src/store/store.ts', import.meta.url))

const OPENING = `
  const { openStore } = await import(process.argv[1])
  await openStore(process.argv[2], { now: () => 0 }).then(
    async store => { await store.close(); console.log('open') },
    error => console.log(error.name + ': ' + error.message),
  )`

/** Root changes its user, which everybody else cannot; and that user must be able to read the program. */
const mayTry =
  process.getuid?.() === 0 &&
  spawnSync('test', ['-r', STORE], { uid: NOBODY, gid: NOBODY }).status === 0

function opened(path: string): string {
  const argv = ['--import', 'tsx', '--input-type=module', '--eval', OPENING, '--', STORE, path]
  const { stdout, stderr } = spawnSync(process.execPath, argv, {
    ...{ encoding: 'utf8', uid: NOBODY, gid: NOBODY },
    // The loader keeps what it has compiled in a folder, which must be that user's.
    env: { ...process.env, TSX_DISABLE_CACHE: '1' },
  })
  return `${stdout}${stderr}`
}

test.skipIf(!mayTry)(
  'No permission is an error that says what to do',
  () => {
    const path = folder()
    chmodSync(path, 0o755)
    const mine = join(path, 'mine')
    mkdirSync(mine)
    chownSync(mine, NOBODY, NOBODY)
    expect(opened(mine)).toBe('open\n')
    expect(opened(join(path, 'store'))).toMatch(
      /^UsageError: .*store: no permission to write there.*chown/,
    )
    // Somebody else's, and open to all as far as reading goes.
    const others = join(path, 'others')
    mkdirSync(others, { mode: 0o755 })
    expect(opened(others)).toMatch(/^UsageError: .*others: no permission to write there/)
  },
  LONG_MS,
)
