// Goal: whoever installs the package has every file that its documents tell people to take.
// Method: what `npm pack` would put in, beside what the documents name.

import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const DOCUMENTS = ['README.md', 'dashboards/README.md', 'packaging/README.md', 'rules/README.md']
/** Folders for people to take from; those of `source` are for whoever works on mpwatch. */
const TAKEN = /(?<![\w./-])(?:dashboards|packaging|rules|schemas)\/(?!source)[\w./-]*\w/g

function packed(): readonly string[] {
  const args = ['pack', '--dry-run', '--json', '--ignore-scripts']
  const json = execFileSync('npm', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
  const [{ files } = { files: [] }]: { files: readonly { path: string }[] }[] = JSON.parse(json)
  return files.map(({ path }) => path)
}

test('the package has what its documents name, and no source of boards', () => {
  const files = packed()
  const named = DOCUMENTS.flatMap(path => readFileSync(path, 'utf8').match(TAKEN) ?? [])
  expect(named).toContain('dashboards/influxdb/template.yml')
  expect(named).toContain('rules/mpwatch.example.yaml')
  const isThere = (path: string) => files.some(file => file === path || file.startsWith(`${path}/`))
  expect([...new Set(named)].filter(path => !isThere(path))).toEqual([])
  expect(files.filter(path => path.startsWith('dashboards/source'))).toEqual([])
})
