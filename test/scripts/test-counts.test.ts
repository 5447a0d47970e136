import { expect, test } from 'vitest'

interface Counts {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
}
// The script is plain JavaScript, because it runs before anything is installed; these are its types.
const script: {
  countTests(report: object): Counts
  sumCounts(counts: readonly Counts[]): Counts
  countsLine(counts: Counts): string
} = await import(new URL('../../scripts/test-counts.mjs', import.meta.url).href)

const report = {
  numPassedTests: 5,
  numFailedTests: 1,
  numPendingTests: 2,
  numTodoTests: 0,
  testResults: [
    { status: 'failed', assertionResults: [{ status: 'passed' }, { status: 'failed' }] },
  ],
}

test('tests are counted as the report has them', () => {
  expect(script.countTests(report)).toEqual({ passed: 5, failed: 1, skipped: 2 })
})

test('a test file that cannot be loaded is a failed test', () => {
  const testResults = [...report.testResults, { status: 'failed', assertionResults: [] }]
  expect(script.countTests({ ...report, testResults })).toEqual({
    passed: 5,
    failed: 2,
    skipped: 2,
  })
})

test('a test that is only planned is a skipped one', () => {
  expect(script.countTests({ ...report, numTodoTests: 3 })).toMatchObject({ skipped: 5 })
})

test('the last line adds all steps up', () => {
  const build = { passed: 1, failed: 0, skipped: 0 }
  const vitest = { passed: 310, failed: 2, skipped: 4 }
  const line = script.countsLine(script.sumCounts([build, vitest]))
  expect(line).toBe('311 passed, 2 failed, 4 skipped')
})
