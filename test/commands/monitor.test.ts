// Goal: whoever asks the monitor by a command gets what it knows, and what they do reaches it; nothing that it says
// acts on their terminal; and where there is nothing to ask, they hear what was tried.
// Method: the commands run in this process against a real control socket, some as a program of their own.

import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { Command, CommanderError } from 'commander'
import { afterAll, beforeEach, describe, expect, test, vi } from 'vitest'
import type { OpenDesk } from '../../src/commands/monitor/where.ts'
import { monitorCommands } from '../../src/commands/monitor.ts'
import { Unavailable } from '../../src/model/desk.ts'
import { InputError, UsageError } from '../../src/model/errors.ts'
import type { FindingEvent } from '../../src/model/lifecycle.ts'
import { MemoryDesk, NOW_MS, outputState, storedFinding } from '../support/memory-desk.ts'
import { answeringOn } from '../support/memory-socket.ts'

const LONG_MS = 60_000
const DAY_MS = 86_400_000
const folder = mkdtempSync(join(tmpdir(), 'mpwatch-monitor-'))
const PATH = join(folder, 'control.sock')
const ID = 'f-7d1c2a90b3e4'
const OTHER = 'f-7d1c00000000'
const NO_STORE: OpenDesk = async () => null

let memory: MemoryDesk
answeringOn(PATH, () => memory)
beforeEach(() => {
  memory = new MemoryDesk()
  memory.stored = [
    storedFinding(ID),
    storedFinding(OTHER, { state: 'closed', closedMs: NOW_MS }, { severity: 'low', row: 'I-12' }),
  ]
})
afterAll(() => rmSync(folder, { recursive: true }))

interface Ran {
  readonly code: number
  readonly out: string
  readonly err: string
}

/** Runs a command in this process, as main.ts would. */
async function run(args: readonly string[], open: OpenDesk = NO_STORE): Promise<Ran> {
  let [code, out, err] = [0, '', '']
  const program = new Command('mpwatch').exitOverride().configureOutput({
    writeErr: text => {
      err += text
    },
  })
  monitorCommands(
    program,
    left => {
      code = left
    },
    open,
  )
  const spies = [
    vi.spyOn(process.stdout, 'write').mockImplementation((text, ...rest) => {
      out += text
      for (const done of rest) if (typeof done === 'function') done()
      return true
    }),
    vi.spyOn(process.stderr, 'write').mockImplementation(text => {
      err += text
      return true
    }),
  ]
  try {
    await program.parseAsync([...args], { from: 'user' })
    return { code, out, err }
  } catch (error) {
    if (error instanceof CommanderError) return { code: error.exitCode === 0 ? 0 : 2, out, err }
    if (error instanceof UsageError) return { code: 2, out, err: err + error.message }
    if (error instanceof InputError) return { code: 3, out, err: err + error.message }
    throw error
  } finally {
    for (const spy of spies) spy.mockRestore()
  }
}

const ask = (...args: readonly string[]): Promise<Ran> => run([...args, '--socket', PATH])

