// A DuckDB file and how we use it: little memory, no network, nothing outside the folder of the store.

import { chmodSync, existsSync, renameSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import {
  BIGINT,
  type DuckDBAppender,
  type DuckDBConnection,
  DuckDBInstance,
  type DuckDBType,
  type DuckDBValue,
  LIST,
  listValue,
  SQLNULL,
  VARCHAR,
} from '@duckdb/node-api'
import { UsageError } from '../model/errors.ts'
import { literal, NO_EXTENSIONS } from './duckdb-file.ts'
import { MIGRATIONS } from './migrations.ts'

export type Value = string | number | null | readonly string[]
export type Row = Readonly<Record<string, string | number | null>>

const SETTINGS = {
  memory_limit: '128MB',
  threads: '2',
  // Small, so that what lies in the log beside the file stays small on a small disk.
  checkpoint_threshold: '1MB',
  ...NO_EXTENSIONS,
}

/** What changes a row rewrites its group: small groups make small changes cheap. */
const ROWS_OF_A_GROUP = 16_384

/** One connection: statements on it run one after the other. */
export class Connection {
  readonly #connection: DuckDBConnection

  constructor(connection: DuckDBConnection) {
    this.#connection = connection
  }

  async run(sql: string, values: readonly Value[] = []): Promise<void> {
    await this.#connection.run(sql, values.map(bound), values.map(typeOf))
  }

  async all(sql: string, values: readonly Value[] = []): Promise<readonly Row[]> {
    const reader = await this.#connection.runAndReadAll(sql, values.map(bound), values.map(typeOf))
    const names = reader.deduplicatedColumnNames()
    return reader.getRowsJS().map(row => rowOf(names, row))
  }

  /** Adds rows, whose values stand in the order of the table's columns. */
  async append(
    table: string,
    rows: readonly (readonly (string | number | null)[])[],
  ): Promise<void> {
    if (rows.length === 0) return
    const appender = await this.#connection.createAppender(table, 'main', CATALOG)
    for (const row of rows) {
      for (const value of row) appendTo(appender, value)
      appender.endRow()
    }
    appender.closeSync()
  }

  /** All of it, or nothing. */
  async transaction(work: () => Promise<void>): Promise<void> {
    await this.run('begin transaction')
    try {
      await work()
      await this.run('commit')
    } catch (error) {
      // A commit that failed has ended its transaction already.
      await this.run('rollback').catch(() => undefined)
      throw error
    }
  }

  close(): void {
    this.#connection.closeSync()
  }
}

const CATALOG = 'history'

export class Database {
  readonly #instance: DuckDBInstance
  #checker: DuckDBConnection | null = null
  /** Writes. */
  readonly writer: Connection
  /** Reads, and is not held up by what is being written. */
  readonly reader: Connection

  private constructor(
    instance: DuckDBInstance,
    { writer, reader }: { readonly writer: Connection; readonly reader: Connection },
  ) {
    this.#instance = instance
    this.writer = writer
    this.reader = reader
  }

  /** Throws what DuckDB says of a file that it refuses, and a UsageError where the file is of a newer version; `to` is the newest. */
  static async open(path: string, { to = MIGRATIONS.length } = {}): Promise<Database> {
    const instance = await DuckDBInstance.create(':memory:', {
      ...SETTINGS,
      temp_directory: `${dirname(path)}/tmp`,
    })
    try {
      const writer = new Connection(await instance.connect())
      await writer.run(
        `attach ${literal(path)} as ${CATALOG} (type duckdb, row_group_size ${ROWS_OF_A_GROUP}, storage_version 'v1.5.0')`,
      )
      await writer.run(`set allowed_directories = [${literal(`${dirname(path)}/`)}]`)
      await writer.run('set enable_external_access = false')
      await writer.run('set lock_configuration = true')
      await writer.run(`use ${CATALOG}`)
      chmodSync(path, 0o600)
      await migrate(writer, { path, to })
      const reader = new Connection(await instance.connect())
      await reader.run(`use ${CATALOG}`)
      return new Database(instance, { writer, reader })
    } catch (error) {
      instance.closeSync()
      throw error
    }
  }

  /** Reads every block that holds a row, beside everything else; throws where one is not what was written. */
  async check(): Promise<void> {
    const checker = await this.#instance.connect()
    this.#checker = checker
    try {
      const connection = new Connection(checker)
      await connection.run(`use ${CATALOG}`)
      for (const { name } of await connection.all(TABLES))
        await connection.all(`select sum(hash(t)::double) as sum from "${name}" t`)
    } finally {
      this.#checker = null
      checker.closeSync()
    }
  }

  stopChecking(): void {
    this.#checker?.interrupt()
  }

  close(): void {
    try {
      this.writer.close()
      this.reader.close()
    } finally {
      this.#instance.closeSync()
    }
  }
}

const TABLES = `select table_name as name from duckdb_tables() where database_name = '${CATALOG}'`

/** Gives a file that was refused, and its log, names of their own; the new name. */
export function setAside(path: string): string {
  let count = 1
  while (existsSync(asideName(path, count)) || existsSync(`${asideName(path, count)}.wal`)) count++
  const aside = asideName(path, count)
  for (const end of ['', '.wal'])
    if (existsSync(`${path}${end}`)) renameSync(`${path}${end}`, `${aside}${end}`)
  return basename(aside)
}

const asideName = (path: string, count: number): string => `${path}.damaged-${count}`

async function migrate(
  connection: Connection,
  { path, to }: { readonly path: string; readonly to: number },
): Promise<void> {
  await connection.run('create table if not exists schema_version (version bigint)')
  const [found] = await connection.all('select max(version) as version from schema_version')
  const version = Number(found?.['version'] ?? 0)
  if (version > to)
    throw new UsageError(
      `${path} was written by a newer mpwatch (schema ${version}, this one knows ${to}). Use that version, or name another folder.`,
    )
  for (const [index, step] of MIGRATIONS.slice(0, to).entries()) {
    if (index < version) continue
    await connection.transaction(async () => {
      await step(connection)
      await connection.run('insert into schema_version values (?)', [index + 1])
    })
  }
}

function bound(value: Value): DuckDBValue {
  if (typeof value === 'number') return BigInt(Math.round(value))
  return value === null || typeof value === 'string' ? value : listValue(value)
}

function typeOf(value: Value): DuckDBType {
  if (value === null) return SQLNULL
  if (typeof value === 'string') return VARCHAR
  return typeof value === 'number' ? BIGINT : LIST(VARCHAR)
}

function appendTo(appender: DuckDBAppender, value: string | number | null): void {
  if (value === null) appender.appendNull()
  else if (typeof value === 'string') appender.appendVarchar(value)
  else appender.appendBigInt(BigInt(Math.round(value)))
}

const rowOf = (names: readonly string[], values: readonly unknown[]): Row =>
  Object.fromEntries(names.map((name, index) => [name, plain(values[index])]))

const plain = (value: unknown): string | number | null =>
  value === null || value === undefined
    ? null
    : typeof value === 'string' || typeof value === 'number'
      ? value
      : Number(value)
