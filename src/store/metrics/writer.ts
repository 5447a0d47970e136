// The one file of metrics that is being written: rows go in by transactions, each whole or not at all.

import { type DuckDBConnection, DuckDBDataChunk, type DuckDBInstance } from '@duckdb/node-api'
import { type Filling, fillings, type NumberedRow, tableStatements } from './columns.ts'
import { numbersOf, openFile } from './database.ts'
import { removeFile } from './folder.ts'
import { type Extent, META_STATEMENTS, SCHEMA_VERSION } from './segment.ts'

/** DuckDB takes at most so many rows in one piece. */
const CHUNK_ROWS_MAX = 2_048

export class Writer {
  /** For whoever reads what is being written; reading does not hold up writing. */
  readonly reading: DuckDBConnection
  private readonly instance: DuckDBInstance
  private readonly writing: DuckDBConnection

  private constructor(
    instance: DuckDBInstance,
    writing: DuckDBConnection,
    reading: DuckDBConnection,
  ) {
    this.instance = instance
    this.writing = writing
    this.reading = reading
  }

  static async open(path: string): Promise<Writer> {
    const instance = await openFile(path)
    return new Writer(instance, await instance.connect(), await instance.connect())
  }

  /** A new file; where it cannot be finished, nothing of it stays. */
  static async create(path: string, madeMs: number, firstNumber: number): Promise<Writer> {
    let writer: Writer | null = null
    try {
      writer = await Writer.open(path)
      const values = [SCHEMA_VERSION, Math.round(madeMs), firstNumber]
      const meta = `insert into meta values (${values.join(', ')})`
      const statements = [...META_STATEMENTS, meta, ...tableStatements()]
      for (const statement of ['begin', ...statements, 'commit'])
        await writer.writing.run(statement)
      return writer
    } catch (error) {
      writer?.close()
      removeFile(path)
      throw error
    }
  }

  async write(rows: readonly NumberedRow[]): Promise<void> {
    await this.writing.run('begin')
    try {
      for (const filling of fillings(rows)) await this.append(filling)
      await this.writing.run('commit')
    } catch (error) {
      // A commit that failed has ended its transaction itself.
      await this.writing.run('rollback').catch(() => {})
      throw error
    }
  }

  private async append({ table, types, columns }: Filling): Promise<void> {
    const appender = await this.writing.createAppender(table)
    try {
      const rows = columns[0]?.length ?? 0
      for (let at = 0; at < rows; at += CHUNK_ROWS_MAX) {
        const chunk = DuckDBDataChunk.create(types)
        chunk.setColumns(columns.map(values => values.slice(at, at + CHUNK_ROWS_MAX)))
        appender.appendDataChunk(chunk)
      }
      appender.flushSync()
    } finally {
      appender.closeSync()
    }
  }

  /** Whether the row was committed. Throws where the database has given itself up. */
  async has({ table, number }: NumberedRow): Promise<boolean> {
    const [latest] = (await numbersOf(this.writing, `select max(number) from ${table}`)) ?? []
    return latest != null && latest >= number
  }

  /** Says in the file what is in it, and brings everything into the file itself. */
  async seal({ rows, lastNumber, firstUs, lastUs }: Extent): Promise<void> {
    const values = [rows, lastNumber, firstUs ?? 'null', lastUs ?? 'null'].join(', ')
    await this.writing.run(`insert into summary values (${values})`)
    await this.writing.run('checkpoint')
  }

  close(): void {
    this.reading.closeSync()
    this.writing.closeSync()
    this.instance.closeSync()
  }
}