describe('status', () => {
  test('tells the answer first, then who sees, then what is kept', async () => {
    const { code, out } = await ask('status')
    expect(code).toBe(0)
    expect(out.split('\n')[0]).toBe('Not compliant: 1 open.')
    expect(out).toMatch(/eth0 \(core, tcpdump\) +watching +110 +10 +1 +2026-03-02 11:59:59Z/)
    expect(out).toContain('2 findings, 1 open')
    expect(out).toContain('5 rows = 5 stored + 0 waiting + 0 lost')
    expect(out).toContain('Every packet is accounted for')
  })

  test('never leaves out who is blind', async () => {
    memory.gaps = [
      {
        ...{ id: 'b-1', sensor: 'core', interface: 'eth0', cause: 'link_down' },
        ...{ fromMs: NOW_MS - 90_000, toMs: null, detail: 'eth0 has no carrier.' },
      },
    ]
    const { out } = await ask('status')
    expect(out).toContain(
      '! core is blind since 2026-03-02 11:58:30Z (1 min 30 s): eth0 has no carrier.',
    )
  })

  test('tells whether what is fed gets it, and why where it does not', async () => {
    expect((await ask('status')).out).not.toContain('Outputs')
    const { books } = outputState()
    memory.outputs = [
      outputState(),
      outputState({
        ...{ name: 'noc', kind: 'route', where: 'syslog+tcp://siem.example:601', lastMs: null },
        ...{ state: 'degraded', reason: 'nobody listens there' },
        books: { ...books, expired: 7 },
      }),
    ]
    const { out } = await ask('status')
    expect(out).toContain(
      'lab, http://127.0.0.1:8086/mpwatch: healthy, last at 2026-03-02 11:59:58Z',
    )
    expect(out.replace(/\s+/g, ' ')).toContain(
      '1,250 points = 1,234 taken + 13 waiting + 2 in dead letters + 1 expired; 3 failed tries',
    )
    expect(out).toContain('noc, syslog+tcp://siem.example:601: degraded, nothing delivered yet')
    expect(out).toContain('DEGRADED: nobody listens there')
    expect(out).toContain('This is a fault of mpwatch: L6 of noc is open')
  })

  test('gives programs the whole', async () => {
    const { out } = await ask('status', '--json')
    expect(JSON.parse(out)).toEqual(await memory.status())
  })
})

describe('findings', () => {
  test('are listed worst first, with what they are', async () => {
    const { out } = await ask('findings')
    expect(out).toMatch(
      /critical f-7d1c2a90b3e4 +open +I-31 +3 +2026-03-02 11:59:00Z +-\n +SQL Server on web-dmz-1/,
    )
    expect(out.indexOf(ID)).toBeLessThan(out.indexOf(OTHER))
    expect(out).toContain('2 findings.')
  })

  const filters: readonly [args: readonly string[], ids: readonly string[]][] = [
    [['--state', 'open'], [ID]],
    [['--row', 'I-12'], [OTHER]],
    [
      ['--row', 'I-12', 'I-31'],
      [ID, OTHER],
    ],
    [['--severity', 'low'], [OTHER]],
    [
      ['--node', 'web-dmz-1'],
      [ID, OTHER],
    ],
    [['--node', 'app-a'], []],
    [['--since', '30s'], []],
    [
      ['--since', '2m'],
      [ID, OTHER],
    ],
    [['--since', new Date(NOW_MS).toISOString()], []],
    [['--limit', '1'], [ID]],
  ]
  for (const [args, ids] of filters)
    test(`by ${args.join(' ').replace(/\d{4}-.*/, 'a moment')} are ${ids.length}`, async () => {
      const { out } = await ask('findings', '--json', ...args)
      const { findings } = JSON.parse(out) as { findings: { finding: { id: string } }[] }
      expect(findings.map(({ finding }) => finding.id)).toEqual(ids)
    })

  test('tell how many there are beyond the limit', async () => {
    const { out } = await ask('findings', '--limit', '1')
    expect(out).toContain('2 findings, the first 1 of them; --limit shows more.')
  })

  test('by a name that is one’s own are told in full, with their history', async () => {
    const [stored] = memory.stored
    if (stored === undefined) throw new Error('there is one')
    const event: FindingEvent = {
      ...{ kind: 'finding', phase: 'open', captureMs: NOW_MS, atMs: NOW_MS, isPage: true },
      ...{ stored, held: { by: 'suppressed', id: 's-1' } },
    }
    memory.history = [event]
    const { out } = await ask('findings', 'f-7d1c2')
    expect(out).toContain('SQL Server on the Web Server serves MeetingPlace components')
    expect(out).toContain('Close tcp/1433 towards 192.0.2.20')
    expect(out).toContain('open: critical, 3 times, page, held by suppressed s-1')
    const { out: json } = await ask('findings', ID, '--json')
    const events = [{ ...event, number: 1 }]
    expect(JSON.parse(json)).toEqual({ finding: stored, events, events_left_out: 0 })
  })

  test('by a name that two begin with are none', async () => {
    const { code, err } = await ask('findings', 'f-7d1c')
    expect(code).toBe(2)
    expect(err).toBe(`"f-7d1c" may be ${OTHER} or ${ID}. Give more of it.`)
  })

  for (const name of ['f-000000000000', 'f-0', 'f-', 'x', '__proto__', 'f-7d1c2a90b3e45'])
    test(`called ${name} are not there, which is said`, async () => {
      const { code, err } = await ask('findings', name)
      expect({ code, err }).toEqual({
        code: 2,
        err: `No finding is called "${name}". "mpwatch findings" lists them.`,
      })
    })

  test('say nothing that acts on a terminal', async () => {
    const evil = '\u001b[2J\u202e\u0007\r\n'
    memory.stored = [
      storedFinding(
        ID,
        { acknowledgement: { author: evil, comment: evil, atMs: 0, members: 1, severity: 'low' } },
        { title: evil, row: evil, source: evil, destination: evil, fix: evil, why: [evil] },
      ),
    ]
    for (const args of [[], [ID], ['--json']]) {
      const { out } = await ask('findings', ...args)
      // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be there.
      expect(out).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/)
      expect(out).toMatch(/\\x1b|\\u001b/)
    }
  })
})

