// The folder of a store: whether we may use it, and that nobody else does. One process holds a store; what shows
// it is a lock on a small database file, which the system gives back when the process ends, however it ends.

import {
  chmodSync,
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { UsageError } from '../model/errors.ts'
import { literal, NO_EXTENSIONS } from './duckdb-file.ts'
import { codeOf, textOf } from './system-errors.ts'

const FOLDER_MODE = 0o700
const LOCK_FILE = 'lock.duckdb'
/** DuckDB tells who holds a file: `Conflicting lock is held in /usr/bin/node (PID 4711)`. */
const HOLDER = /\(PID (\d+)\)/

const held = new Set<string>()

export interface HeldFolder {
  /** Without symbolic links. */
  readonly path: string
  release(): void
}

/**
 * Makes the folder where there is none, and holds it until it is released or the process ends.
 * Throws a UsageError where we may not, or where somebody holds it.
 */
export async function holdFolder(named: string): Promise<HeldFolder> {
  const path = made(named)
  if (held.has(path)) throw heldBy(named, process.pid)
  held.add(path)
  try {
    const lock = await locked(named, join(path, LOCK_FILE))
    writeFileSync(join(path, 'pid'), `${process.pid}\n`, { mode: 0o600 })
    return {
      path,
      release() {
        rmSync(join(path, 'pid'), { force: true })
        lock.closeSync()
        held.delete(path)
      },
    }
  } catch (error) {
    held.delete(path)
    throw error
  }
}

/** Makes new names of a folder last. */
export function syncFolder(path: string): void {
  const folder = openSync(path, 'r')
  try {
    fsyncSync(folder)
  } finally {
    closeSync(folder)
  }
}

function made(named: string): string {
  try {
    makeFolder(named)
    if (!statSync(named).isDirectory()) throw new UsageError(`${named} is a file; ${NEEDED}`)
    if ((statSync(named).mode & 0o077) !== 0) chmodSync(named, FOLDER_MODE)
    return realpathSync(named)
  } catch (error) {
    throw refused(named, error)
  }
}

/** Not by `recursive`, which never ends where a file system takes no folders. */
function makeFolder(path: string): void {
  if (existsSync(path)) return
  makeFolder(dirname(path))
  mkdirSync(path, { mode: FOLDER_MODE })
}

const NEEDED = 'a store needs a folder of its own that the monitor may write to.'

/** The error of the system in words that help. */
function refused(named: string, error: unknown): unknown {
  const code = codeOf(error)
  if (code === 'EEXIST' || code === 'ENOTDIR')
    return new UsageError(`${named} is a file, or stands in one; ${NEEDED}`)
  if (code === 'EACCES' || code === 'EPERM')
    return new UsageError(
      `${named}: no permission to write there; ${NEEDED} Give it to the user of the monitor (chown), or name another one.`,
    )
  if (code === 'EROFS')
    return new UsageError(`${named} is on a file system that is read-only; ${NEEDED}`)
  if (code === 'ENOSPC')
    return new UsageError(`${named}: no space is left on its disk to begin a store there.`)
  return code === 'ENOENT' ? new UsageError(`${named} cannot be made; ${NEEDED}`) : error
}

/** The lock holds nothing worth keeping, so a damaged one is made anew. */
async function locked(named: string, file: string): Promise<DuckDBInstance> {
  try {
    return await lockOf(file)
  } catch (error) {
    const text = textOf(error)
    const pid = HOLDER.exec(text)?.[1]
    if (pid !== undefined || /conflicting lock/i.test(text)) throw heldBy(named, Number(pid))
    if (/permission denied/i.test(text)) throw refused(named, codedAs('EACCES'))
    if (/read-only file system/i.test(text)) throw refused(named, codedAs('EROFS'))
    if (/no space left/i.test(text)) throw refused(named, codedAs('ENOSPC'))
    rmSync(file, { force: true })
    rmSync(`${file}.wal`, { force: true })
    return await lockOf(file)
  }
}

async function lockOf(file: string): Promise<DuckDBInstance> {
  const instance = await DuckDBInstance.create(':memory:', {
    ...{ threads: '1', memory_limit: '16MB' },
    ...NO_EXTENSIONS,
  })
  try {
    const connection = await instance.connect()
    // By its type: what looks like the file of another program would have DuckDB look for an extension.
    await connection.run(`attach ${literal(file)} as lock (type duckdb)`)
    connection.closeSync()
    chmodSync(file, 0o600)
    return instance
  } catch (error) {
    instance.closeSync()
    throw error
  }
}

const codedAs = (code: string): Error => Object.assign(new Error(code), { code })

const heldBy = (named: string, pid: number): UsageError =>
  new UsageError(
    `The store ${named} is held by process ${Number.isNaN(pid) ? 'of another user' : pid}, and one process holds a store. Ask the running monitor (mpwatch status, mpwatch findings), or end it first.`,
  )
