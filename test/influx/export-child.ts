// Stores points and findings and exports them, until it is killed; it says how many of each it has stored. Points of each
// thousandth second are refused by the server that kill.test.ts started.

import { sleep } from '../../src/influx/clock.ts'
import { Exporter } from '../../src/influx/exporter.ts'
import { openWriter } from '../../src/influx/open-writer.ts'
import { openStore } from '../../src/store/store.ts'
import { event, idOf } from '../store/stored.ts'
import { NOON_MS } from './outage-points.ts'
import { configOf } from './writers.ts'

const [folder = '', url = '', first = '0'] = process.argv.slice(2)
const EACH = 500

let ms = NOON_MS
const clock = { now: () => ms, sleep }
const store = await openStore(folder, { now: clock.now, metrics: { segmentBytes: 300_000 } })
const exporter = new Exporter({
  ...{ config: { name: 'main', mayCreate: false }, store, site: 'hq', clock },
  ...{ writer: openWriter(configOf({ url }), async () => null), deadLetters: folder },
  ...{ random: () => 0.01, admit: point => point, onState: () => {}, onLost: () => {} },
})
void exporter.run()
for (let turn = Number(first); ; turn++) {
  ms += 1_000
  const points = Array.from({ length: EACH }, (_, at) => pointOf(turn * EACH + at))
  store.add({ flows: [], points })
  await store.record([event({ id: idOf(turn + 1) }, {}, { captureMs: ms })])
  while ((await store.health()).rows.waiting > 0) await new Promise(end => setTimeout(end, 5))
  exporter.wake()
  process.stdout.write(`${turn + 1}\n`)
}

/** One in a thousand lies in a year of which the server takes no more. */
function pointOf(number: number) {
  return {
    ...{ measurement: 'mp_loss' as const, fields: { expected: 1_000, lost: number } },
    tags: { site: 'hq', sensor: 'core', pair: `pair-${number % 10}`, row: 'I-12', dir: 'ab' },
    timeUs: (number % 1_000 === 777 ? number + 1 : NOON_MS + number) * 1_000,
  }
}
