// Goal: people and programs are told by a running monitor what its store says that they should be, once, whatever fails
// meanwhile (faults.md F10).
// Method: the compiled program plays the demo to real receivers on loopback.

import { readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { FindingEvent } from '../../src/model/lifecycle.ts'
import { StreamReceiver } from '../support/receivers.ts'
import { framesOf, syslogOf } from '../support/syslog-reader.ts'
import { WebReceiver } from '../support/web-receiver.ts'
import { Running } from './running.ts'
import { ALL, folderOf, inStore, writePart } from './store-of.ts'

const OFFICE = 'fixtures/demo/office.pcap'
const LONG_MS = 120_000

/** Starts a monitor that plays, with these routes. */
function play(folder: string, routes: readonly string[], ...args: readonly string[]): Running {
  const config = join(folder, 'mpwatch.yaml')
  const listed = routes.map(route => `    - {${route}, wait_s: 0, interval_s: 10}\n`).join('')
  writeFileSync(
    config,
    `api_version: mpwatch/v1\nsite: ${resolve('fixtures/demo/site.yaml')}\nstore: {folder: store}\n` +
      `metrics: {listen: "off"}\nalerts:\n  routes:\n${listed}`,
  )
  const running = new Running(['--config', config, '--sensor', 'core-span', ...args])
  onTestFinished(() => void running.child.kill('SIGKILL'))
  return running
}

const webhook = (name: string, { url }: WebReceiver, more = ''): string =>
  `name: ${name}, kind: webhook, url: "${url}/mp", allow_private: true${more}`

interface Told {
  readonly kind: string
  readonly id: string
  readonly seq: number
  readonly repeat?: boolean
  readonly findings?: readonly { readonly id: string }[]
  readonly further?: readonly { readonly id: string }[]
}

const toldTo = ({ posted }: WebReceiver): readonly Told[] =>
  posted.map(({ body }) => JSON.parse(body) as Told)

const idsIn = (told: readonly Told[]): readonly string[] =>
  told.flatMap(({ findings = [], further = [] }) => [...findings, ...further].map(({ id }) => id))

const eventsIn = (folder: string): Promise<readonly FindingEvent[]> =>
  inStore(join(folder, 'store'), store => store.events(ALL))

/** Of findings that should wake somebody, and that nothing held. */
const pagedIds = (events: readonly FindingEvent[]): ReadonlySet<string> =>
  new Set(
    events
      .filter(({ isPage, held }) => isPage && held === null)
      .map(({ stored }) => stored.finding.id),
  )

describe('a monitor', () => {
  test('tells each route what it is to be told, and nobody twice behind a restart', {
    timeout: LONG_MS,
  }, async () => {
    const [folder, web, siem] = [
      folderOf(),
      await WebReceiver.begin(),
      await StreamReceiver.begin(),
    ]
    const routes = [
      webhook('chat', web),
      `name: siem, kind: syslog, host: 127.0.0.1, port: ${siem.port}, transport: tcp`,
      'name: eve, kind: eve, file: eve.json',
    ]
    const [before, after] = [join(folder, 'before.pcap'), join(folder, 'after.pcap')]
    writePart(OFFICE, before, 0, 150)
    writePart(OFFICE, after, 150, 999)
    const first = play(folder, routes, '--read-from', before, '--speed', 'max')
    expect(await first.ended).toEqual({ code: 0, signal: null })
    const early = pagedIds(await eventsIn(folder))
    expect(new Set(idsIn(toldTo(web)))).toEqual(early)
    expect(early.size).toBeGreaterThan(3)

    const second = play(folder, routes, '--read-from', after, '--speed', 'max')
    expect(await second.ended).toEqual({ code: 0, signal: null })
    const events = await eventsIn(folder)
    const told = toldTo(web)
    expect(new Set(idsIn(told))).toEqual(pagedIds(events))
    expect(new Set(told.map(({ seq }) => seq)).size).toBe(told.length)
    // Nobody hears twice of what has not come back or become worse.
    const pages = events.filter(({ isPage, held }) => isPage && held === null)
    expect(idsIn(told.filter(({ kind }) => kind === 'findings')).length).toBeLessThanOrEqual(
      pages.length,
    )

    const messages = framesOf(siem.received).map(syslogOf)
    const inSyslog = messages.flatMap(({ data }) => data.get('mpwatch@32473')?.get('finding') ?? [])
    expect(new Set(inSyslog)).toEqual(pagedIds(events))

    const lines = readFileSync(join(folder, 'eve.json'), 'utf8').trimEnd().split('\n')
    const inEve = lines.map(line => JSON.parse(line).mp?.finding_id)
    expect(lines).toHaveLength(events.length)
    expect(new Set(inEve)).toEqual(new Set(events.map(({ stored }) => stored.finding.id)))
    for (const running of [first, second]) expect(running.events('fault')).toEqual([])
  })
})
