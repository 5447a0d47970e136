// mpwatch audit --baseline, on the command line: the demo compared with itself, and with results in which
// something differs.

import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { EXPECTED_FINDINGS } from '../../fixtures/demo/expected.ts'
import type { ReportedFinding, Result } from '../../src/model/result.ts'
import { complaints } from '../support/schemas.ts'

const LONG_MS = 60_000
const folder = mkdtempSync(join(tmpdir(), 'mpwatch-baseline-'))
afterAll(() => rmSync(folder, { recursive: true }))
const inFolder = (name: string): string => join(folder, name)

function audit(...args: readonly string[]) {
  const demo = ['audit', 'fixtures/demo/office.pcap', '--site', 'fixtures/demo/site.yaml']
  const argv = ['--import', 'tsx', 'src/main.ts', ...demo, ...args]
  const { status, stdout, stderr } = spawnSync(process.execPath, argv, { encoding: 'utf8' })
  return { code: status, stdout, stderr }
}

const LAST = inFolder('last.json')
const lastResult = (): Result => JSON.parse(readFileSync(LAST, 'utf8')) as Result
beforeAll(() => {
  audit('--quiet', '--json', LAST)
}, LONG_MS)

/** An earlier result with other findings, or whatever else is put in its place. */
function earlier(change: (result: Result) => unknown): string {
  const path = inFolder('earlier.json')
  writeFileSync(path, JSON.stringify(change(lastResult())))
  return path
}

const withFindings =
  (choose: (finding: ReportedFinding) => readonly ReportedFinding[]) => (result: Result) => ({
    ...result,
    findings: result.findings.flatMap(choose),
  })

test('the same capture again has nothing new and nothing gone', { timeout: LONG_MS }, () => {
  const json = inFolder('again.json')
  expect(audit('--quiet', '--json', json, '--baseline', LAST, '--fail-on-new').code).toBe(0)
  const result = JSON.parse(readFileSync(json, 'utf8')) as Result
  const { findings } = lastResult()
  expect(complaints('result', result)).toEqual([])
  expect(result.baseline).toEqual({
    captured: lastResult().observed,
    ...{ policy_same: true, site_same: true, new: [], raised: [], gone: [] },
    still: findings.length,
  })
  expect(result.findings.map(({ before }) => before)).toEqual(
    findings.map(({ members, severity }) => ({ members, severity })),
  )
})

test('what it finds is old news without --fail-on-new, and counts', { timeout: LONG_MS }, () => {
  const { code, stdout } = audit('--baseline', LAST)
  expect(code).toBe(1)
  const since = 'since 2026-03-02 10:19:59.333Z.'
  expect(stdout).toContain(`0 new, 0 gone, ${EXPECTED_FINDINGS.length} still there, ${since}`)
  expect(stdout).not.toContain('[new]')
})

test('an earlier result without the critical finding makes it new', { timeout: LONG_MS }, () => {
  const path = earlier(withFindings(one => (one.severity === 'critical' ? [] : [one])))
  const { code, stdout } = audit('--baseline', path, '--fail-on-new', '--fail-on', 'critical')
  expect(code).toBe(1)
  expect(stdout).toContain('SQL Server on web-dmz-1 answered the Internet [new]\n')
})

test('one in which a high finding was low makes it count again', { timeout: LONG_MS }, () => {
  const path = earlier(
    withFindings(one => [one.row === 'S-10' ? { ...one, severity: 'low' } : one]),
  )
  expect(audit('--quiet', '--baseline', path, '--fail-on-new', '--fail-on', 'high').code).toBe(1)
  expect(audit('--quiet', '--baseline', path, '--fail-on-new', '--fail-on', 'critical').code).toBe(
    0,
  )
})

test('what is no earlier result is refused before reading', { timeout: LONG_MS }, () => {
  const refused = (path: string): string => {
    const { code, stdout, stderr } = audit('--baseline', path)
    expect([code, stdout]).toEqual([2, ''])
    return stderr
  }
  expect(refused(inFolder('none.json'))).toMatch(/none\.json: cannot be read.*\n$/)
  expect(refused('fixtures/demo/site.yaml')).toMatch(/site\.yaml: is no JSON.*audit --json\.\n$/)
  expect(refused('package.json')).toMatch(/package\.json: is no result of mpwatch/)
  expect(refused(earlier(one => ({ ...one, schema: 'mpwatch/result/0' })))).toMatch(
    /schema mpwatch\/result\/0; this mpwatch reads mpwatch\/result\/1\. Make one with mpwatch audit/,
  )
  expect(refused(earlier(one => ({ ...one, conclusion: null })))).toMatch(/is a flow count/)
})

test('--fail-on-new without an earlier result is refused', { timeout: LONG_MS }, () => {
  expect(audit('--fail-on-new')).toMatchObject({
    code: 2,
    stderr: '--fail-on-new needs --baseline: without one, everything is new.\n',
  })
})
