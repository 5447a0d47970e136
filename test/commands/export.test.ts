// Goal: what `mpwatch export` writes is what the audit judged, byte for byte, and nothing is written on doubt.
// Method: the demo is audited by the command line, findings are exported in this process, and the file is read back by our
// own reader and by tshark.

import { spawnSync } from 'node:child_process'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { Command } from 'commander'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { officeMorning } from '../../fixtures/demo/office.ts'
import { pcapOf } from '../../fixtures/scenario/pcap.ts'
import { scenario } from '../../fixtures/scenario/scenario.ts'
import { exportCommand } from '../../src/commands/export.ts'
import { InputError, UsageError } from '../../src/model/errors.ts'
import type { ReportedFinding, Result } from '../../src/model/result.ts'
import { readAll, type SeenPacket } from '../capture/read-all.ts'

const PCAP = 'fixtures/demo/office.pcap'
const SITE = 'fixtures/demo/site.yaml'
const LONG_MS = 120_000

// Some tests start the program, and tshark.
vi.setConfig({ testTimeout: LONG_MS, hookTimeout: LONG_MS })

const folder = mkdtempSync(join(tmpdir(), 'mpwatch-export-'))
afterAll(() => rmSync(folder, { recursive: true }))
const inFolder = (name: string): string => join(folder, name)

function mpwatch(...args: readonly string[]) {
  const argv = ['--import', 'tsx', 'src/main.ts', ...args]
  const { status, stdout, stderr } = spawnSync(process.execPath, argv, { encoding: 'utf8' })
  return { code: status, stdout, stderr }
}

/** Runs `mpwatch export` in this process; what it would end with, and what it would say of errors. */
async function exported(...args: readonly string[]) {
  const program = new Command('mpwatch').exitOverride()
  exportCommand(program, () => {})
  let stderr = ''
  const spy = vi.spyOn(process.stderr, 'write').mockImplementation(text => {
    stderr += text
    return true
  })
  try {
    await program.parseAsync(['export', '--quiet', ...args], { from: 'user' })
    return { code: 0, stderr }
  } catch (error) {
    if (!(error instanceof UsageError || error instanceof InputError)) throw error
    return { code: error instanceof UsageError ? 2 : 3, stderr: `${error.message}\n` }
  } finally {
    spy.mockRestore()
  }
}

const RESULT = inFolder('result.json')
const resultOf = (path: string): Result => JSON.parse(readFileSync(path, 'utf8')) as Result
const audit = (json: string, ...more: readonly string[]) =>
  mpwatch('audit', PCAP, '--site', SITE, '--quiet', '--json', json, ...more)

beforeAll(() => {
  expect(audit(RESULT).code).toBe(1)
}, LONG_MS)

const findingOf = (kind: string): ReportedFinding => {
  const found = resultOf(RESULT).findings.find(
    ({ verdict, reason, row }) => `${verdict}:${reason} ${row}` === kind,
  )
  if (found === undefined) throw new Error(`the demo has no finding ${kind}`)
  return found
}

const countsOf = ({ examples }: ReportedFinding): number =>
  examples.reduce((sum, { pkts_toserver: there, pkts_toclient: back }) => sum + there + back, 0)

/** What a packet is, whatever file it lies in. */
const contentOf = ({ epochSeconds, timeNs, link, wire, data }: SeenPacket): string =>
  `${BigInt(epochSeconds) * 1_000_000_000n + BigInt(timeNs)} ${link} ${wire} ${data}`

const INJECTED = 'escaped:over_exposed I-31'
const OUT = inFolder('out.pcapng')

describe('one finding', () => {
  let finding: ReportedFinding
  let packets: readonly SeenPacket[] = []
  beforeAll(async () => {
    finding = findingOf(INJECTED)
    const { code, stderr } = await exported(RESULT, '--finding', finding.id, '--pcap', OUT)
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    packets = (await readAll([OUT])).packets
  }, LONG_MS)

  test('gives as many packets as its examples count', () => {
    expect(countsOf(finding)).toBeGreaterThan(20)
    expect(packets).toHaveLength(countsOf(finding))
  })

  test('gives packets of the capture as they are, to the nanosecond and the byte', async () => {
    const original = new Set((await readAll([PCAP])).packets.map(contentOf))
    expect(packets.filter(packet => !original.has(contentOf(packet)))).toEqual([])
    expect(new Set(packets.map(contentOf)).size).toBe(packets.length)
  })

  test('gives the first packet of every example', async () => {
    const { packets: all } = await readAll([PCAP])
    const copied = new Set(packets.map(contentOf))
    for (const { packet } of finding.examples) {
      const first = all.find(({ frame }) => frame === packet.frame)
      expect(first !== undefined && copied.has(contentOf(first))).toBe(true)
    }
  })

  test('says in the file what it is made of', () => {
    const text = readFileSync(OUT).toString('latin1')
    const [capture] = resultOf(RESULT).provenance.captures
    expect(text).toContain(`export of ${finding.id}`)
    expect(text).toContain(`capture ${PCAP} sha256:${capture?.sha256}`)
  })

  test('is the same file again', async () => {
    const again = inFolder('again.pcapng')
    await exported(RESULT, '--finding', finding.id.slice(0, 7), '--pcap', again)
    expect(readFileSync(again).equals(readFileSync(OUT))).toBe(true)
  })
})

