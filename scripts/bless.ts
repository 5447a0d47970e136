// npm run bless: makes anew what is made from other files and committed: the compiled kernel, the schema of the
// configuration file, the boards, the demo's capture, and the pictures of its audit. The diff is the review; tests fail
// while it is due.

import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { writeBoards } from '../dashboards/source/generated.ts'
import { officeDay } from '../fixtures/day/day.ts'
import { openDesk } from '../src/commands/monitor/open-desk.ts'
import { watchConfigSchema } from '../src/config/watch-schema.ts'
import { assert } from '../src/model/errors.ts'
import type { StoredFinding } from '../src/model/lifecycle.ts'
import type { Result } from '../src/model/result.ts'
import { painter } from '../src/report/layout.ts'
import { renderTerminal } from '../src/report/terminal.ts'
import { renderQuality } from '../src/report/terminal-quality.ts'
import { storedLines } from '../src/report/terminal-stored.ts'
import { hasProgram } from '../test/support/programs.ts'
import { compileKernel } from './compile-kernel.ts'
import { terminalPicture } from './terminal-picture.ts'

const CAPTURE = 'fixtures/demo/office.pcap'
const SITE = 'fixtures/demo/site.yaml'
const WATCH_SCHEMA = 'schemas/watch-config.schema.json'
const KERNEL = 'src/kernel/wasm.ts'
const PICTURE = 'fixtures/demo/audit.svg'
const COVERAGE = 'fixtures/demo/coverage.svg'
const DAY_SITE = 'fixtures/day/site.yaml'
const QUALITY = 'fixtures/day/quality.svg'
const WATCH = 'fixtures/demo/watch.svg'
const COLUMNS = 104
/** The answer, what could not be judged, and the first findings. */
const LINES = 42
const TRIP_LINES = 15
const SHOWN = 10

/** The beginning of the demo's summary, as a terminal shows it. */
export function demoPicture(result: Result): string {
  const lines = renderTerminal(result, { color: true, width: COLUMNS }).split('\n')
  const end = lines.lastIndexOf('', LINES)
  return terminalPicture([...lines.slice(0, end), '', '  ...'], COLUMNS)
}

/** What became of each statement, and who may talk to whom, from the same summary. */
export function coveragePicture(result: Result): string {
  const options = { color: true, width: COLUMNS, isCoverageFull: true }
  const lines = renderTerminal(result, options).split('\n')
  const from = (start: string): readonly string[] => {
    const rest = lines.slice(lines.findIndex(line => line.includes(start)))
    return rest.slice(0, rest.indexOf('', rest.indexOf('') + 1))
  }
  const matrix = from('Who talked to whom')
  return terminalPicture(
    [...from('Coverage:'), '', ...matrix.slice(0, matrix.indexOf(''))],
    COLUMNS,
  )
}

/** The answer and the first rows of each table, of a day with a slow link. */
export function qualityPicture(result: Result): string {
  const text = renderQuality(result, { color: true, width: COLUMNS })
  const [answer = [], trips = [], ...others] = text
    .split('\n\n')
    .slice(0, 5)
    .map(block => block.split('\n'))
  const shown = [answer, trips.slice(0, TRIP_LINES), ...others.map(block => block.slice(0, 8))]
  return terminalPicture(
    shown.flatMap(block => [...block, '']),
    COLUMNS,
  )
}

/** What a monitor that has played the demo answers to `mpwatch findings --state open --limit 10`. */
export const watchedPicture = (findings: readonly StoredFinding[], total: number): string =>
  terminalPicture(storedLines(findings, total, { paint: painter(true), width: COLUMNS }), COLUMNS)

/** The worst findings that are open when a monitor has played the demo, and how many there are. */
export async function watchedDemo(): Promise<readonly [readonly StoredFinding[], number]> {
  const store = mkdtempSync(join(tmpdir(), 'mpwatch-bless-'))
  try {
    const how = ['--read-from', CAPTURE, '--speed', 'max', '--site', SITE, '--metrics', 'off']
    const args = ['--import', 'tsx', 'src/main.ts', 'watch', ...how, '--store', store]
    execFileSync(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'] })
    const opened = await openDesk(store)
    assert(opened !== null, 'a monitor leaves a store')
    const open = { state: 'open' } as const
    const found = await opened.desk.findings({ ...open, limit: SHOWN, offset: 0 })
    const total = await opened.desk.countFindings(open)
    await opened.close()
    return [found, total]
  } finally {
    rmSync(store, { recursive: true })
  }
}

/** The schema of the configuration file, as it is committed. */
export const watchSchemaText = (): string => `${JSON.stringify(watchConfigSchema(), null, 2)}\n`

/** The result of a command that reads a capture. */
function resultOf(command: string, capture: string, site: string): Result {
  mkdirSync('out', { recursive: true })
  const args = ['--import', 'tsx', 'src/main.ts', command, capture, '--site', site]
  try {
    execFileSync(process.execPath, [...args, '--json', 'out/bless.json', '--quiet'])
  } catch {
    // The demo has violations, so the audit ends with 1; what it says is in the file.
  }
  return JSON.parse(readFileSync('out/bless.json', 'utf8')) as Result
}

function measuredDay(): Result {
  mkdirSync('out', { recursive: true })
  writeFileSync('out/day.pcap', officeDay(['slowLink']).pcap())
  return resultOf('quality', 'out/day.pcap', DAY_SITE)
}

/** Pictures of the boards come from a real InfluxDB 1; without one they stay as they are. */
function drawBoards(): void {
  if (!hasProgram('influxd')) return
  const args = ['node_modules/vitest/vitest.mjs', 'run', 'test/dashboards/influxql.test.ts']
  const env = { ...process.env, MPWATCH_BLESS: '1' }
  execFileSync(process.execPath, args, { stdio: 'inherit', env })
}

if (process.argv[1]?.endsWith('bless.ts')) {
  writeFileSync(WATCH_SCHEMA, watchSchemaText())
  writeFileSync(KERNEL, (await compileKernel()).source)
  writeBoards('dashboards')
  execFileSync(process.execPath, ['--import', 'tsx', 'fixtures/demo/office.ts'])
  const result = resultOf('audit', CAPTURE, SITE)
  writeFileSync(PICTURE, demoPicture(result))
  writeFileSync(COVERAGE, coveragePicture(result))
  writeFileSync(QUALITY, qualityPicture(measuredDay()))
  writeFileSync(WATCH, watchedPicture(...(await watchedDemo())))
  drawBoards()
}
