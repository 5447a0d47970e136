// A program with a store and a route, until it is killed: it records pages, and the route tells of them in a file. Each
// line of its output is the number of a page that was recorded. Started by kill.test.ts with folder, file and number;
// with `last` behind it one page alone is recorded, and it ends when all has been told.

import { createHash } from 'node:crypto'
import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import type { RouteClock } from '../../src/alerts/delivery.ts'
import { Route } from '../../src/alerts/route.ts'
import type { Transport } from '../../src/alerts/transport.ts'
import type { RouteConfig } from '../../src/model/watch-config.ts'
import { openStore } from '../../src/store/store.ts'
import { event, idOf } from '../store/stored.ts'

const [folder = '', path = '', first = '', last = ''] = process.argv.slice(2)
const PAGES_AHEAD = 40

const clock: RouteClock = {
  now: () => Date.now(),
  sleep: (ms, signal) => setTimeout(ms, undefined, { signal }).catch(() => undefined),
}

const config: RouteConfig = {
  name: 'pager',
  target: { kind: 'eve', path, bytesMax: 1e9, files: 1 },
  tells: 'pages',
  filter: {
    ...{ severity: 'info', rows: null, verdicts: null },
    ...{ roles: null, nodes: null, sites: null },
  },
  ...{ waitS: 0.02, intervalS: 0.05, repeatS: null, perMinuteMax: 1e6 },
  ...{ heartbeatS: null, resolved: false, giveUpS: 60 },
}

const file = openSync(path, 'a')
const told = new Set<string>()
const transport: Transport = {
  where: 'file',
  deliver: async notice => {
    const ids = 'findings' in notice ? notice.findings.map(({ finding }) => finding.id) : []
    writeSync(file, `\n${JSON.stringify({ id: notice.id, seq: notice.seq, ids })}`)
    fsyncSync(file)
    for (const id of ids) told.add(id)
    return 'taken'
  },
  check: async () => null,
  reopen: async () => undefined,
  close: async () => closeSync(file),
}

process.stdout.write('begin\n')
// Files so small that begun, full and given up ones are met all the time.
const store = await openStore(folder, {
  ...{ now: clock.now, segmentBytes: 32_768, journalBytesMax: 131_072, keepingMs: 50 },
})
const route = new Route({
  ...{ config, store, folder, transport, clock, site: 'office', random: () => 0.5 },
  ...{ record: entries => store.record(entries), heldBy: () => null, standing: () => '' },
  hash: text => createHash('sha256').update(text).digest('hex'),
  onState: () => undefined,
})
const running = route.run()
// What was before a route is new is not told.
while ((await store.entriesAfter(0, 1, ['notified'])).length === 0) await setTimeout(1)
process.stdout.write('open\n')

for (let number = Number(first); ; number++) {
  const page = event({ id: idOf(number), row: `I-${number % 5}` }, {}, { atMs: clock.now() })
  await store.record([page])
  process.stdout.write(`${number}\n`)
  route.wake()
  const isDone = () => told.has(idOf(number)) && route.state().books.pending === 0
  if (last !== '') while (!isDone()) await setTimeout(10)
  if (last !== '') break
  // Much waits at a time, and not ever more.
  while (route.state().books.pending > PAGES_AHEAD) await setTimeout(1)
}
await route.stop(5_000)
await running
await store.close()
