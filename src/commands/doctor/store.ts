// Where the history is kept: whether it can be written there, how much room is left, and what was set aside. It
// is not opened, since one process holds it and that may be watching right now.

import { accessSync, constants, readdirSync, type Stats, statfsSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { counted, grouped, shellWord } from '../../model/text.ts'
import type { WatchConfig } from '../../model/watch-config.ts'
import { userName } from './ask.ts'
import { type Check, checkOf } from './check.ts'

const MIB = 1_048_576
/** Of findings, acts and the history of both, beside the metrics. */
const FINDINGS_MIB = 512
/** Below this, watching begins degraded. */
const LEAST_MIB = 64
const OTHERS_BITS = 0o077
/** How the store calls a file that it could not open, and put beside. */
const SET_ASIDE = /\.damaged(-\d+)?(\.wal)?$/
const NAMED_MAX = 5

export function storeChecks({ store }: WatchConfig): readonly Check[] {
  const check = checkOf('store', store.folder)
  const stats = statsOf(store.folder)
  if (stats === null) return willBeMade(store)
  if (!stats.isDirectory()) return [check('fail', 'this is no folder: name another one (--store)')]
  const access = accessCheck(store.folder)
  if (access.state === 'fail') return [access]
  return [access, ownerCheck(store.folder, stats), roomCheck(store), ...contentChecks(store.folder)]
}

/** A folder that is not there yet is made by whoever watches first. */
function willBeMade(store: WatchConfig['store']): readonly Check[] {
  const check = checkOf('store', store.folder)
  const parent = nearestParent(store.folder)
  if (mayNot(parent) === null)
    return [check('ok', `will be made in ${parent}`), roomCheck(store, parent)]
  const user = userName()
  return [
    check(
      'fail',
      `does not exist, and this user (${user}) may not make it in ${parent}`,
      `sudo install -d -o ${user} -m 0700 ${shellWord(store.folder)}`,
    ),
  ]
}

function nearestParent(folder: string): string {
  const parent = dirname(folder)
  return parent === folder || statsOf(parent)?.isDirectory() ? parent : nearestParent(parent)
}

function accessCheck(folder: string): Check {
  const check = checkOf('store', folder)
  const wrong = mayNot(folder)
  if (wrong === null) return check('ok', 'can be read and written')
  if (wrong === 'EROFS')
    return check('fail', 'lies on a file system that is mounted read-only: name another (--store)')
  const user = userName()
  return check(
    'fail',
    `may not be read and written by this user (${user})`,
    `sudo chown -R ${user} ${shellWord(folder)}`,
  )
}

function ownerCheck(folder: string, { mode }: Stats): Check {
  const check = checkOf('store-mode', folder)
  return (mode & OTHERS_BITS) === 0
    ? check('ok', 'is closed to other users')
    : check('warn', 'is open to other users', `chmod 700 ${shellWord(folder)}`)
}

function roomCheck({ folder, metricsBytes }: WatchConfig['store'], there = folder): Check {
  const check = checkOf('store-room', there)
  const { bavail, bsize, ffree, files } = statfsSync(there)
  const freeMib = (bavail * bsize) / MIB
  const wantedMib = Math.max(0, metricsBytes / MIB + FINDINGS_MIB - takenBytes(folder) / MIB)
  const text = `${mib(freeMib)} free, and up to ${mib(wantedMib)} wanted`
  if (files > 0 && ffree === 0) return check('fail', 'the file system has no inode left')
  if (freeMib < LEAST_MIB) return check('fail', `${text}: too little to begin`)
  return freeMib >= wantedMib
    ? check('ok', text)
    : check('warn', `${text}: take fewer metrics (store: metrics_mib), or the oldest will go early`)
}

/** What is there already needs no room any more. */
const takenBytes = (folder: string): number =>
  pathsOf(folder).reduce((sum, path) => sum + (statsOf(path)?.size ?? 0), 0)

const mib = (count: number): string => `${grouped(Math.floor(count))} MiB`

/** Files that are somebody else's, as after a run as root, and files that were damaged. */
function contentChecks(folder: string): readonly Check[] {
  const paths = pathsOf(folder)
  const foreign = paths.filter(path => mayNot(path) !== null)
  const damaged = paths.filter(path => SET_ASIDE.test(path))
  const checks: Check[] = []
  if (foreign.length > 0)
    checks.push(
      checkOf('store-files', folder)(
        'fail',
        `${counted(foreign.length, 'file')} in it may not be written by this user: ${named(foreign)}`,
        `sudo chown -R ${userName()} ${shellWord(folder)}`,
      ),
    )
  if (damaged.length > 0)
    checks.push(
      checkOf('store-damage', folder)(
        'warn',
        `${counted(damaged.length, 'file')} could not be opened and was set aside: ${named(damaged)}. What could be saved is in use again; move it away when nobody needs it`,
      ),
    )
  return checks
}

const named = (paths: readonly string[]): string =>
  [...paths.slice(0, NAMED_MAX), ...(paths.length > NAMED_MAX ? ['…'] : [])].join(', ')

const pathsOf = (folder: string): readonly string[] =>
  [folder, join(folder, 'journal'), join(folder, 'metrics')].flatMap(filesIn)

function filesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter(entry => entry.isFile() || entry.isDirectory())
      .map(({ name }) => join(folder, name))
  } catch {
    return []
  }
}

/** The system's code where the path may not be read and written; null where it may. */
function mayNot(path: string): string | null {
  try {
    const isFolder = statSync(path).isDirectory()
    accessSync(path, constants.R_OK | constants.W_OK | (isFolder ? constants.X_OK : 0))
    return null
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : 'unknown error'
  }
}

function statsOf(path: string): Stats | null {
  try {
    return statSync(path)
  } catch {
    return null
  }
}
