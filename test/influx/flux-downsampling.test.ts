// Goal: what makes series coarser is right Flux, has every field of every measurement once, and is the same list that
// the continuous queries of version 1 are made after.
// Method: the language server of Flux reads all of it; there is no InfluxDB 2 to run it here.

import { describe, expect, test } from 'vitest'
import { COPIED, DOWNSAMPLED } from '../../src/influx/downsampling.ts'
import { bucketsOf, fluxText, pastScripts, tasks } from '../../src/influx/flux-downsampling.ts'
import { EXPORTED, MEASUREMENTS } from '../../src/model/measurement.ts'
import { fluxProblems } from '../dashboards/flux-checker.ts'

const PERIOD = { fromMs: Date.UTC(2026, 2, 2, 10, 4), toMs: Date.UTC(2026, 2, 2, 11, 3) }

test('every measurement has its way to become coarser, and every field of it', () => {
  const fieldsOf = (entries: Readonly<Record<string, { readonly fields: object }>>) =>
    Object.fromEntries(
      Object.entries(entries).map(([name, { fields }]) => [name, Object.keys(fields).toSorted()]),
    )
  expect(fieldsOf(DOWNSAMPLED)).toEqual(fieldsOf(MEASUREMENTS))
  expect([...Object.keys(DOWNSAMPLED), ...Object.keys(COPIED)]).toEqual(Object.keys(EXPORTED))
})

test('no field changes its type: what is no float has no mean, and what is a text has no sum', () => {
  const wrong = Object.entries(MEASUREMENTS).flatMap(([name, { fields }]) =>
    Object.entries(fields).filter(([field, type]) => {
      const aggregate = DOWNSAMPLED[name as keyof typeof DOWNSAMPLED].fields[field]
      const isNumber = type === 'integer' || type === 'float'
      return (aggregate === 'mean' && type !== 'float') || (aggregate !== 'last' && !isNumber)
    }),
  )
  expect(wrong).toEqual([])
})

describe('the language server of Flux has nothing against', () => {
  for (const { name, flux } of tasks(bucketsOf('mpwatch')))
    test(name, async () => {
      expect(flux).toMatch(
        /^option task = \{name: "mpwatch mpwatch mp_\w+", every: 10m, offset: 1m\}$/m,
      )
      // It has a remark on the name, which tasks must have.
      expect(await fluxProblems(flux.replace('option task =', 'settings ='))).toEqual([])
      const results = flux.match(/yield\(name: (".*?")\)/g) ?? []
      expect(results).toHaveLength(new Set(results).size)
    })

  for (const [index, script] of pastScripts(bucketsOf('mpwatch'), PERIOD).entries())
    test(`script ${index} for a time that is past`, async () => {
      expect(await fluxProblems(script)).toEqual([])
      expect(script).toContain(
        'range(start: 2026-03-02T10:00:00.000Z, stop: 2026-03-02T11:10:00.000Z)',
      )
    })
})

test('whatever a bucket is called, it stays one text', async () => {
  for (const name of ['a"b', 'a\\', '$'.concat('{now()}'), 'a\nb', '") |> drop() //'])
    expect(await fluxProblems(`from(bucket: ${fluxText(name)}) |> range(start: -1h)`)).toEqual([])
  expect(fluxText('a"$b\\')).toBe('"a\\"\\x24b\\\\"')
})
