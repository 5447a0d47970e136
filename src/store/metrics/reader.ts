// Reads files of metrics that nobody writes, one at a time: a file is attached for a question and let go after it,
// which takes 2 ms and keeps memory the same however many files there are.

import type { DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import { literal } from '../duckdb-file.ts'
import { openReader } from './database.ts'

export class Reader {
  private readonly folder: string
  private instance: DuckDBInstance
  private connection: DuckDBConnection

  private constructor(folder: string, instance: DuckDBInstance, connection: DuckDBConnection) {
    this.folder = folder
    this.instance = instance
    this.connection = connection
  }

  static async open(folder: string): Promise<Reader> {
    const instance = await openReader(folder)
    return new Reader(folder, instance, await instance.connect())
  }

  /** Nobody else may be within another `ask` at the same time. */
  ask<T>(path: string, work: (connection: DuckDBConnection) => Promise<T>): Promise<T> {
    return this.attached(path, 'READ_ONLY', work)
  }

  /** The same, for work that changes the file. */
  change<T>(path: string, work: (connection: DuckDBConnection) => Promise<T>): Promise<T> {
    return this.attached(path, 'READ_WRITE', work)
  }

  private async attached<T>(
    path: string,
    mode: 'READ_ONLY' | 'READ_WRITE',
    work: (connection: DuckDBConnection) => Promise<T>,
  ): Promise<T> {
    await this.connection.run(`attach ${literal(path)} as segment (type duckdb, ${mode})`)
    try {
      await this.connection.run('use segment')
      return await work(this.connection)
    } finally {
      await this.release()
    }
  }

  private async release(): Promise<void> {
    try {
      // Work that failed may have left its transaction open.
      await this.connection.run('rollback').catch(() => {})
      await this.connection.run('use memory')
      await this.connection.run('detach segment')
    } catch {
      // A damaged file can make DuckDB give up the whole database.
      this.close()
      this.instance = await openReader(this.folder)
      this.connection = await this.instance.connect()
    }
  }

  close(): void {
    this.connection.closeSync()
    this.instance.closeSync()
  }
}
