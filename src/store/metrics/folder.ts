// The folder of metrics: names of its files, what lies beside them, and what they take up.

import { existsSync, readdirSync, renameSync, rmSync, truncateSync } from 'node:fs'
import { join } from 'node:path'

const FILE = /^(\d{6,})\.duckdb$/
const DAMAGED = /^(\d{6,})\.duckdb\.damaged$/

export interface Listed {
  /** Grows from file to file, from 1; no two files ever have the same. */
  readonly index: number
  readonly path: string
  readonly isDamaged: boolean
}

/** The files in the order in which they were begun. */
export function listed(folder: string): readonly Listed[] {
  const found = readdirSync(folder).flatMap(name => {
    const whole = FILE.exec(name)?.[1]
    const damaged = DAMAGED.exec(name)?.[1]
    const index = Number(whole ?? damaged)
    const path = join(folder, name)
    return Number.isNaN(index) ? [] : [{ index, path, isDamaged: damaged !== undefined }]
  })
  return found.sort((left, right) => left.index - right.index)
}

export const pathOf = (folder: string, index: number): string =>
  join(folder, `${String(index).padStart(6, '0')}.duckdb`)

/** Removes the file, and what DuckDB has laid beside it. */
export function removeFile(path: string): void {
  rmSync(path, { force: true })
  for (const beside of besides(path)) rmSync(beside, { force: true })
}

/** Makes the file take up nothing and yet keep its name, by which others know which numbers were used. */
export function emptyFile(path: string): void {
  truncateSync(path, 0)
  for (const beside of besides(path)) rmSync(beside, { force: true })
}

/** Renames the file and what lies beside it, so that nothing takes it for a whole one; its new path. */
export function markDamaged(path: string): string {
  const damaged = `${path}.damaged`
  // The file itself goes first: without its log it would look whole, with rows missing at its end.
  if (existsSync(path)) renameSync(path, damaged)
  for (const beside of besides(path)) renameSync(beside, `${damaged}${beside.slice(path.length)}`)
  return damaged
}

/** Removes logs whose file is gone: the process ended between the two. */
export function removeOrphans(folder: string): void {
  const names = readdirSync(folder)
  for (const name of names.filter(each => each.endsWith('.wal'))) {
    const owner = /^\d{6,}\.duckdb(\.damaged)?(?=\.)/.exec(name)?.[0]
    if (owner !== undefined && !names.includes(owner)) rmSync(join(folder, name), { force: true })
  }
}

/** The log of changes, and those that exist while a checkpoint is made. */
function besides(path: string): readonly string[] {
  const folder = join(path, '..')
  const start = `${path.slice(folder.length + 1)}.`
  return readdirSync(folder)
    .filter(name => name.startsWith(start) && name.endsWith('.wal'))
    .map(name => join(folder, name))
}
