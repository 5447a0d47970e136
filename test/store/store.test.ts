// What a store promises to whoever uses it: model/store.ts.

import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Coverage } from '../../src/model/coverage.ts'
import { UsageError } from '../../src/model/errors.ts'
import type { Ledger } from '../../src/model/ledger.ts'
import type { RunInfo } from '../../src/model/lifecycle.ts'
import type { BlindInterval } from '../../src/model/live.ts'
import type { FindingQuery } from '../../src/model/store.ts'
import {
  ALL,
  closed,
  DAY_MS,
  event,
  folder,
  idOf,
  lost,
  NOON_MS,
  open,
  stored,
  suppression,
  within,
} from './stored.ts'

const COVERAGE: Coverage = {
  counts: { violated: 1, kept: 2, absent: 3, unobservable: 4, declared: 5 },
  ...{ statements: [], matrix: [], segmentation: [] },
}

describe('What was recorded', () => {
  test('is there at once, and after the store was opened again', async () => {
    const path = folder()
    const opened = event({ id: idOf(1) })
    const grown = event({ id: idOf(1), members: 10 }, {}, { phase: 'update' })
    const numbered = [
      { ...opened, number: 1 },
      { ...grown, number: 3 },
    ]
    await within(path, async store => {
      await store.record([opened, lost(3)])
      await store.record([grown])
      expect(await store.find([idOf(1)])).toEqual([grown.stored])
      expect(await store.events(ALL)).toEqual(numbered)
    })
    await within(path, async store => {
      expect(store.opening).toMatchObject({ notes: [], lost: 0 })
      expect(await store.active()).toEqual([grown.stored])
      expect(await store.events(ALL)).toEqual(numbered)
      expect(await store.events({ ...ALL, afterNumber: 1 })).toEqual(numbered.slice(1))
      expect(await store.timeline(ALL)).toEqual([lost(3)])
    })
  })

  test('is on the disk before the promise is kept', async () => {
    const path = folder()
    const synced: number[] = []
    const sync = async (file: { datasync(): Promise<void>; stat(): Promise<{ size: number }> }) => {
      await file.datasync()
      synced.push((await file.stat()).size)
    }
    await within(
      path,
      async store => {
        await store.record([event()])
        expect(synced).toEqual([statSync(join(path, 'journal/00000001.log')).size])
      },
      { sync },
    )
  })

  test('shares a sync with what is recorded meanwhile', async () => {
    let syncs = 0
    const sync = async (file: { datasync(): Promise<void> }) => {
      syncs += 1
      await file.datasync()
    }
    await within(
      folder(),
      async store => {
        await Promise.all(Array.from({ length: 100 }, (_, at) => store.record([lost(at)])))
        expect(syncs).toBeLessThan(10)
        expect(await store.timeline(ALL)).toEqual(Array.from({ length: 100 }, (_, at) => lost(at)))
      },
      { sync },
    )
  })

  test('has event numbers that grow and stay', async () => {
    const path = folder()
    const before = await within(path, async store => {
      await store.record([event(), lost(1), closed(1)])
      return await store.entriesAfter(0, 10, ['finding'])
    })
    expect(before.map(({ number }) => number)).toEqual([1, 3])
    await within(path, async store => {
      await store.record([event({ id: idOf(2) })])
      expect(await store.entriesAfter(0, 2, ['finding'])).toEqual(before)
      expect((await store.entriesAfter(3, 10, ['finding'])).map(({ number }) => number)).toEqual([
        4,
      ])
    })
  })

  test('may hold whatever came from the wire', async () => {
    const path = folder()
    const hostile = event({ title: 'a\nb\u202e"\u2028\u0000 \ud800 \'; drop table findings; --' })
    await within(path, store => store.record([hostile]))
    const text = readFileSync(join(path, 'journal/00000001.log'), 'utf8')
    for (const sign of ['\u202e', '\u2028', '\u0000']) expect(text).not.toContain(sign)
    expect(text.split('\n')).toHaveLength(2)
    expect(await within(path, store => store.active())).toEqual([hostile.stored])
  })
})

describe('Findings are active', () => {
  test('while they are open, and for a day of capture time after they closed', async () => {
    await within(folder(), async store => {
      const later = event({ id: idOf(3) }, {}, { captureMs: NOON_MS + DAY_MS })
      await store.record([closed(1, NOON_MS), closed(2, NOON_MS + 1), later])
      expect((await store.active()).map(({ finding }) => finding.id)).toEqual([idOf(2), idOf(3)])
    })
  })
})