describe('ack', () => {
  test('reaches the monitor with who, and what they know', async () => {
    const { code, out } = await ask('ack', 'f-7d1c2', OTHER, '--comment', 'ticket 4711')
    expect({ code, out }).toEqual({ code: 0, out: `Acknowledged: ${ID} ${OTHER}\n` })
    for (const { acknowledgement } of memory.stored)
      expect(acknowledgement).toMatchObject({
        author: userInfo().username,
        comment: 'ticket 4711',
      })
  })

  test('can be said for somebody else, and taken back', async () => {
    await ask('ack', ID, '--comment', 'known', '--author', 'ann')
    expect(memory.stored[0]?.acknowledgement?.author).toBe('ann')
    expect((await ask('unack', ID)).out).toBe(`No longer acknowledged: ${ID}\n`)
    expect(memory.stored[0]?.acknowledgement).toBe(null)
  })

  test('of one that is not there changes none', async () => {
    const { code } = await ask('ack', ID, 'f-000000000000', '--comment', 'known')
    expect(code).toBe(2)
    expect(memory.stored[0]?.acknowledgement).toBe(null)
  })

  test('needs a comment', async () => {
    expect((await ask('ack', ID)).code).toBe(2)
  })
})

const REASON = ['--reason', 'change 4711: moving SQL']