test(
  'a finding that rests on an ICMP error has the error too',
  async () => {
    const finding = findingOf('misdropped:null W-01')
    const out = inFolder('icmp.pcapng')
    expect((await exported(RESULT, '--finding', finding.id, '--pcap', out)).code).toBe(0)
    const { packets } = await readAll([out])
    expect(packets.length - countsOf(finding)).toBe(finding.examples.length)
  },
  LONG_MS,
)

test(
  'two captures that overlap, audited from a moment on, give what the examples count',
  async () => {
    const morning = officeMorning({ isQuiet: true })
    const [one, other] = [0, 1].map(which => {
      const path = inFolder(`part-${which}.pcap`)
      const packets = morning.packets().filter((_, index) => index % 2 === which)
      writeFileSync(path, pcapOf(packets, { epochSeconds: morning.epochSeconds }))
      return path
    })
    const json = inFolder('parts.json')
    const from = ['--from', '2026-03-02T10:15:20Z', '--site', SITE]
    mpwatch('audit', one ?? '', other ?? '', ...from, '--quiet', '--json', json)
    const out = inFolder('parts.pcapng')
    const { code, stderr } = await exported(json, '--all-violations', '--pcap', out)
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    const { packets } = await readAll([out])
    const originals = new Set((await readAll([one ?? '', other ?? ''])).packets.map(contentOf))
    expect(packets.length).toBeGreaterThan(100)
    expect(packets.filter(packet => !originals.has(contentOf(packet)))).toEqual([])
  },
  LONG_MS,
)

const hasTshark = spawnSync('tshark', ['--version']).status === 0

describe.skipIf(!hasTshark)('as tshark reads it (skipped without tshark)', () => {
  test(
    'every violation stands as a comment on the first packet of each of its flows',
    async () => {
      const out = inFolder('all.pcapng')
      expect((await exported(RESULT, '--all-violations', '--pcap', out)).code).toBe(0)
      const { stdout } = spawnSync('tshark', ['-r', out, '-T', 'fields', '-e', 'frame.comment'], {
        encoding: 'utf8',
      })
      const comments = stdout.split('\n').filter(line => line !== '')
      const { findings, conclusion } = resultOf(RESULT)
      const fine = ['advisory', 'rejected', 'excepted', 'permitted_unverified']
      const violations = findings.filter(
        ({ verdict, severity }) => !fine.includes(verdict) && severity !== 'info',
      )
      expect(violations).toHaveLength(conclusion?.violations ?? 0)
      const expected = violations.flatMap(({ id, row, verdict, reason, title, examples }) => {
        const what = reason === null ? verdict : `${verdict}:${reason}`
        return examples.map(() => `mpwatch ${id} ${row} ${what}: ${title}`)
      })
      expect(comments.toSorted()).toEqual(expected.toSorted())
      expect(comments).toContain(
        `mpwatch ${findingOf(INJECTED).id} I-31 escaped:over_exposed: SQL Server on web-dmz-1 answered the Internet`,
      )
    },
    LONG_MS,
  )

  test('the display filter of an example shows all its packets', () => {
    const finding = findingOf(INJECTED)
    const [example] = finding.examples
    const { stdout } = spawnSync('tshark', ['-r', OUT, '-Y', example?.filter ?? ''], {
      encoding: 'utf8',
    })
    const shown = stdout.split('\n').filter(line => line !== '').length
    expect(shown).toBe((example?.pkts_toserver ?? 0) + (example?.pkts_toclient ?? 0))
  })
})

