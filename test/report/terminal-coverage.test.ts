// Coverage on a terminal: the part that every audit shows, and what --coverage adds.

import { readFileSync } from 'node:fs'
import { beforeAll, describe, expect, test } from 'vitest'
import type { Coverage } from '../../src/model/coverage.ts'
import { renderTerminal } from '../../src/report/terminal.ts'
import { auditBytes } from '../support/audit.ts'
import { sampleCoverage, sampleResult } from '../support/samples.ts'

interface Looks {
  readonly width?: number
  readonly isCoverageFull?: boolean
  readonly color?: boolean
}

/** What stands between the findings and the totals. */
function shown(coverage: Coverage | null, { width = 100, color = false, ...looks }: Looks = {}) {
  const text = renderTerminal(sampleResult({ coverage }), { color, width, ...looks })
  const end = text.search(/^.*Verdicts/m)
  return text.slice(text.search(/^.*Coverage: /m), end)
}

test('a summary has the counts, what is violated, and a grid', () => {
  expect(shown(sampleCoverage())).toBe(
    `Coverage: 1 of 3 statements violated. Of the 2 that traffic can show, 2 were seen at work.
  ✗ 1 violated, ✓ 1 kept, ○ 0 absent, ▨ 0 unobservable, ” 1 declared
  Violated  I-31

  Rules around the port tables      ” T-06
  Incoming · Web Server             ✓ I-28   ✗ I-31

`,
  )
})

test('on a narrow terminal, ids stand below the name of their part', () => {
  expect(shown(sampleCoverage(), { width: 60 })).toContain(
    `
  Rules around the port tables
    ” T-06
  Incoming · Web Server
    ✓ I-28   ✗ I-31
`,
  )
})

test('what could not be seen is told by its reason', () => {
  const statements = sampleCoverage().statements.map(one => ({
    ...one,
    ...{ state: 'unobservable' as const, reason: 'No flow of the site is in what was read.' },
  }))
  expect(shown(sampleCoverage({ statements }))).toContain(
    '\nCould not be seen\n  ▨ T-06, I-28, I-31: No flow of the site is in what was read.\n',
  )
})

test('a flow count has no coverage', () => {
  const text = renderTerminal(sampleResult({ coverage: null }), { color: false, width: 100 })
  expect(text).not.toContain('Coverage')
})

test('with --coverage, every statement, pair and shut port is told', () => {
  expect(shown(sampleCoverage(), { isCoverageFull: true })).toContain(
    `
Every statement

Rules around the port tables
  ” T-06      SQL Server serves its own. Declared: A definition; nothing to judge.

Incoming · Web Server
  ✓ I-28      SQL Server serves its own. Kept: Seen to hold 1 time.
  ✗ I-31      SQL Server serves its own. Violated: 1 finding contradicts it.

Who talked to whom: ✗ 1 violating
                        1  2
   1 external@internet  ·  ✗
   2 web@dmz            ·  ·

  ✗ external@internet -> web@dmz: violating, 3 flows, 3 violating (I-28.1)

Ports exposed to nobody, from outside. No attempt is no proof.
  ✗ I-31 from internet: 3 attempts reached it
`,
  )
})

test('violated is the only state in colour', () => {
  const text = shown(sampleCoverage(), { color: true })
  expect(text).toContain('\u001b[1;31m✗ I-31')
  expect(text).toContain('\u001b[2m” T-06')
  expect(text).toContain('\u001b[0m✓ I-28 ')
})

describe('of the demo', () => {
  let coverage: Coverage
  beforeAll(async () => {
    const site = readFileSync('fixtures/demo/site.yaml', 'utf8')
    ;({ coverage } = await auditBytes(readFileSync('fixtures/demo/office.pcap'), site, 'core-span'))
  })
  for (const width of [40, 80, 100, 120])
    test(`no line is longer than ${width} columns`, () => {
      const lines = shown(coverage, { width, isCoverageFull: true }).split('\n')
      expect(lines.filter(line => [...line].length > width)).toEqual([])
    })
  test('each of the 116 ids is in the grid, once', () => {
    const [summary = ''] = shown(coverage).split('Could not be seen')
    const [, grid = ''] = summary.split('\n\n')
    expect(grid.match(/[✗✓○▨”] [A-Z]-\d\d(\.\d)?/g)).toHaveLength(116)
  })
})
