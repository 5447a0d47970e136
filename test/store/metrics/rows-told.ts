// Rows as small as a sentence, for tests and for the programs that they start.

import type { FlowRow, Point } from '../../../src/model/live.ts'
import type { MeasurementName } from '../../../src/model/measurement.ts'

/** A day of which tests tell: 2026-03-02, Unix milliseconds. */
export const DAY_ONE_MS = Date.UTC(2026, 2, 2)
export const DAY_MS = 86_400_000
/** All of time. */
export const EVER = { fromMs: Number.NEGATIVE_INFINITY, toMs: Number.POSITIVE_INFINITY }

export function flowAt(ms: number, told: Partial<FlowRow> = {}): FlowRow {
  return {
    ...{ firstUs: ms * 1000, lastUs: ms * 1000 + 250_000, sensor: 'core' },
    ...{ transport: 'tcp', protocol: 6, vlan: null, client: '10.1.1.5', clientPort: 40_001 },
    ...{ server: '10.10.20.11', serverPort: 5003, source: 'user@inside', destination: 'app-a' },
    ...{ verdict: 'permitted', reason: null, row: 'I-12', app: 'http', state: 'closed' },
    ...{ packetsToServer: 7, packetsToClient: 5, bytesToServer: 900, bytesToClient: 4000 },
    ...told,
  }
}

export function pointAt(ms: number, told: Partial<Point> = {}): Point {
  return {
    measurement: 'mp_loss' satisfies MeasurementName,
    tags: { site: 'hq', sensor: 'core', pair: 'web-1 app-a', row: 'I-12', dir: 'ab' },
    fields: { expected: 1000, lost: 3, loss_pct: 0.3, judged: true },
    timeUs: ms * 1000,
    ...told,
  }
}
