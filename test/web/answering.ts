// A program that holds a store with findings and answers at a control socket until it is killed. Started by
// killed.test.ts with the folder and the socket.

import { createHash } from 'node:crypto'
import { openStore } from '../../src/store/store.ts'
import { Desk } from '../../src/watch/desk.ts'
import { apiOf } from '../../src/web/api.ts'
import { listenOnSocket } from '../../src/web/socket.ts'
import { event, idOf } from '../store/stored.ts'

const [folder = '', path = '', findings = '0'] = process.argv.slice(2)
const now = () => Date.now()
const store = await openStore(folder, { now })
await store.record(
  Array.from({ length: Number(findings) }, (_, number) => event({ id: idOf(number) })),
)
const desk = await Desk.open({
  ...{ store, run: null, version: '', now, lastCaptureMs: null },
  hash: text => createHash('sha256').update(text).digest('hex'),
})
await listenOnSocket(
  apiOf(desk, fault => process.stderr.write(`${String(fault)}\n`)),
  path,
)
process.stdout.write('answering\n')