describe('suppress', () => {
  test('tells what it would have hit, and asks nothing', async () => {
    const { code, out } = await ask('suppress', '--row', 'I-31', '--for', '8h', ...REASON)
    expect(code).toBe(0)
    expect(out).toContain('In the last 7 days it would have hit 1 finding.')
    expect(out).toContain(ID)
    expect(out).toContain('s-0: row I-31 wakes nobody until 2026-03-02 20:00:00Z.')
    expect(memory.suppressions).toEqual([
      {
        ...{ id: 's-0', scope: { rows: ['I-31'] }, reason: 'change 4711: moving SQL' },
        ...{ author: userInfo().username, fromMs: NOW_MS, untilMs: NOW_MS + 8 * 3_600_000 },
      },
    ])
  })

  test('takes every member of a scope, and findings by beginnings of their ids', async () => {
    const scope = [
      '--node',
      'a',
      'b',
      '--source',
      'c',
      '--destination',
      'd',
      '--verdict',
      'escaped',
    ]
    const more = ['--because', 'over_exposed', '--severity', 'low', '--finding', 'f-7d1c2']
    const until = ['--until', '2026-03-03T00:00:00+01:00']
    await ask('suppress', ...scope, ...more, ...until, ...REASON)
    expect(memory.suppressions[0]).toMatchObject({
      untilMs: Date.UTC(2026, 2, 2, 23),
      scope: {
        ...{ ids: [ID], nodes: ['a', 'b'], sources: ['c'], destinations: ['d'] },
        ...{ verdicts: ['escaped'], reasons: ['over_exposed'], severities: ['low'] },
      },
    })
  })

  test('only tells, where that is asked', async () => {
    const { out } = await ask('suppress', '--row', 'I-99', '--for', '8h', '--preview', ...REASON)
    expect(out).toBe('In the last 7 days it would have hit 0 findings.\n')
    expect(memory.suppressions).toEqual([])
  })

  const refusals: readonly [what: string, args: readonly string[], says: string][] = [
    ['no scope', ['--for', '8h', ...REASON], 'Say what to suppress'],
    ['no end', ['--row', 'I-31', ...REASON], 'Say how long: --for 8h, or --until'],
    [
      'two ends',
      ['--row', 'a', '--for', '8h', '--until', '2026-03-03T00:00:00Z', ...REASON],
      'Say how',
    ],
    ['no zone', ['--row', 'a', '--until', '2026-03-03T00:00:00', ...REASON], 'with its zone'],
    ['no unit', ['--row', 'a', '--for', '8', ...REASON], 'such as 30m, 8h or 7d'],
    ['no time', ['--row', 'a', '--for', '0h', ...REASON], 'such as 30m, 8h or 7d'],
    ['no reason', ['--row', 'a', '--for', '8h'], "required option '--reason <text>'"],
    ['a short reason', ['--row', 'a', '--for', '8h', '--reason', 'why not'], 'at least 10'],
    ['half a year', ['--row', 'a', '--for', '26w', ...REASON], '90 days'],
    ['another severity', ['--severity', 'worst', '--for', '8h', ...REASON], 'Allowed choices'],
  ]
  for (const [what, args, says] of refusals)
    test(`with ${what} is refused`, async () => {
      const { code, err } = await ask('suppress', ...args)
      expect(code).toBe(2)
      expect(err).toContain(says)
      expect(memory.suppressions).toEqual([])
    })
})

describe('maintenance', () => {
  test('may be of everything, and begin later', async () => {
    const from = ['--from', '2026-03-07T20:00:00Z', '--for', '3h']
    const { out } = await ask('maintenance', ...from, ...REASON)
    expect(out).toBe(
      'm-0: everything wakes nobody from 2026-03-07 20:00:00Z to 2026-03-07 23:00:00Z.\n',
    )
    expect(memory.maintenances[0]?.scope).toEqual({})
  })

  test('is listed with suppressions, and ended', async () => {
    expect((await ask('suppressions')).out).toBe('Nothing is held back.\n')
    await ask('maintenance', '--for', '3h', ...REASON)
    await ask('suppress', '--node', 'app-a', '--for', '1d', ...REASON)
    const { out } = await ask('suppressions')
    expect(out).toContain('m-0  maintenance, 2026-03-02 12:00:00Z to 2026-03-02 15:00:00Z')
    expect(out).toContain('node app-a\n    change 4711: moving SQL')
    expect(JSON.parse((await ask('suppressions', '--json')).out)).toEqual(await memory.quieted())
    expect((await ask('end', 'm-0', 's-0')).out).toBe('Ended: m-0\nEnded: s-0\n')
    expect(await memory.quieted()).toEqual({ suppressions: [], maintenances: [] })
    expect((await ask('end', 's-0')).code).toBe(2)
  })
})

describe('reload', () => {
  test('tells what is in force', async () => {
    expect(await ask('reload')).toEqual({
      ...{ code: 0, err: '' },
      out: 'Loaded.\npolicy sha256:ab\nsite sha256:cd\n',
    })
  })

  test('tells everything that is wrong, and ends with 2', async () => {
    memory.problems = ['site.yaml:3:1: a\u001b[2J', 'site.yaml:9:1: b']
    expect(await ask('reload')).toEqual({
      ...{ code: 2, out: '' },
      err: 'site.yaml:3:1: a\\x1b[2J\nsite.yaml:9:1: b\nRefused; the rules before stay in force.\n',
    })
  })
})

