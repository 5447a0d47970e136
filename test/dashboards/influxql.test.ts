// Goal: every panel asks what a real InfluxDB 1 understands, and shows the numbers that are in the store.
// Method: an office day, watched, exported and asked; the same numbers computed in plain TypeScript from the same points.

import { readFileSync, writeFileSync } from 'node:fs'
import { beforeAll, describe, expect, test } from 'vitest'
import { ANNOTATIONS } from '../../dashboards/source/annotations.ts'
import { BOARDS } from '../../dashboards/source/boards.ts'
import { influxqlTagValues } from '../../dashboards/source/influxql.ts'
import type { Query } from '../../dashboards/source/query.ts'
import { hasInfluxd } from '../support/influxd.ts'
import { filledIn, rowsFrom } from './ask.ts'
import { DATABASE, type Filled, filledInfluxd, SHOWN } from './filled.ts'
import { pictureOf, steadyPanels } from './pictures.ts'
import { expectSame } from './same.ts'

/** Half a minute, where the computer has nothing else to do. */
const FILL_MS_MAX = 600_000

describe.skipIf(!hasInfluxd)('on a real InfluxDB 1', () => {
  let filled: Filled
  beforeAll(async () => {
    filled = await filledInfluxd()
  }, FILL_MS_MAX)

  const compare = async (query: Query): Promise<void> => {
    const rows = await rowsFrom(filled.influxd, DATABASE, query, SHOWN)
    expect(rows.length).toBeGreaterThan(0)
    expectSame(query, rows, filled.points, SHOWN)
  }

  for (const { uid, panels } of BOARDS)
    for (const { title, query } of panels) test(`${uid}: ${title}`, () => compare(query))

  for (const { name, query } of ANNOTATIONS) test(`annotation: ${name}`, () => compare(query))

  test('that 5003 becomes known is no change of it', async () => {
    const [query] = ANNOTATIONS.map(annotation => annotation.query).filter(
      ({ kind }) => kind === 'changes',
    )
    if (query === undefined) throw new Error('there is such an annotation')
    const rows = await rowsFrom(filled.influxd, DATABASE, query, SHOWN)
    const told = rows.map(row => `${String(row['time']).slice(11, 16)} ${row['node']}`)
    expect(told.toSorted()).toEqual([
      ...['14:35 web-dmz-1', '14:40 web-1', '14:45 web-dmz-1', '14:50 web-1'],
    ])
  })

  for (const board of BOARDS)
    test(`${board.uid}: the picture shows these numbers; npm run bless draws it`, async () => {
      const [path, picture] = [
        `dashboards/pictures/${board.uid}.svg`,
        await pictureOf(board, filled),
      ]
      if (process.env['MPWATCH_BLESS'] === '1') writeFileSync(path, picture)
      const committed = readFileSync(path, 'utf8')
      expect(steadyPanels(board, picture)).toEqual(steadyPanels(board, committed))
    })

  test('one sensor alone has what it saw, and what several saw', async () => {
    const [query] = BOARDS.flatMap(({ panels }) => panels)
      .filter(({ title }) => title === 'Packets')
      .map(panel => panel.query)
    if (query === undefined) throw new Error('there is such a panel')
    const of = (sensor: string) => rowsFrom(filled.influxd, DATABASE, query, { ...SHOWN, sensor })
    const ifaces = async (sensor: string) => [
      ...new Set((await of(sensor)).map(row => row['iface'])),
    ]
    expect(await ifaces('dmz-span')).toEqual(['span1'])
    expect(await ifaces('(core-span|dmz-span)')).toEqual(['core-span', 'span1'])
    expect(await ifaces('nobody')).toEqual([])
  })

  test('the variables offer sites and sensors', async () => {
    const offered = async (tag: string) => {
      const text = filledIn(influxqlTagValues('mp_sensor', tag, tag === 'sensor'), SHOWN)
      const series = await filled.influxd.query(text, DATABASE)
      return series.flatMap(({ values }) => values.map(([, value]) => value))
    }
    expect(await offered('site')).toEqual(['harbourside'])
    expect(await offered('sensor')).toEqual(['all', 'core-span', 'dmz-span'])
  })
})
