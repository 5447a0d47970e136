// A program that tells a desk of findings, suppresses and acknowledges until it is killed. Each line of its output is
// what was acknowledged. Started by desk-kill.test.ts with the folder and the id of the run.

import { openStore } from '../../src/store/store.ts'
import { Desk } from '../../src/watch/desk.ts'
import { hash, START_MS, told } from '../lifecycle/story.ts'
import { sampleLedger } from '../support/samples.ts'

const [folder = '', run = ''] = process.argv.slice(2)
const now = () => START_MS
const store = await openStore(folder, { now })
const desk = await Desk.open({
  ...{ store, now, hash, version: '0.1.0', lastCaptureMs: null },
  run: {
    ...{ id: run, kind: 'watch', version: '0.1.0', site: 'hq', captures: [] },
    ...{ policyHash: 'sha256:aa', siteHash: 'sha256:bb' },
  },
})
const nothing = { gone: [], flows: [], points: [], coverage: null, interfaces: [], blind: [] }

for (let number = 1; ; number++) {
  const id = `f-${run}-${number}`
  await desk.telling({
    ...{ number, generation: 1, captureMs: START_MS + number, ledger: sampleLedger(), ...nothing },
    findings: [told(id, 1, START_MS), told('f-all', number, START_MS)],
    leftOut: { flows: 0, points: 0 },
  })
  process.stdout.write(`told ${id}\n`)
  await desk.acknowledge([id], { author: 'ann', comment: '' })
  process.stdout.write(`acknowledged ${id}\n`)
  const untilMs = START_MS + 3_600_000 + number
  const reason = 'known to everybody'
  const quiet = { scope: { ids: [id] }, reason, author: 'ann', fromMs: null, untilMs }
  const { id: suppression } = await desk.suppress(quiet)
  process.stdout.write(`suppressed ${suppression}\n`)
}
