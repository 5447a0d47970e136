// Goal: a receiver that fails, hangs and takes again gets every page once, and holds up no other route (faults.md F10).
// Method: the compiled program plays the demo to a web server that misbehaves and to a receiver of syslog, on loopback.

import { writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { StreamReceiver } from '../support/receivers.ts'
import { framesOf } from '../support/syslog-reader.ts'
import { status, WebReceiver } from '../support/web-receiver.ts'
import { Running, statusOf } from './running.ts'
import { ALL, folderOf, inStore } from './store-of.ts'

const OFFICE = 'fixtures/demo/office.pcap'
const LONG_MS = 180_000

interface Told {
  readonly id: string
  readonly kind: string
  readonly findings?: readonly { readonly id: string }[]
  readonly further?: readonly { readonly id: string }[]
}

const toldIn = (web: WebReceiver, from: number): readonly Told[] =>
  web.posted.slice(from).map(({ body }) => JSON.parse(body) as Told)

function play(folder: string, web: WebReceiver, siem: StreamReceiver): Running {
  const config = join(folder, 'mpwatch.yaml')
  writeFileSync(
    config,
    `api_version: mpwatch/v1\nsite: ${resolve('fixtures/demo/site.yaml')}\nstore: {folder: store}\n` +
      `metrics: {listen: "off"}\nalerts:\n  routes:\n` +
      `    - {name: chat, kind: webhook, url: "${web.url}/mp", allow_private: true, wait_s: 0, interval_s: 10}\n` +
      `    - {name: siem, kind: syslog, host: 127.0.0.1, port: ${siem.port}, transport: tcp, wait_s: 0, interval_s: 10}\n`,
  )
  const how = ['--sensor', 'core-span', '--read-from', OFFICE, '--speed', '4']
  const running = new Running(['--config', config, ...how])
  onTestFinished(() => void running.child.kill('SIGKILL'))
  return running
}

test('F10: a receiver that fails and hangs gets each page once, and the other is not held up', {
  timeout: LONG_MS,
}, async () => {
  const [folder, web, siem] = [folderOf(), await WebReceiver.begin(), await StreamReceiver.begin()]
  const heard = () => framesOf(siem.received).length
  web.answer = status(500, 'out of order')
  const running = play(folder, web, siem)
  await running.until('degraded', () => running.events('output_degraded').length > 0)
  await running.until('told the other', () => heard() > 0)
  const outputs = async () => (await statusOf(join(folder, 'store'))).outputs
  expect(await outputs()).toMatchObject([
    { name: 'chat', state: 'degraded', reason: expect.stringContaining('answers 500') },
    { name: 'siem', state: 'healthy' },
  ])

  web.answer = () => undefined
  const [tries, before] = [web.posted.length, heard()]
  await running.until('hanging', () => web.posted.length > tries)
  await running.until('told the other meanwhile', () => heard() > before)
  await running.until('given up', async () =>
    (await outputs()).some(({ reason }) => reason?.includes('no answer in time') ?? false),
  )

  const failed = web.posted.length
  web.answer = status(204)
  await running.until('recovered', () => running.events('output_recovered').length > 0, 90)
  expect(await running.ended).toEqual({ code: 0, signal: null })
  const taken = toldIn(web, failed)
  expect(new Set(taken.map(({ id }) => id)).size).toBe(taken.length)
  const paged = (await inStore(join(folder, 'store'), store => store.events(ALL)))
    .filter(({ isPage, held }) => isPage && held === null)
    .map(({ stored }) => stored.finding.id)
  const ids = taken.flatMap(({ findings = [], further = [] }) => [...findings, ...further])
  expect(new Set(ids.map(({ id }) => id))).toEqual(new Set(paged))
  expect(ids.length).toBeLessThanOrEqual(paged.length)
  // A try that failed says what was taken in the end, under the same id.
  const known = new Set(taken.map(({ id }) => id))
  for (const { id } of toldIn(web, 0).slice(0, failed)) expect(known).toContain(id)
})
