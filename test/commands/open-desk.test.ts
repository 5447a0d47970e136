// Goal: what people do while no monitor runs is done all the same: it is on the disk, and whoever opens the store
// next finds it.
// Method: a real store in a folder of its own, the commands as programs, and the store opened again.

import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { type DuckStore, openStore } from '../../src/store/store.ts'
import { event, idOf } from '../store/stored.ts'

vi.setConfig({ testTimeout: 120_000 })

const ALL = { fromMs: 0, toMs: 9e12, limit: 100 }
let folder: string
let store: string
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'mpwatch-open-'))
  store = join(folder, 'store')
  await within(opened => opened.record([event({ id: idOf(1), severity: 'critical' })]))
})
afterEach(() => rmSync(folder, { recursive: true }))

async function within<Value>(work: (opened: DuckStore) => Promise<Value>): Promise<Value> {
  const opened = await openStore(store, { now: () => Date.now() })
  try {
    return await work(opened)
  } finally {
    await opened.close()
  }
}

function mpwatch(...args: readonly string[]) {
  const argv = ['--import', 'tsx', 'src/main.ts', ...args, '--store', store]
  const { status, stdout, stderr } = spawnSync(process.execPath, argv, { encoding: 'utf8' })
  return { code: status, out: stdout, err: stderr }
}

test('findings are told and acknowledged, and the store knows of it afterwards', async () => {
  expect(mpwatch('status').out).toMatch(/^1 violation open\. No monitor is running\./)
  expect(mpwatch('findings', '--state', 'open').out).toContain(idOf(1))
  const acked = mpwatch('ack', 'f-00', '--comment', 'ticket 4711', '--author', 'ann')
  expect(acked).toEqual({ code: 0, out: `Acknowledged: ${idOf(1)}\n`, err: '' })
  await within(async opened => {
    const [stored] = await opened.find([idOf(1)])
    expect(stored?.acknowledgement).toMatchObject({ author: 'ann', comment: 'ticket 4711' })
    const acts = await opened.timeline(ALL)
    expect(acts).toMatchObject([{ kind: 'acknowledge', id: idOf(1), author: 'ann' }])
  })
})

test('suppressions are made, listed and ended', () => {
  const made = mpwatch('suppress', '--row', 'I-09', '--for', '8h', '--reason', 'waits for a vendor')
  expect(made).toMatchObject({ code: 0, err: '' })
  const [id = ''] = /s-[0-9a-f]{12}/.exec(made.out) ?? []
  expect(mpwatch('suppressions').out).toContain(`${id}  suppression`)
  expect(mpwatch('end', id).out).toBe(`Ended: ${id}\n`)
  expect(mpwatch('suppressions').out).toBe('Nothing is held back.\n')
})

test('what cannot be done without a monitor is said', () => {
  const { code, err } = mpwatch('reload')
  expect({ code, err }).toEqual({
    code: 3,
    err: 'No monitor is running whose rules could be read again.\n',
  })
})

test('a store that somebody holds is left alone', async () => {
  await within(async () => {
    const { code, err } = mpwatch('ack', idOf(1), '--comment', 'x')
    expect(code).toBe(2)
    expect(err).toContain(String(process.pid))
  })
})

test('where there is no store none is made', () => {
  store = join(folder, 'none')
  const { code, err } = mpwatch('findings')
  expect(code).toBe(3)
  expect(err).toContain(`There is no store in ${store} either.`)
  expect(existsSync(store)).toBe(false)
})
