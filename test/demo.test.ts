// The demo: a capture that holds at least one of every verdict, and the audit that must find exactly
// those. The expectations are written by hand in fixtures/demo/expected.ts.

import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  EXPECTED_BARRIERS,
  EXPECTED_COVERAGE,
  EXPECTED_FINDINGS,
  EXPECTED_PAIRS,
  EXPECTED_SIGNATURES,
  EXPECTED_VERDICTS,
} from '../fixtures/demo/expected.ts'
import { officeMorning, officeOnly } from '../fixtures/demo/office.ts'
import { coveragePicture, demoPicture } from '../scripts/bless.ts'
import { COVERAGE_STATES, type CoveredStatement } from '../src/model/coverage.ts'
import type { Finding } from '../src/model/finding.ts'
import type { Result } from '../src/model/result.ts'
import { type Audited, auditBytes, verdictText } from './support/audit.ts'
import { complaints } from './support/schemas.ts'

const PCAP = 'fixtures/demo/office.pcap'
const SITE = 'fixtures/demo/site.yaml'
const SENSOR = 'core-span'
const CLI_MS_MAX = 60_000

const folder = mkdtempSync(join(tmpdir(), 'mpwatch-demo-'))
afterAll(() => rmSync(folder, { recursive: true }))

const inFolder = (name: string): string => join(folder, name)
const demoAudit = (pcap: Uint8Array): Promise<Audited> =>
  auditBytes(pcap, readFileSync(SITE, 'utf8'), SENSOR)

/** Runs a TypeScript file as a person would, from the folder of the project. */
function node(...args: readonly string[]): { readonly code: number | null; readonly text: string } {
  const options = { encoding: 'utf8', maxBuffer: 16 * 1024 * 1024 } as const
  const { status, stdout } = spawnSync(process.execPath, ['--import', 'tsx', ...args], options)
  return { code: status, text: stdout }
}

const mpwatch = (...args: readonly string[]) =>
  node('src/main.ts', 'audit', ...args, '--site', SITE)

const kindOf = ({ verdict, reason }: Finding): string =>
  reason === null ? verdict : `${verdict}:${reason}`

const lineOf = (finding: Finding): string => {
  const { row, severity, source, destination, members } = finding
  return `${kindOf(finding)} ${row} ${severity} ${source} -> ${destination} x${members}`
}

/** `violated W-01 W-02`, for each state that a statement of the section has. */
const statesOf = (statements: readonly CoveredStatement[], section: string): readonly string[] =>
  COVERAGE_STATES.flatMap(state => {
    const ids = statements.filter(one => one.section === section && one.state === state)
    return ids.length === 0 ? [] : [[state, ...ids.map(({ id }) => id)].join(' ')]
  })

describe('the capture', () => {
  test(
    'is, byte for byte, what its script writes',
    () => {
      const file = inFolder('again.pcap')
      expect(node('fixtures/demo/office.ts', file)).toEqual({ code: 0, text: '' })
      expect(readFileSync(file).equals(readFileSync(PCAP))).toBe(true)
    },
    CLI_MS_MAX,
  )

  test('is small enough to be carried about', () => {
    expect(readFileSync(PCAP).length).toBeLessThan(1_000_000)
  })
})

