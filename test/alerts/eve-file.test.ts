// Goal: an EVE file holds every notice once, as lines that fit the schema, through rotation, logrotate, crashes and disks
// that are full; and a finding from the store is the line that an audit writes.
// Method: real files in temporary folders, and a small file system for the full disk; the demo for the comparison.

import { execFileSync, spawnSync } from 'node:child_process'
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { openTransport } from '../../src/alerts/open-transport.ts'
import { DeliveryError } from '../../src/alerts/transport.ts'
import type { Finding } from '../../src/model/finding.ts'
import { reportedFinding } from '../../src/report/reported.ts'
import { EveWriter } from '../../src/sinks/eve.ts'
import { eveOfAlert } from '../../src/sinks/eve-reported.ts'
import { auditBytes } from '../support/audit.ts'
import { HOSTILE } from '../support/hostile.ts'
import { linesOf } from '../support/json-lines.ts'
import { findingsNotice, grounds, NOTICES, patient, TOLD_MS, told } from '../support/notices.ts'
import { hasProgram } from '../support/programs.ts'
import { run, sampleFinding } from '../support/samples.ts'
import { complaints } from '../support/schemas.ts'

/** An audit of the demo, while other tests run beside it. */
const AUDIT_MS_MAX = 60_000
const TAIL_BYTES = 65_536
const folder = mkdtempSync(join(tmpdir(), 'mpwatch-eve-'))
const mounts: string[] = []
afterAll(() => {
  for (const path of mounts) spawnSync('umount', [path])
  rmSync(folder, { recursive: true, force: true })
})

let numbers = 0
function made(): string {
  const path = join(folder, `made-${++numbers}`)
  mkdirSync(path)
  return join(path, 'eve.json')
}

const opened = (path: string, bytesMax = 1_000_000, files = 2) =>
  openTransport({ kind: 'eve', path, bytesMax, files }, grounds())

interface Line {
  readonly event_type: string
  readonly mp: {
    readonly notice: { readonly id: string; readonly seq: number; readonly part: number }
    readonly title?: string
  }
}
const eve = (path: string): readonly Line[] => linesOf(path) as readonly Line[]
const idsIn = (path: string): readonly string[] => eve(path).map(({ mp }) => mp.notice.id)
const partsIn = (path: string): readonly number[] => eve(path).map(({ mp }) => mp.notice.part)
const notice = (id: string) => findingsNotice([told()], id)
const lineBytes = Buffer.byteLength(
  eveOfAlert(
    told(),
    { id: 'n-1', seq: 7, part: 1 },
    { sensors: ['dmz-span'], policy: grounds().policy() },
  ),
)

describe('lines', () => {
  test('fit the schema, whatever the notice is', async () => {
    const path = made()
    const transport = opened(path)
    expect(transport.where).toBe(path)
    for (const [number, one] of NOTICES.entries())
      await transport.deliver({ ...one, id: `n-${number}` }, patient())
    expect(eve(path).flatMap(line => complaints('eve', line))).toEqual([])
    expect(eve(path).map(({ event_type }) => event_type)).toEqual([
      ...['alert', 'finding', 'mpwatch', 'mpwatch', 'mpwatch', 'mpwatch', 'alert', 'alert'],
      ...['mpwatch', 'mpwatch'],
    ])
  })

  test('of findings of severity info are no alerts', async () => {
    const path = made()
    const alerts = [told({ severity: 'info' }, { phase: 'reopen' }), told({ examples: [] })]
    await opened(path).deliver(findingsNotice(alerts), patient())
    expect(eve(path).map(({ event_type }) => event_type)).toEqual(['finding', 'alert'])
    expect(eve(path).flatMap(line => complaints('eve', line))).toEqual([])
  })

  test('of a finding are alerts until it closes, which is good news', async () => {
    const path = made()
    const phases = ['open', 'update', 'close', 'reopen'] as const
    await opened(path).deliver(findingsNotice(phases.map(phase => told({}, { phase }))), patient())
    expect(eve(path).map(({ event_type }) => event_type)).toEqual([
      ...['alert', 'alert', 'finding', 'alert'],
    ])
    expect(eve(path).flatMap(line => complaints('eve', line))).toEqual([])
  })

  test('are closed to others', async () => {
    const path = made()
    await opened(path).deliver(notice('n-1'), patient())
    expect(statSync(path).mode & 0o777).toBe(0o640)
  })

  for (const [number, text] of HOSTILE.entries())
    test(`give hostile text back as it was: number ${number + 1}`, async () => {
      const path = made()
      await opened(path).deliver(findingsNotice([told({ title: text, source: text })]), patient())
      const written = readFileSync(path, 'utf8')
      expect(written.slice(0, -1)).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u)
      const [line, ...others] = eve(path)
      expect([line?.mp.title, others.length]).toEqual([text, 0])
      expect(complaints('eve', line)).toEqual([])
    })
})

