// How a metrics file is opened: small, alone, and with no way to anything outside its folder.

import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import { literal, NO_EXTENSIONS } from '../duckdb-file.ts'

const SETTINGS = {
  memory_limit: '128MB',
  threads: '1',
  // Measured: 25 to 57 bytes a row, where the usual 256 KiB take 38 to 110 and 100 MB more of memory, and 16 KiB take
  // 79 to 119.
  default_block_size: '65536',
  // What is not yet in the file itself has to be read again at the next start.
  checkpoint_threshold: '2MB',
  // Nothing is written but the files themselves; what does not fit into memory is refused.
  temp_directory: '',
  ...NO_EXTENSIONS,
}

/** A database in the file, which is made where there is none. */
export async function openFile(path: string): Promise<DuckDBInstance> {
  const instance = await DuckDBInstance.create(path, {
    ...SETTINGS,
    enable_external_access: 'false',
  })
  return await locked(instance, [])
}

/** A database without a file, which may read those of the folder. */
export async function openReader(folder: string): Promise<DuckDBInstance> {
  const instance = await DuckDBInstance.create(':memory:', SETTINGS)
  const allowed = `set allowed_directories = [${literal(folder)}]`
  return await locked(instance, [allowed, 'set enable_external_access = false'])
}

async function locked(instance: DuckDBInstance, statements: readonly string[]) {
  const connection = await instance.connect()
  for (const statement of [...statements, 'set lock_configuration = true'])
    await connection.run(statement)
  connection.closeSync()
  return instance
}

/** The first row of a query that gives numbers. */
export async function numbersOf(
  connection: DuckDBConnection,
  sql: string,
): Promise<readonly (number | null)[] | null> {
  const result = await connection.runAndReadAll(sql)
  const row = result.getRows()[0]
  return row?.map(value => (value === null ? null : Number(value))) ?? null
}