describe('where there is', () => {
  const empty = join(folder, 'empty')
  mkdirSync(empty)

  test('no monitor, the store itself is opened, asked and closed', async () => {
    const opened: string[] = []
    let isClosed = false
    const open: OpenDesk = async at => {
      opened.push(at)
      return {
        desk: memory,
        close: async () => {
          isClosed = true
        },
      }
    }
    const { code } = await run(['ack', ID, '--comment', 'x', '--store', empty], open)
    expect({ code, opened, isClosed }).toEqual({ code: 0, opened: [empty], isClosed: true })
    expect(memory.stored[0]?.acknowledgement?.comment).toBe('x')
  })

  test('nothing at all, it is said what was tried', async () => {
    const { code, err } = await run(['status', '--store', empty])
    expect(code).toBe(3)
    expect(err).toContain(
      `No monitor can be asked at ${empty}/control.sock: there is no such socket.`,
    )
    expect(err).toContain(`There is no store in ${empty} either.`)
    expect(err).toContain('start mpwatch watch')
  })

  test('a socket that was named alone, no store is opened in its place', async () => {
    const open: OpenDesk = () => expect.fail('the store was opened')
    const { code, err } = await run(['status', '--socket', join(empty, 'a.sock')], open)
    expect({ code, err }).toMatchObject({ code: 3, err: expect.not.stringContaining('either') })
  })

  test('a configuration file, it names the place', async () => {
    const config = join(folder, 'mpwatch.yaml')
    writeFileSync(config, `api_version: mpwatch/v1\nstore: { folder: ${folder} }\n`)
    expect((await run(['status', '--config', config])).out).toContain('Not compliant')
    writeFileSync(config, 'api_version: mpwatch/v1\nstoer: {}\n')
    const { code, err } = await run(['status', '--config', config])
    expect(code).toBe(2)
    expect(err).toContain('mpwatch.yaml:2')
  })

  test('a monitor that cannot do it at present, nothing is opened beside it', async () => {
    memory.fault = new Unavailable('The disk is full since 12:00; free some space.')
    const { code, err } = await ask('ack', ID, '--comment', 'x')
    expect({ code, err }).toEqual({ code: 3, err: memory.fault.message })
  })
})

describe('as a program', () => {
  function program(...args: readonly string[]): Promise<Ran> {
    const child = spawn(process.execPath, ['--import', 'tsx', 'src/main.ts', ...args])
    let [out, err] = ['', '']
    child.stdout.on('data', text => {
      out += text
    })
    child.stderr.on('data', text => {
      err += text
    })
    return new Promise(resolve =>
      child.on('close', code => resolve({ code: code ?? -1, out, err })),
    )
  }

  test('it answers and ends', { timeout: LONG_MS }, async () => {
    memory.maintenances = [
      {
        ...{ id: 'm-1', scope: {}, reason: 'failover test', author: 'ann' },
        ...{ fromMs: NOW_MS, untilMs: NOW_MS + DAY_MS },
      },
    ]
    const { code, out, err } = await program('suppressions', '--socket', PATH)
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(out).toContain('m-1  maintenance')
  })

  test('it ends with 3 where there is nothing to ask', { timeout: LONG_MS }, async () => {
    const { code, out, err } = await program('status', '--socket', join(folder, 'none.sock'))
    expect({ code, out }).toEqual({ code: 3, out: '' })
    expect(err).toMatch(/^No monitor can be asked at \S+: there is no such socket\. Name the place/)
  })

  test('it ends with 5 on a fault of the monitor', { timeout: LONG_MS }, async () => {
    memory.fault = new Error('a fault')
    const { code, err } = await program('status', '--socket', PATH)
    expect(code).toBe(5)
    expect(err).toContain('the monitor answered 500: mpwatch met a fault of its own.')
  })
})