describe('Findings can be asked for', () => {
  const all = [
    event({ id: idOf(1), severity: 'low' }),
    event({ id: idOf(2), severity: 'critical', row: 'I-12', source: 'web-1' }),
    event({ id: idOf(3), severity: 'low', reason: null }, { lastMs: NOON_MS + 1 }),
    closed(4),
  ]
  const questions = {
    'the worst first, then the latest': [{}, [2, 4, 3, 1]],
    'by state': [{ state: 'closed' }, [4]],
    'by row and severity': [{ rows: ['I-09'], severities: ['low'] }, [3, 1]],
    'by a node at either end': [{ nodes: ['web-1'] }, [2]],
    'by reason': [{ reasons: ['over_exposed'], severities: ['critical', 'low'] }, [2, 1]],
    'by when they were seen': [{ sinceMs: NOON_MS + 1 }, [3]],
    'in pages': [{ limit: 2, offset: 1 }, [4, 3]],
  } satisfies Record<string, [Partial<FindingQuery>, number[]]>
  for (const [how, [query, expected]] of Object.entries(questions))
    test(how, async () => {
      await within(folder(), async store => {
        await store.record(all)
        const found = await store.findings({ limit: 10, offset: 0, ...query })
        expect(found.map(({ finding }) => finding.id)).toEqual(expected.map(idOf))
        if (!('limit' in query)) expect(await store.countFindings(query)).toBe(expected.length)
      })
    })
})

describe('An acknowledgement', () => {
  const act = { id: idOf(1), atMs: NOON_MS + 5, author: 'ada', comment: 'seen' } as const

  test('stands in its finding until it is taken back', async () => {
    const path = folder()
    await within(path, store =>
      store.record([event({ members: 7 }), { kind: 'acknowledge', ...act }]),
    )
    await within(path, async store => {
      const [{ acknowledgement } = stored()] = await store.active()
      expect(acknowledgement).toEqual({
        ...{ author: 'ada', comment: 'seen', atMs: act.atMs, members: 7, severity: 'high' },
      })
      await store.record([{ kind: 'unacknowledge', ...act }])
      expect(await store.active()).toMatchObject([{ acknowledgement: null }])
    })
  })

  test('in the same breath as later events of the finding', async () => {
    await within(folder(), async store => {
      const after = event({ members: 8 }, {}, { phase: 'update' })
      await store.record([event(), { kind: 'acknowledge', ...act }, after])
      expect(await store.active()).toEqual([after.stored])
    })
  })
})

describe('Suppressions', () => {
  test('are in force until they are over, or ended', async () => {
    await within(folder(), async store => {
      const until = NOON_MS + DAY_MS
      await store.record([suppression('s-1', until), suppression('s-2', until)])
      await store.record([{ kind: 'end', id: 's-2', atMs: NOON_MS + 10, author: 'ada' }])
      const ids = async (atMs: number) => (await store.suppressions(atMs)).map(({ id }) => id)
      expect(await ids(NOON_MS + 9)).toEqual(['s-1', 's-2'])
      expect(await ids(NOON_MS + 10)).toEqual(['s-1'])
      expect(await ids(until)).toEqual([])
    })
  })
})

describe('Kept beside the findings are', () => {
  test('blind intervals, each as it was told last', async () => {
    await within(folder(), async store => {
      const interval: BlindInterval = {
        ...{ id: 'eth0 link_down 1', sensor: 'core', interface: 'eth0', cause: 'link_down' },
        ...{ fromMs: 1_000, toMs: null, detail: 'no carrier' },
      }
      await store.record([{ kind: 'blind', atMs: 1, interval }])
      expect(await store.blind({ fromMs: 9_000, toMs: 9_001 })).toEqual([interval])
      await store.record([{ kind: 'blind', atMs: 2, interval: { ...interval, toMs: 2_000 } }])
      expect(await store.blind({ fromMs: 0, toMs: 9_001 })).toEqual([{ ...interval, toMs: 2_000 }])
      expect(await store.blind({ fromMs: 9_000, toMs: 9_001 })).toEqual([])
    })
  })

  test('the latest coverage, and how far readers have come', async () => {
    const path = folder()
    await within(path, async store => {
      expect(await store.coverage()).toBeNull()
      store.putCoverage(1, COVERAGE)
      store.putCoverage(2, COVERAGE)
      store.putLedger(2, {} as Ledger, [])
      await store.advance('influx', 41)
      await store.advance('influx', 42)
    })
    await within(path, async store => {
      expect(await store.coverage()).toEqual({ captureMs: 2, coverage: COVERAGE })
      expect(await store.cursor('influx')).toBe(42)
      expect(await store.cursor('other')).toBe(0)
    })
  })

  test('the runs', async () => {
    const run: RunInfo = {
      ...{ id: 'r-1', kind: 'watch', version: '1', site: 'office', policyHash: 'p', siteHash: 's' },
      captures: [],
    }
    await within(folder(), async store => {
      await store.record([{ kind: 'started', atMs: 1, run }])
      expect(await store.runs()).toEqual([run])
    })
  })
})

