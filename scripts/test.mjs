// `npm test`: every check of the project, all of them even when one fails. `npm test -- ARGUMENT...`
// runs Vitest alone with these arguments. The last line of the output sums up; each step before Vitest
// counts as one test. The steps themselves are scripts of package.json, to be run alone as well.

import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { runKept, runShown } from './child.mjs'
import { buildSources, ROOT, ready } from './ready.mjs'
import { provideSystemTools } from './system-tools.mjs'
import { countsLine, countTests, sumCounts } from './test-counts.mjs'

const CHECKS = ['types', 'lint', 'unused']
const MILLISECONDS = 1000

ready({ build: false })
const vitestArguments = process.argv.slice(2)
const results = vitestArguments.length > 0 ? [] : checkAll()
// Some tests run the compiled program; also a test asked for by name must not meet an old one.
if (vitestArguments.length > 0) checked('build', buildSources())
results.push(timed('vitest', () => vitest(vitestArguments)))

for (const { name, seconds, counts } of results)
  console.log(`${name.padEnd(8)} ${seconds.toFixed(1).padStart(6)} s  ${countsLine(counts)}`)
const total = sumCounts(results.map(result => result.counts))
console.log(countsLine(total))
process.exitCode = total.failed === 0 ? 0 : 1

function checkAll() {
  provideSystemTools()
  return [
    timed('build', () => checked('build', buildSources())),
    ...CHECKS.map(name => timed(name, () => checked(name, runScript(name)))),
  ]
}

function timed(name, step) {
  const start = performance.now()
  const counts = step()
  return { name, counts, seconds: (performance.now() - start) / MILLISECONDS }
}

function checked(name, { ok, output }) {
  if (!ok) console.log(`${output.trimEnd()}\n${name} failed.\n`)
  return { passed: ok ? 1 : 0, failed: ok ? 0 : 1, skipped: 0 }
}

function runScript(name) {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))
  const { code, output } = runKept(scripts[name], [], { ...withLocalPrograms(), shell: true })
  return { ok: code === 0, output }
}

function vitest(args) {
  const folder = mkdtempSync(join(tmpdir(), 'mpwatch-test-'))
  const report = join(folder, 'vitest.json')
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`]
  const code = runShown('vitest', ['run', ...reporters, ...args], withLocalPrograms())
  const counts = existsSync(report)
    ? countTests(JSON.parse(readFileSync(report, 'utf8')))
    : sumCounts([])
  rmSync(folder, { recursive: true })
  // Vitest also fails for errors outside of any test; they must not get lost in a sum of tests.
  return code !== 0 && counts.failed === 0 ? { ...counts, failed: 1 } : counts
}

function withLocalPrograms() {
  const path = [join(ROOT, 'node_modules', '.bin'), process.env.PATH].join(delimiter)
  return { cwd: ROOT, env: { ...process.env, PATH: path } }
}
