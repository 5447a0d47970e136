// Holds a metrics file until its standard input ends.

import { openMetrics } from '../../../src/store/metrics/metrics.ts'
import { DAY_ONE_MS, flowAt } from './rows-told.ts'

const metrics = await openMetrics(process.argv[2] ?? '', { now: () => DAY_ONE_MS })
metrics.add({ flows: [flowAt(DAY_ONE_MS)], points: [] })
await metrics.flush()
process.stdout.write('held\n')
for await (const _ of process.stdin);
await metrics.close()
