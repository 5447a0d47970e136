// Goal: whatever happens to the files of the journal, what is whole in it is read, and what is not is told.
// Method: a small journal is cut and changed byte by byte. Power loss is a cut: what was not synced is gone.

import { appendFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { Journal } from '../../src/store/journal.ts'
import { Notes } from '../../src/store/notes.ts'
import { folder } from './stored.ts'

const OPTIONS = { segmentBytes: 1024 * 1024, makeRoom: async () => false }

interface Read {
  readonly values: readonly unknown[]
  readonly lost: number
  readonly notes: readonly string[]
}

async function opened(path: string, options = {}): Promise<{ journal: Journal; read: Read }> {
  const notes = new Notes()
  const journal = await Journal.open(path, { ...OPTIONS, ...options }, notes)
  const values: unknown[] = []
  for await (const { json } of journal.read(0, notes, { isWhole: true }))
    values.push(JSON.parse(json))
  return { journal, read: { values, lost: notes.lost, notes: notes.all } }
}

async function read(path: string): Promise<Read> {
  const { journal, read } = await opened(path)
  await journal.close()
  return read
}

async function written(values: readonly unknown[], options = {}): Promise<string> {
  const path = folder()
  const { journal } = await opened(path, options)
  for (const value of values) await journal.append([value])
  await journal.close()
  return path
}

const VALUES = [{ a: 1 }, { b: 'two' }, { c: [3] }]

describe('A journal', () => {
  test('gives back what it was given', async () => {
    const path = await written(VALUES)
    expect(await read(path)).toEqual({ values: VALUES, lost: 0, notes: [] })
    expect(readFileSync(join(path, '00000001.log'), 'utf8')).toMatch(
      /^0000000000000001 [0-9a-f]{8} \{"a":1\}\n/,
    )
  })

  test('begins a new file where one is full', async () => {
    const path = await written(VALUES, { segmentBytes: 80 })
    expect(readdirSync(path)).toEqual(['00000001.log', '00000002.log'])
    expect(await read(path)).toEqual({ values: VALUES, lost: 0, notes: [] })
  })

  test('goes on with the next number', async () => {
    const path = await written(VALUES)
    const { journal } = await opened(path)
    expect(await journal.append([{ d: 4 }])).toMatchObject([{ seq: 4 }])
    await journal.close()
    expect((await read(path)).values).toEqual([...VALUES, { d: 4 }])
  })

  test('cut anywhere in its last lines keeps all whole ones, and goes on', async () => {
    const bytes = readFileSync(join(await written(VALUES), '00000001.log'))
    const feeds = [...bytes.keys()].filter(at => bytes[at] === 0x0a)
    for (let length = 0; length <= bytes.length; length++) {
      const path = folder()
      writeFileSync(join(path, '00000001.log'), bytes.subarray(0, length))
      // A line that lacks its line feed alone is whole.
      const whole = feeds.filter(at => at <= length).length
      const { journal, read: found } = await opened(path)
      expect(found.values, `cut at ${length}`).toEqual(VALUES.slice(0, whole))
      expect(found.lost).toBe(0)
      const isTorn = length !== 0 && !feeds.includes(length) && !feeds.includes(length - 1)
      expect(found.notes, `cut at ${length}`).toHaveLength(isTorn ? 1 : 0)
      await journal.append([{ d: 4 }])
      await journal.close()
      expect(await read(path)).toMatchObject({
        ...{ values: [...VALUES.slice(0, whole), { d: 4 }], lost: 0, notes: [] },
      })
    }
  })

  test('with any one byte changed loses that entry at the most, and says where', async () => {
    const bytes = readFileSync(join(await written(VALUES), '00000001.log'))
    for (const at of bytes.keys())
      for (const mask of [0x01, 0x80, 0xff]) {
        const path = folder()
        const changed = Buffer.from(bytes)
        changed[at] = (bytes[at] ?? 0) ^ mask
        writeFileSync(join(path, '00000001.log'), changed)
        const { values, lost, notes } = await read(path)
        const isLastFeed = at === bytes.length - 1
        // The line feed between two lines belongs to both.
        const gone = isLastFeed ? 0 : bytes[at] === 0x0a ? 2 : 1
        expect(VALUES.filter(value => values.some(same => isEqual(same, value)))).toHaveLength(
          VALUES.length - gone,
        )
        expect(values, `byte ${at}`).toHaveLength(VALUES.length - gone)
        expect(lost, `byte ${at}`).toBeLessThanOrEqual(gone)
        if (gone > 0) expect(notes.join(' ')).toMatch(/journal\/00000001\.log: .*byte \d/)
      }
  })

  test('counts what is missing by its numbers', async () => {
    const path = await written([...VALUES, ...VALUES], { segmentBytes: 80 })
    writeFileSync(join(path, '00000002.log'), '')
    expect(await read(path)).toMatchObject({
      ...{ lost: 2, notes: [expect.stringContaining('entries 3 to 4 are missing')] },
    })
  })

  test('passes over what somebody else has put there', async () => {
    const path = await written(VALUES)
    writeFileSync(join(path, 'readme.txt'), 'hello')
    writeFileSync(join(path, '00000002.log'), Buffer.alloc(4_096))
    const { values, notes } = await read(path)
    expect(values).toEqual(VALUES)
    expect(notes).toEqual([expect.stringMatching(/00000002\.log: its last 4,096 bytes/)])
  })
})

describe('An entry', () => {
  test('is written again in a new file where a sync has failed', async () => {
    const path = folder()
    let fails = 0
    const sync = async (file: { datasync(): Promise<void> }) => {
      if (fails-- > 0) throw Object.assign(new Error('i/o error'), { code: 'EIO' })
      await file.datasync()
    }
    const { journal } = await opened(path, { sync })
    await journal.append([VALUES[0]])
    fails = 1
    await journal.append([VALUES[1]])
    await journal.append([VALUES[2]])
    await journal.close()
    expect(readdirSync(path)).toEqual(['00000001.log', '00000002.log'])
    expect(await read(path)).toEqual({ values: VALUES, lost: 0, notes: [] })
  })

  test('that the old file has nevertheless is read once', async () => {
    const path = await written(VALUES.slice(0, 1))
    const old = await written([...VALUES.slice(0, 1), { never: 'said' }])
    const next = await written(VALUES)
    const lines = readFileSync(join(next, '00000001.log'), 'utf8').split('\n')
    const said = readFileSync(join(old, '00000001.log'), 'utf8').split('\n')
    appendFileSync(join(path, '00000001.log'), `${said[1]}\n`)
    writeFileSync(join(path, '00000002.log'), `${lines[1]}\n${lines[2]}\n`)
    expect(await read(path)).toEqual({ values: VALUES, lost: 0, notes: [] })
  })

  test('that could not be written leaves nothing, and its number to the next', async () => {
    const path = folder()
    let isBroken = false
    const sync = async (file: { datasync(): Promise<void> }) => {
      if (isBroken) throw Object.assign(new Error('i/o error'), { code: 'EIO' })
      await file.datasync()
    }
    const { journal } = await opened(path, { sync })
    await journal.append([VALUES[0]])
    isBroken = true
    await expect(journal.append([{ never: 'said' }])).rejects.toThrow('i/o error')
    isBroken = false
    await journal.append([VALUES[1]])
    await journal.close()
    expect(await read(path)).toEqual({ values: VALUES.slice(0, 2), lost: 0, notes: [] })
  })

  test('that is too long is refused, and what comes after it is not', async () => {
    const path = folder()
    const { journal } = await opened(path)
    await expect(journal.append(['x'.repeat(1024 * 1024)])).rejects.toThrow(/an entry has/)
    await journal.append(VALUES)
    await journal.close()
    expect((await read(path)).values).toEqual(VALUES)
  })
})

const isEqual = (left: unknown, right: unknown): boolean =>
  JSON.stringify(left) === JSON.stringify(right)