describe('its audit', () => {
  let audited: Audited
  beforeAll(async () => {
    audited = await demoAudit(readFileSync(PCAP))
  })

  test('finds what was planted, and nothing else', () => {
    expect(audited.findings.map(lineOf).toSorted()).toEqual(EXPECTED_FINDINGS.toSorted())
  })

  test('has the worst finding first', () => {
    const ranks = ['critical', 'high', 'medium', 'low', 'info']
    const order = audited.findings.map(({ severity }) => ranks.indexOf(severity))
    expect(order).toEqual(order.toSorted((one, other) => one - other))
  })

  test.each(EXPECTED_VERDICTS)('has a flow that is %s', verdict => {
    expect(audited.flows.map(verdictText)).toContain(verdict)
  })

  test.each(EXPECTED_SIGNATURES)('proves by %s', proof => {
    const proofs = audited.findings.flatMap(finding =>
      finding.examples.map(
        ({ outcome }) => `${outcome.signature} ${kindOf(finding)} ${finding.row}`,
      ),
    )
    expect(proofs).toContain(proof)
  })

  test('says what became of every statement', () => {
    const { statements } = audited.coverage
    const sections = [...new Set(statements.map(({ section }) => section))]
    const byState = sections.map(section => [section, statesOf(statements, section)] as const)
    expect(Object.fromEntries(byState)).toEqual(EXPECTED_COVERAGE)
  })

  test('proves what is shut, where somebody tried', () => {
    const tried = audited.coverage.segmentation.filter(({ state }) => state !== 'not_tried')
    expect(
      tried.map(({ row, zone, state, signatures }) =>
        [row, 'from', zone, state, ...signatures].join(' '),
      ),
    ).toEqual(EXPECTED_BARRIERS)
  })

  test('shows between whom something went wrong, or was refused', () => {
    const pairs = audited.coverage.matrix.filter(one => one.violating + one.refused > 0)
    expect(
      pairs.map(
        ({ source, destination, state, violating, refused, flows }) =>
          `${source} -> ${destination} ${state}: ${violating} violating, ${refused} refused of ${flows}`,
      ),
    ).toEqual(EXPECTED_PAIRS)
  })

  test('finds the same without the office around it', async () => {
    const { findings, flows, coverage } = await demoAudit(officeMorning({ isQuiet: true }).pcap())
    expect(findings.map(lineOf)).toEqual(audited.findings.map(lineOf))
    expect(coverage.statements).toEqual(audited.coverage.statements)
    expect(flows.length).toBeLessThan(audited.flows.length)
  })
})

describe('on the command line', () => {
  test(
    'the demo ends with 1 and says what is worst',
    () => {
      const { code, text } = mpwatch(PCAP)
      expect(code).toBe(1)
      expect(text.split('\n')[0]).toBe(
        '21 violations. Worst: SQL Server on web-dmz-1 answered the Internet.',
      )
    },
    CLI_MS_MAX,
  )

  test(
    'its JSON is the same on every run, and as the schema says',
    () => {
      const files = ['one.json', 'two.json'].map(inFolder)
      for (const file of files)
        expect(mpwatch(PCAP, '--quiet', '--json', file)).toEqual({ code: 1, text: '' })
      const [one = '', two] = files.map(file => readFileSync(file, 'utf8'))
      expect(one).toBe(two)
      expect(complaints('result', JSON.parse(one))).toEqual([])
    },
    CLI_MS_MAX,
  )

  test(
    'its EVE lines are as the schema says, the statistics last',
    () => {
      const file = inFolder('eve.json')
      mpwatch(PCAP, '--quiet', '--eve', file)
      const events = readFileSync(file, 'utf8')
        .trimEnd()
        .split('\n')
        .map(line => JSON.parse(line))
      expect(events.flatMap(event => complaints('eve', event))).toEqual([])
      expect(events.at(-1)).toMatchObject({ event_type: 'stats' })
      const told = events.filter(({ event_type: type }) => type === 'alert' || type === 'finding')
      expect(told).toHaveLength(EXPECTED_FINDINGS.length)
    },
    CLI_MS_MAX,
  )

  test(
    'a capture without the site ends with 4, and is not called compliant',
    () => {
      const file = inFolder('noise.pcap')
      const json = inFolder('noise.json')
      writeFileSync(file, officeOnly().pcap())
      expect(mpwatch(file, '--quiet', '--json', json)).toEqual({ code: 4, text: '' })
      expect(JSON.parse(readFileSync(json, 'utf8'))).toMatchObject({
        findings: [],
        conclusion: { state: 'not_observed' },
      })
      expect(mpwatch(file).text).toMatch(/^Not observed\. No flow of the site/)
    },
    CLI_MS_MAX,
  )
})

test(
  'the pictures in the README are of this very audit',
  () => {
    const file = inFolder('picture.json')
    mpwatch(PCAP, '--json', file, '--quiet')
    const result = JSON.parse(readFileSync(file, 'utf8')) as Result
    expect(readFileSync('fixtures/demo/audit.svg', 'utf8')).toBe(demoPicture(result))
    expect(readFileSync('fixtures/demo/coverage.svg', 'utf8')).toBe(coveragePicture(result))
  },
  CLI_MS_MAX,
)
