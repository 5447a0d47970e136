// Goal: rules are replaced whole or not at all while packets flow, and whoever runs the monitor hears of it (F33).
// Method: the compiled monitor plays the demo with a site file that is changed, spoilt and mended meanwhile.

import { execFile } from 'node:child_process'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { ReportedFinding, Result } from '../../src/model/result.ts'
import { SocketDesk } from '../../src/web/socket-desk.ts'
import { wait } from '../capture/live/namespace.ts'
import { freePort, metric } from './metrics-of.ts'
import { mpwatch, Running } from './running.ts'
import { ALL, everyFinding, folderOf, inStore, repeatedIn } from './store-of.ts'

const SITE = readFileSync('fixtures/demo/site.yaml', 'utf8')
const CHANGED = SITE.replace(/\nexceptions:[\s\S]*$/, '\n')
const SPOILT = SITE.replace('name: app-b, role: app,', 'name: app-b, role: ap,')
const OFFICE = 'fixtures/demo/office.pcap'
const LONG_MS = 120_000

/** What `mpwatch reload` says, and its exit code. */
function reload(store: string): Promise<{ readonly code: unknown; readonly said: string }> {
  return new Promise(resolve =>
    execFile(process.execPath, ['dist/main.js', 'reload', '--store', store], (error, out, said) =>
      resolve({ code: error === null ? 0 : error.code, said: out + said }),
    ),
  )
}

async function audited(folder: string, site: string): Promise<readonly ReportedFinding[]> {
  const [file, json] = [join(folder, 'audited.yaml'), join(folder, 'audit.json')]
  writeFileSync(file, site)
  const args = ['--site', file, '--sensor', 'core-span', '--json', json, '--quiet']
  // It ends with 1, since there are violations.
  await mpwatch('audit', OFFICE, ...args).catch(() => '')
  const { findings }: Result = JSON.parse(readFileSync(json, 'utf8'))
  return findings
}

test('F33: good rules take over, bad ones are refused with line and column, and everybody is told', {
  timeout: LONG_MS,
}, async () => {
  const folder = folderOf()
  const [site, store] = [join(folder, 'site.yaml'), join(folder, 'store')]
  writeFileSync(site, SITE)
  const running = new Running([
    ...['--read-from', OFFICE, '--speed', '4', '--site', site, '--sensor', 'core-span'],
    ...['--store', store, '--metrics', `127.0.0.1:${await freePort()}`],
  ])
  const desk = new SocketDesk(join(store, 'control.sock'))
  await running.until('open', () => running.events('finding_opened').length > 3)
  expect(await metric(running, 'mpwatch_rules_last_load_successful')).toBe(1)

  writeFileSync(site, CHANGED)
  running.child.kill('SIGHUP')
  await running.until('loaded', () => running.events('rules_loaded').length === 2)
  const [first, second] = running.events('rules_loaded')
  expect(second).toMatchObject({ generation: 2, policy_hash: first?.['policy_hash'] })
  expect(second?.['site_hash']).not.toBe(first?.['site_hash'])
  const siteHash = second?.['site_hash']

  writeFileSync(site, SPOILT)
  const line = SPOILT.slice(0, SPOILT.indexOf('role: ap,')).split('\n').length
  running.child.kill('SIGHUP')
  await running.until('refused', () => running.events('rules_refused').length === 1)
  const [problem] = [running.events('rules_refused')[0]?.['problems'] ?? []].flat()
  expect(problem).toMatch(new RegExp(`site\\.yaml:${line}:\\d+: .*"?ap"?`))
  expect(await metric(running, 'mpwatch_rules_last_load_successful')).toBe(0)
  const status = await desk.status()
  expect(status).toMatchObject({
    siteHash,
    refused: {
      problems: [problem, expect.stringContaining('app-b'), expect.stringContaining('^')],
    },
  })
  expect(await mpwatch('status', '--store', store)).toMatch(/REFUSED: newer rules/)
  const refused = await reload(store)
  expect(refused.code).toBe(2)
  expect(refused.said).toContain(`site.yaml:${line}:`)

  // A file that is not there is no fault of the monitor's.
  rmSync(site)
  expect(await reload(store)).toMatchObject({
    code: 2,
    said: expect.stringMatching(/site\.yaml: .*\n.*Refused; the rules before stay in force/),
  })
  expect((await desk.status()).siteHash).toBe(siteHash)

  writeFileSync(site, CHANGED)
  expect((await reload(store)).code).toBe(0)
  expect((await desk.status()).refused).toBeNull()
  expect(await metric(running, 'mpwatch_rules_last_load_successful')).toBe(1)

  // Signals that come while the rules are read are heeded, and no fault.
  for (let count = 0; count < 5; count++) {
    running.child.kill('SIGHUP')
    await wait(10)
  }
  expect((await reload(store)).code).toBe(0)
  await running.until('loaded', () => running.events('rules_loaded').length > 4)
  expect(await running.ended).toEqual({ code: 0, signal: null })
  expect(running.events('ledger_open')).toEqual([])
  expect(running.events('fault')).toEqual([])
  expect(running.events('rules_loaded').at(-1)?.['generation']).toBeGreaterThan(3)

  // What both sites find alike was counted once, though two or three generations of rules had their part in it.
  const [before, after] = [await audited(folder, SITE), await audited(folder, CHANGED)]
  const alike = before.filter(({ id, members }) =>
    after.some(other => other.id === id && other.members === members),
  )
  expect(alike.length).toBeGreaterThan(30)
  await inStore(store, async opened => {
    const findings = await everyFinding(opened)
    const membersOf = new Map(findings.map(({ finding }) => [finding.id, finding.members]))
    expect(alike.map(({ id }) => [id, membersOf.get(id)])).toEqual(
      alike.map(({ id, members }) => [id, members]),
    )
    expect(repeatedIn(await opened.events(ALL))).toEqual([])
    const kinds = (await opened.timeline(ALL)).map(({ kind }) => kind)
    expect(kinds.filter(kind => kind.startsWith('rules_')).slice(0, 6)).toEqual([
      ...['rules_loaded', 'rules_refused', 'rules_refused', 'rules_refused'],
      ...['rules_loaded', 'rules_loaded'],
    ])
  })
})