describe('a capture that has moved', () => {
  const archive = inFolder('archive')
  const moved = join(archive, 'demo', 'office.pcap')
  beforeAll(() => {
    mkdirSync(join(archive, 'demo'), { recursive: true })
    copyFileSync(PCAP, moved)
  })
  const renamed = (name: string): string => {
    const path = inFolder(`${name}.json`)
    const text = readFileSync(RESULT, 'utf8')
    writeFileSync(path, text.replaceAll(PCAP, 'elsewhere/demo/office.pcap'))
    return path
  }
  const from = (...captures: readonly string[]) =>
    exported(
      ...[renamed('moved'), '--all-violations', '--pcap', inFolder('moved.pcapng')],
      ...(captures.length === 0 ? [] : ['--captures', ...captures]),
    )

  test('is asked for where it is not found', async () => {
    const { code, stderr } = await from()
    expect(code).toBe(2)
    expect(stderr).toBe(
      'elsewhere/demo/office.pcap: not found where the audit read them.\n' +
        'Say with --captures where they lie now: files or folders.\n',
    )
  })

  test('is found in a folder, below it, and by name', async () => {
    for (const place of [archive, join(archive, 'demo'), moved])
      expect((await from(place)).code).toBe(0)
  })
})

test(
  'what came by standard input, or is packed, is found again by its hash',
  async () => {
    const argv = ['--import', 'tsx', 'src/main.ts', 'audit', '-', '--site', SITE, '--quiet']
    const json = inFolder('stdin.json')
    const packed = inFolder('office.pcap.gz')
    writeFileSync(packed, gzipSync(readFileSync(PCAP)))
    spawnSync(process.execPath, [...argv, '--json', json], { input: readFileSync(packed) })
    const out = inFolder('stdin.pcapng')
    const from = (...more: readonly string[]) =>
      exported(json, '--all-violations', '--pcap', out, ...more)
    expect((await from()).stderr).toMatch(
      /^standard input: not found where the audit read them\.\n/,
    )
    expect((await from('--captures', PCAP)).code).toBe(3)
    expect(await from('--captures', packed)).toMatchObject({ code: 0, stderr: '' })
    const { packets } = await readAll([out])
    expect(packets.length).toBeGreaterThan(100)
  },
  LONG_MS,
)

test('packets that a finding lists by themselves are copied, with what they say', async () => {
  const net = scenario({ start: '2026-03-02T10:00:00Z' })
  const asker = net.host('dns-1', { ip: '10.10.20.53' })
  const owners = ['02:00:00:00:00:0a', '02:00:00:00:00:0b'].map((mac, index) =>
    net.host(`owner ${index}`, { ip: '10.10.20.10', mac }),
  )
  for (let turn = 0; turn < 4; turn++) net.at(10 * turn).arp(asker, owners[turn % 2] ?? asker)
  writeFileSync(inFolder('arp.pcap'), net.pcap())
  const site = ['audit', inFolder('arp.pcap'), '--site', SITE, '--quiet']
  mpwatch(...site, '--json', inFolder('arp.json'))
  const { findings } = JSON.parse(readFileSync(inFolder('arp.json'), 'utf8')) as Result
  const [contested] = findings.filter(({ reason }) => reason === 'split_brain')
  const named = ['--finding', contested?.id ?? '', '--pcap', inFolder('arp.pcapng')]
  expect(await exported(inFolder('arp.json'), ...named)).toEqual({ code: 0, stderr: '' })
  const { packets } = await readAll([inFolder('arp.pcapng')])
  expect(packets).toHaveLength(contested?.frames.length ?? 0)
  expect(packets.length).toBeGreaterThan(1)
  const text = readFileSync(inFolder('arp.pcapng'), 'latin1')
  for (const { says } of contested?.frames ?? []) expect(text).toContain(says)
})

test('on the command line it says what it has written', () => {
  const out = inFolder('told.pcapng')
  expect(mpwatch('export', RESULT, '--all-violations', '--pcap', out)).toEqual({
    code: 0,
    stdout: `${out}: 188 packets of 27 flows, ${readFileSync(out).length.toLocaleString('en-US')} bytes.\n`,
    stderr: '',
  })
  expect(mpwatch('export', RESULT, '--pcap', out).code).toBe(2)
})

