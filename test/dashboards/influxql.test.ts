// Goal: every panel asks what a real InfluxDB 1 understands, and shows the numbers that are in the store.
// Method: an office day, watched, exported and asked; the same numbers computed in plain TypeScript from the same points.

import { beforeAll, describe, expect, test } from 'vitest'
import { BOARDS } from '../../dashboards/source/boards.ts'
import { hasInfluxd } from '../support/influxd.ts'
import { rowsFrom } from './ask.ts'
import { DATABASE, type Filled, filledInfluxd, SHOWN } from './filled.ts'

const FILL_MS_MAX = 180_000

describe.skipIf(!hasInfluxd)('on a real InfluxDB 1', () => {
  let filled: Filled
  beforeAll(async () => {
    filled = await filledInfluxd()
  }, FILL_MS_MAX)

  for (const { uid, panels } of BOARDS)
    for (const { title, query } of panels)
      test(`${uid}: ${title}`, async () => {
        const rows = await rowsFrom(filled.influxd, DATABASE, query, SHOWN)
        expect(rows.length, title).toBeGreaterThan(0)
      })
})