describe('the same finding', () => {
  /** What a store does not know of it, which is how the record ended; and why, of which it knows more. */
  const without = (line: string): unknown => {
    const { flow, mp, ...rest } = JSON.parse(line)
    const { end: _end, why: _why, ...about } = mp
    const { state: _state, reason: _reason, ...counts } = flow ?? {}
    return { ...rest, ...(flow === undefined ? {} : { flow: counts }), mp: about }
  }

  const bothWays = (finding: Finding, sensors: readonly string[]): readonly [string, string] => {
    const policy = grounds().policy()
    const [only = null] = sensors
    let written = ''
    new EveWriter(text => (written += text), {
      ...{ ...run, policy },
      ...{ sensor: sensors.length === 1 ? only : null, hasSeveralSensors: sensors.length > 1 },
    }).finding(finding)
    const alert = told(reportedFinding(finding, run))
    return [written, eveOfAlert(alert, null, { sensors, policy })]
  }

  test('is the same line from an audit and from the store, but for what only one of them keeps', {
    timeout: AUDIT_MS_MAX,
  }, async () => {
    const site = readFileSync('fixtures/demo/site.yaml', 'utf8')
    const { findings } = await auditBytes(
      readFileSync('fixtures/demo/office.pcap'),
      site,
      'core-span',
    )
    expect(findings.length).toBeGreaterThan(10)
    for (const finding of [...findings, sampleFinding(), sampleFinding({ earlier: null })])
      for (const sensors of [['core-span'], ['core', 'dmz']]) {
        const [audited, stored] = bothWays(finding, sensors)
        expect(without(stored)).toEqual(without(audited))
        // The store knows by what an answer or a block was seen, too.
        const [fewer = [], more = []] = [audited, stored].map(line => JSON.parse(line).mp.why)
        expect(more.slice(more.length - fewer.length)).toEqual(fewer)
        expect(complaints('eve', JSON.parse(stored))).toEqual([])
      }
  })

  test('and its members stand in the same order', () => {
    const [audited, stored] = bothWays(sampleFinding(), ['core'])
    const names = (line: string) => Object.keys(without(line) as object)
    expect(names(stored)).toEqual(names(audited))
  })
})

describe('rotation', () => {
  test('keeps so many files and loses none of their lines', async () => {
    const path = made()
    const transport = opened(path, 3 * lineBytes + 10)
    for (let number = 1; number <= 9; number++)
      await transport.deliver(notice(`n-${number}`), patient())
    expect([path, `${path}.1`, `${path}.2`].map(idsIn)).toEqual([
      ['n-7', 'n-8', 'n-9'],
      ['n-4', 'n-5', 'n-6'],
      ['n-1', 'n-2', 'n-3'],
    ])
    await transport.deliver(notice('n-a'), patient())
    expect(idsIn(`${path}.2`)).toEqual(['n-4', 'n-5', 'n-6'])
    expect(existsSync(`${path}.3`)).toBe(false)
  })

  test('without files that are kept begins anew', async () => {
    const path = made()
    const transport = opened(path, lineBytes + 10, 0)
    for (const id of ['n-1', 'n-2']) await transport.deliver(notice(id), patient())
    expect(idsIn(path)).toEqual(['n-2'])
    expect(existsSync(`${path}.1`)).toBe(false)
  })

  test('comes within a notice that is longer than a file', async () => {
    const path = made()
    await opened(path, 2 * lineBytes + 20).deliver(
      findingsNotice(
        Array.from({ length: 5 }, () => told()),
        'n-1',
      ),
      patient(),
    )
    expect([`${path}.2`, `${path}.1`, path].map(partsIn)).toEqual([[1, 2], [3, 4], [5]])
  })

  test('by somebody else is noticed: the next line begins a new file', async () => {
    const path = made()
    const transport = opened(path)
    await transport.deliver(notice('n-1'), patient())
    renameSync(path, `${path}-20260302`)
    await transport.reopen()
    await transport.deliver(notice('n-2'), patient())
    expect([`${path}-20260302`, path].map(idsIn)).toEqual([['n-1'], ['n-2']])
  })
})