describe('nothing is written', () => {
  const out = inFolder('never.pcapng')
  const refused = async (...args: readonly string[]): Promise<string> => {
    const { code, stderr } = await exported(...args, '--pcap', out)
    expect(existsSync(out) || existsSync(`${out}.part`)).toBe(false)
    return `${code} ${stderr}`
  }
  const changed = (change: (result: Record<string, unknown>) => unknown): string => {
    const path = inFolder('changed.json')
    writeFileSync(path, JSON.stringify(change(JSON.parse(readFileSync(RESULT, 'utf8')))))
    return path
  }

  test('where the capture is another than was audited', async () => {
    const other = inFolder('office.pcap')
    const bytes = readFileSync(PCAP)
    bytes[bytes.length - 1] = (bytes[bytes.length - 1] ?? 0) ^ 1
    writeFileSync(other, bytes)
    const said = await refused(RESULT, '--all-violations', '--captures', other)
    const [capture] = resultOf(RESULT).provenance.captures
    expect(said).toMatch(
      /^3 .*office\.pcap \(the result's fixtures\/demo\/office\.pcap\) is another/,
    )
    expect(said).toContain(`SHA-256 expected: ${capture?.sha256}\n`)
    expect(said).toMatch(/SHA-256 found: {4}[0-9a-f]{64}\n/)
  })

  test('where the result has no hash', async () => {
    const unhashed = inFolder('unhashed.json')
    audit(unhashed, '--no-hash')
    expect(await refused(unhashed, '--all-violations')).toMatch(
      /^2 .*Run the audit again without --no-hash/,
    )
  })

  test('for a finding that is not there', async () => {
    const { id } = findingOf(INJECTED)
    const mistyped = `${id.slice(0, -1)}${id.endsWith('0') ? '1' : '0'}`
    expect(await refused(RESULT, '--finding', mistyped)).toContain(`Did you mean ${id}?`)
    expect(await refused(RESULT, '--finding', 'f-')).toMatch(/^2 --finding: f- may be f-\w+ or f-/)
  })

  test('for neither findings nor all of them', async () => {
    expect(await refused(RESULT)).toMatch(/^2 Say what to export/)
    expect(await refused(RESULT, '--finding', 'f-1', '--all-violations')).toMatch(
      /^2 Say what to export/,
    )
  })

  test('over the capture itself', async () => {
    const copy = inFolder('copy.pcap')
    copyFileSync(PCAP, copy)
    const { code, stderr } = await exported(
      ...[RESULT, '--all-violations', '--pcap', copy, '--captures', copy],
    )
    expect(`${code} ${stderr}`).toMatch(/^2 --pcap: .* is the capture/)
    expect(readFileSync(copy).equals(readFileSync(PCAP))).toBe(true)
  })

  test('where the result names a frame that begins no flow', async () => {
    const path = changed(result => {
      const [finding] = result['findings'] as { examples: { packet: { frame: number } }[] }[]
      for (const { packet } of finding?.examples ?? []) packet.frame += 1
      return result
    })
    expect(await refused(path, '--all-violations')).toMatch(/^3 No flow begins with frame/)
  })

  test(
    'where the result is something else',
    async () => {
      const cases: readonly [change: (result: Record<string, unknown>) => unknown, says: RegExp][] =
        [
          [() => ({ some: 'object' }), /is no result of mpwatch/],
          [() => [], /is no result of mpwatch/],
          [
            result => ({ ...result, schema: 'mpwatch/result/0' }),
            /schema mpwatch\/result\/0; this/,
          ],
          [result => ({ ...result, conclusion: null }), /is a flow count/],
          [result => ({ ...result, findings: [{ id: '../x' }] }), /findings\.0\.\w+: /],
        ]
      for (const [change, says] of cases) {
        const said = await refused(changed(change), '--all-violations')
        expect(said).toMatch(/^2 /)
        expect(said).toMatch(says)
      }
      expect(await refused(inFolder('missing.json'), '--all-violations')).toMatch(
        /^2 .*cannot be read/,
      )
      writeFileSync(inFolder('cut.json'), readFileSync(RESULT).subarray(0, 1000))
      expect(await refused(inFolder('cut.json'), '--all-violations')).toMatch(/^2 .*is no JSON/)
    },
    LONG_MS,
  )
})

test('controls in a title become visible, and do not act on a terminal', async () => {
  const path = inFolder('hostile.json')
  const { id } = findingOf(INJECTED)
  writeFileSync(
    path,
    readFileSync(RESULT, 'utf8').replaceAll(
      'SQL Server on web-dmz-1 answered the Internet',
      '\\u001b[31m\\u202ered',
    ),
  )
  const out = inFolder('hostile.pcapng')
  expect((await exported(path, '--finding', id, '--pcap', out)).code).toBe(0)
  const text = readFileSync(out).toString('utf8')
  expect(text).toContain('escaped:over_exposed: \\x1b[31m\\u{202e}red')
  expect(text).not.toContain('\u001b[31m')
})
