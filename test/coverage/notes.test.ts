// What watchers say of statements, beside flows and findings: held at some time, or not to be told from here.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { Compliance } from '../../src/compliance.ts'
import { loadPolicy } from '../../src/config/policy.ts'
import { loadSite } from '../../src/config/site.ts'
import type { CoveredStatement } from '../../src/model/coverage.ts'
import type { Finding } from '../../src/model/finding.ts'
import { SITE } from '../policy/rows/site.ts'
import { sampleFinding } from '../support/samples.ts'
import { statementIn } from './telling.ts'

const { policy } = loadPolicy('rules')

function complianceFor(siteYaml: string): Compliance {
  const folder = mkdtempSync(join(tmpdir(), 'mpwatch-notes-'))
  try {
    writeFileSync(join(folder, 'site.yaml'), siteYaml)
    return new Compliance(policy, loadSite(join(folder, 'site.yaml')).site, [])
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** The statement after what watchers said, and these findings. */
function said(
  id: string,
  say: (notes: Compliance['statements']) => void,
  findings: readonly Finding[] = [],
): CoveredStatement {
  const compliance = complianceFor(SITE)
  compliance.epochSeconds = 1_772_446_500
  say(compliance.statements)
  return statementIn(compliance.coverage(findings), id)
}

const BLIND = 'No ARP was seen: this sensor is not on the segment of the servers.'

test('a statement that was seen to hold is kept, with the times', () => {
  const kept = said('M-01', notes => {
    notes.keep('M-01', 5e9)
    notes.keep('M-01', 2e9)
  })
  expect(kept).toMatchObject({ state: 'kept', times_kept: 2, unverified: false })
  expect(kept.last_kept).toBe('2026-03-02T10:15:05.000000000Z')
})

test('one that cannot be told is unobservable, for the reason given', () => {
  const blind = said('M-01', notes => notes.blind('M-01', BLIND))
  expect(blind).toMatchObject({ state: 'unobservable', reason: BLIND, last_kept: null })
})

test('what was seen beats what could not be', () => {
  const kept = said('M-01', notes => {
    notes.blind('M-01', BLIND)
    notes.keep('M-01', 1e9)
  })
  expect(kept.state).toBe('kept')
})

test('a finding beats both, and the times are told all the same', () => {
  const finding = sampleFinding({
    ...{ verdict: 'topology', reason: 'not_same_segment', row: 'M-01', severity: 'medium' },
    title: 'audio stands behind a router',
  })
  const violated = said('M-01', notes => notes.keep('M-01', 1e9), [finding])
  expect(violated).toMatchObject({
    ...{ state: 'violated', reason: 'audio stands behind a router.', times_kept: 1 },
    findings: [finding.id],
  })
})

test('measured or not, the word of a watcher counts (F-10)', () => {
  expect(said('F-10', notes => notes.keep('F-10', 1e9)).state).toBe('kept')
})
