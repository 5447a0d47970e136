// Goal: a file is set aside for what is wrong with the file alone, and never for what this computer cannot do just now.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { expect, test } from 'vitest'
import { isDamage } from '../../../src/store/metrics/faults.ts'
import { isNoSpace, isRefused } from '../../../src/store/system-errors.ts'
import { EVER, filled, metricsIn, temporaryFolder } from './rows.ts'

test('a file that another process holds is left where it is', async () => {
  const folder = temporaryFolder()
  await filled(folder, 1, 3)
  const program = new URL('./lock-child.ts', import.meta.url).pathname
  const child = spawn(process.execPath, ['--import', 'tsx', program, folder], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const ended = once(child, 'close')
  try {
    await once(child.stdout, 'data')
    await expect(metricsIn(folder)).rejects.toThrow(/Could not set lock on file/)
    expect(readdirSync(folder).filter(name => name.includes('damaged'))).toEqual([])
  } finally {
    child.stdin.end()
    await ended
  }
  const { metrics } = await metricsIn(folder)
  expect(await metrics.flows({ ...EVER, limit: 9 })).toHaveLength(4)
}, 60_000)

test('too little memory for a question says nothing against the file', async () => {
  const instance = await DuckDBInstance.create(':memory:', { memory_limit: '8MB', threads: '1' })
  const connection = await instance.connect()
  await connection.run("set temp_directory = ''")
  const sorted =
    'create table big as select hash(i)::varchar as a from range(5000000) t(i) order by a'
  const error: unknown = await connection.run(sorted).catch(caught => caught)
  expect(String(error)).toContain('Out of Memory')
  expect([isNoSpace(error), isDamage(error), isRefused(error)]).toEqual([false, false, false])
  connection.closeSync()
  instance.closeSync()
})

test('a folder where a file should be is no file of ours', async () => {
  const folder = temporaryFolder()
  mkdirSync(join(folder, '000001.duckdb'))
  chmodSync(folder, 0o700)
  const { metrics } = await metricsIn(folder)
  expect(metrics.health().files).toBe(0)
})

test('a mistake of ours in a question is no damage', async () => {
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  const errors = await Promise.all(
    ['select * from nothing', 'selekt 1', "select 'a'::int"].map(sql =>
      connection.run(sql).catch((caught: unknown) => caught),
    ),
  )
  expect(errors.map(isDamage)).toEqual([false, false, false])
  connection.closeSync()
  instance.closeSync()
})