describe('In the course of time', () => {
  test('findings go with their events when they have been closed for longer than they are kept', async () => {
    const path = folder()
    let now = NOON_MS
    await within(
      path,
      async store => {
        await store.record([closed(1), event({ id: idOf(2) }), suppression('s-1', NOON_MS + 1)])
        now = NOON_MS + 400 * DAY_MS
        await store.keep()
        expect(await store.countFindings({})).toBe(2)
        now += 1
        await store.keep()
        expect(await store.find([idOf(1), idOf(2)])).toMatchObject([{ finding: { id: idOf(2) } }])
        expect(await store.events({ ...ALL, id: idOf(1) })).toEqual([])
        expect(await store.timeline(ALL)).toEqual([])
      },
      { now: () => now },
    )
  })

  test('the journal stays within its size, and keeps what is still the latest', async () => {
    const path = folder()
    const options = { segmentBytes: 8_192, journalBytesMax: 32_768 }
    await within(
      path,
      async store => {
        await store.record([event({ id: idOf(1) }), suppression('s-1', NOON_MS + DAY_MS)])
        await store.record([suppression('s-2', NOON_MS + DAY_MS)])
        await store.record([{ kind: 'end', id: 's-2', atMs: NOON_MS, author: 'ada' }])
        for (let members = 1; members <= 100; members++)
          await store.record([event({ id: idOf(2), members })])
        const before = await store.entriesAfter(0, 1_000, ['finding'])
        await store.keep()
        expect(bytesOf(join(path, 'journal'))).toBeLessThan(options.journalBytesMax + 8_192)
        expect(await store.entriesAfter(0, 1_000, ['finding'])).toEqual(before)
      },
      options,
    )
    // Made of the journal alone.
    writeFileSync(join(path, 'history.duckdb'), 'nothing that a database wrote')
    await within(path, async store => {
      expect(await store.active()).toMatchObject([
        { finding: { id: idOf(1) } },
        { finding: { id: idOf(2), members: 100 } },
      ])
      expect(await store.suppressions(NOON_MS)).toMatchObject([{ id: 's-1' }])
      expect((await store.entriesAfter(0, 1, ['finding']))[0]?.number).toBe(1)
    })
  })
})

describe('A folder that cannot be a store is refused', () => {
  test('where it is a file', async () => {
    const file = join(folder(), 'file')
    writeFileSync(file, '')
    await expect(open(file)).rejects.toThrow(/is a file/)
    await expect(open(file)).rejects.toThrow(UsageError)
    await expect(open(join(file, 'below'))).rejects.toThrow(UsageError)
  })

  test('where this process has it already', async () => {
    const path = folder()
    await within(path, async () => {
      await expect(open(path)).rejects.toThrow(
        `The store ${path} is held by process ${process.pid}`,
      )
    })
    await within(path, async () => undefined)
  })

  test('where no folder can be made', async () => {
    await expect(open('/proc/mpwatch')).rejects.toThrow(UsageError)
  })
})

test('The folder is for its owner only', async () => {
  const path = join(folder(), 'new')
  mkdirSync(path, { mode: 0o755 })
  await within(path, async store => {
    await store.record([event()])
    await store.active()
    expect(statSync(path).mode & 0o777).toBe(0o700)
    for (const name of ['history.duckdb', 'journal/00000001.log', 'reserve', 'pid', 'lock.duckdb'])
      expect(`${name} ${(statSync(join(path, name)).mode & 0o077).toString(8)}`).toBe(`${name} 0`)
  })
})

const bytesOf = (path: string): number =>
  readdirSync(path).reduce((sum, name) => sum + statSync(join(path, name)).size, 0)
