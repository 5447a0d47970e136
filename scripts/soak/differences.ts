// Whether a monitor has found in days of packets what an audit of the same file finds.

import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { StoredFinding } from '../../src/model/lifecycle.ts'
import type { ReportedFinding, Result } from '../../src/model/result.ts'
import { PROGRAM } from './watched.ts'

const ANSWER_BYTES_MAX = 1 << 30
const FINDINGS_MAX = 1000

/** How many findings the audit has, and one line for each that the store has not so. */
export function differences(
  place: { readonly capture: string; readonly store: string; readonly work: string },
  site: readonly string[],
): { readonly findings: number; readonly lines: readonly string[] } {
  const json = join(place.work, 'audit.json')
  // It ends with 1, as there are violations.
  run('audit', place.capture, ...site, '--json', json, '--quiet')
  const { findings: offline }: Result = JSON.parse(readFileSync(json, 'utf8'))
  const limit = ['--limit', String(FINDINGS_MAX), '--json']
  const answer: { readonly findings: readonly StoredFinding[] } = JSON.parse(
    run('findings', '--store', place.store, ...limit),
  )
  const known = new Map(offline.map(finding => [finding.id, essence(finding)]))
  // Single refusals give way to the scan that they turn out to be: an audit forgets them, a store keeps them closed.
  const kept = answer.findings.filter(
    ({ state, finding }) => state === 'open' || known.has(finding.id),
  )
  const live = new Map(kept.map(({ finding }) => [finding.id, essence(finding)]))
  const ids = [...new Set([...live.keys(), ...known.keys()])]
  const lines = ids
    .filter(id => live.get(id) !== known.get(id))
    .map(id => `${id}: the monitor has ${live.get(id)}, the audit has ${known.get(id)}`)
  return { findings: offline.length, lines }
}

const essence = ({ verdict, row, members, packets }: ReportedFinding): string =>
  `${verdict} ${row}, ${members} members, ${packets} packets`

const run = (...args: readonly string[]): string =>
  spawnSync(process.execPath, [PROGRAM, ...args], { encoding: 'utf8', maxBuffer: ANSWER_BYTES_MAX })
    .stdout