describe('after a crash', () => {
  test('what is there already is not written again', async () => {
    const path = made()
    for (const _ of ['before', 'after']) await opened(path).deliver(notice('n-1'), patient())
    expect(idsIn(path)).toEqual(['n-1'])
  })

  test('nor what a try that was given up is writing still', async () => {
    const path = made()
    const transport = opened(path)
    await Promise.all([1, 2].map(() => transport.deliver(notice('n-1'), patient())))
    expect(idsIn(path)).toEqual(['n-1'])
  })

  test('half a line is closed, and the notice goes on where it had come', async () => {
    const whole = findingsNotice(
      Array.from({ length: 4 }, () => told()),
      'n-1',
    )
    const reference = made()
    await opened(reference).deliver(whole, patient())
    const bytes = readFileSync(reference)
    const ends = [...bytes.entries()].filter(([, byte]) => byte === 0x0a).map(([at]) => at + 1)
    for (const length of [0, 1, 100, ...ends.flatMap(end => [end - 1, end, end + 7])]) {
      const path = made()
      writeFileSync(path, bytes.subarray(0, length))
      await opened(path).deliver(whole, patient())
      const parts = readFileSync(path, 'utf8').split('\n').flatMap(partOf)
      expect([length, parts]).toEqual([length, [1, 2, 3, 4]])
      expect(readFileSync(path, 'utf8').endsWith('\n')).toBe(true)
    }
  })

  test('a notice that was turned over half-way goes on in the new file', async () => {
    const path = made()
    const whole = findingsNotice(
      Array.from({ length: 3 }, () => told()),
      'n-1',
    )
    await opened(path, 2 * lineBytes + 20).deliver(whole, patient())
    truncateSync(path, 0)
    await opened(path, 2 * lineBytes + 20).deliver(whole, patient())
    expect([partsIn(`${path}.1`), partsIn(path)]).toEqual([[1, 2], [3]])
  })

  test('what lies further back than it looks is written again', async () => {
    const path = made()
    await opened(path).deliver(notice('n-1'), patient())
    appendFileSync(path, `${JSON.stringify({ text: 'x'.repeat(TAIL_BYTES) })}\n`)
    await opened(path).deliver(notice('n-1'), patient())
    expect(readFileSync(path, 'utf8').split('\n').flatMap(partOf)).toEqual([1, 1])
  })

  test('a mark within hostile text is no mark', async () => {
    const path = made()
    const title = '"notice":{"id":"n-2","seq":7,"part":1}'
    await opened(path).deliver(findingsNotice([told({ title })], 'n-1'), patient())
    await opened(path).deliver(notice('n-2'), patient())
    expect(idsIn(path)).toEqual(['n-1', 'n-2'])
  })
})

function partOf(line: string): readonly number[] {
  try {
    const part = (JSON.parse(line) as Partial<Line>).mp?.notice.part
    return part === undefined ? [] : [part]
  } catch {
    // Half a line.
    return []
  }
}

describe('a file that cannot be written', () => {
  const wrong = async (path: string): Promise<string> => {
    const transport = opened(path)
    const error = await transport.deliver(notice('n-1'), patient()).then(
      () => expect.fail('it was delivered'),
      fault => fault,
    )
    expect(error).toBeInstanceOf(DeliveryError)
    expect(await transport.check(patient())).not.toBeNull()
    return error.message.replaceAll(folder, 'F')
  }

  test('since its folder is missing', async () => {
    expect(await wrong(join(folder, 'nowhere', 'eve.json'))).toBe(
      'F/nowhere/eve.json cannot be written: there is no such file or folder',
    )
  })

  test('since it is a folder', async () => {
    expect(await wrong(folder)).toBe('F cannot be written: that is a folder; name a file')
  })

  test.skipIf(process.getuid?.() !== 0 || !hasProgram('mount'))(
    'since the disk is full: an error now, and later every line once',
    async () => {
      const path = made()
      const disk = join(path, '..')
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', disk])
      mounts.push(disk)
      writeFileSync(join(disk, 'ballast'), 'x'.repeat(56 * 1024))
      const many = findingsNotice(
        Array.from({ length: 20 }, () => told()),
        'n-1',
      )
      await expect(opened(path).deliver(many, patient())).rejects.toThrow('the disk is full')
      rmSync(join(disk, 'ballast'))
      await opened(path).deliver(many, patient())
      const parts = readFileSync(path, 'utf8').split('\n').flatMap(partOf)
      expect(parts).toEqual(Array.from({ length: 20 }, (_, index) => index + 1))
    },
  )
})

test('looking changes nothing', async () => {
  const path = made()
  utimesSync(join(path, '..'), 1, 1)
  expect(await opened(path).check(patient())).toBeNull()
  expect(readdirSync(join(path, '..'))).toEqual([])
  // Nor for a moment: a running monitor may begin its file in it.
  expect(statSync(join(path, '..')).mtimeMs).toBe(1_000)
  await opened(path).deliver(notice('n-1'), patient())
  const before = readFileSync(path)
  expect(await opened(path).check(patient())).toBeNull()
  expect(readFileSync(path)).toEqual(before)
})

test('the time of a line about the monitor is that of the notice', async () => {
  const path = made()
  const [heartbeat] = NOTICES.filter(({ kind }) => kind === 'heartbeat')
  if (heartbeat !== undefined) await opened(path).deliver(heartbeat, patient())
  expect(linesOf(path)).toMatchObject([
    { timestamp: new Date(TOLD_MS).toISOString().replace('Z', '000+0000'), sensor: 'dmz-span' },
  ])
})
