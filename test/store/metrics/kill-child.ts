// Writes rows until it is killed, and says on standard output up to which number they are stored.

import { openMetrics } from '../../../src/store/metrics/metrics.ts'
import { DAY_ONE_MS, flowAt, pointAt } from './rows-told.ts'

const [folder = '', started = '0'] = process.argv.slice(2)
let ms = DAY_ONE_MS + Number(started) * 1000
// Files are so small that many are begun, and so few that many go.
const metrics = await openMetrics(folder, {
  ...{ now: () => ms, bytesMax: 6 * 1024 ** 2, segmentBytes: 600 * 1024 },
})
for (;;) {
  ms += 1000
  const flows = Array.from({ length: 100 }, (_, at) => flowAt(ms, { clientPort: at }))
  metrics.add({ flows, points: [pointAt(ms), pointAt(ms)] })
  await metrics.flush()
  process.stdout.write(`${metrics.health().lastNumber}\n`)
}
