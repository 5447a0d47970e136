// Which sensor took which capture, as `--sensor` says it, and what of it makes no sense.

import { describe, expect, test } from 'vitest'
import { audit } from '../../src/commands/audit.ts'
import { takenBy } from '../../src/commands/sensors.ts'
import { UsageError } from '../../src/model/errors.ts'
import type { Sensor } from '../../src/model/inventory.ts'
import { site } from '../policy/builders.ts'

const sensor = (name: string, clockMs = 0): Sensor => ({ name, sees: ['core'], clockMs })
const SITE = site({ sensors: [sensor('core'), sensor('dmz', -350), sensor('lan')] })

const taken = (captures: readonly string[], ...options: readonly string[]) =>
  takenBy(SITE, captures, options)

test('a name alone is that of the sensor that took all captures', () => {
  expect(taken(['a', 'b'], 'dmz')).toEqual({
    captures: ['a', 'b'].map(path => ({ path, sensor: 0, clockMs: -350 })),
    sensors: ['dmz'],
  })
})

test('without a name it is the one of the site, or nobody of several', () => {
  expect(taken(['a']).sensors).toEqual([])
  expect(takenBy(site({ sensors: [sensor('only', 7)] }), ['a'], [])).toEqual({
    captures: [{ path: 'a', sensor: 0, clockMs: 7 }],
    sensors: ['only'],
  })
})

test('names with captures may come in any order, and often', () => {
  const { captures, sensors } = taken([], 'lan=c', 'dmz=b=2.pcap', 'lan=-')
  expect(sensors).toEqual(['dmz', 'lan'])
  expect(captures).toEqual([
    { path: 'c', sensor: 1, clockMs: 0 },
    { path: 'b=2.pcap', sensor: 0, clockMs: -350 },
    { path: '-', sensor: 1, clockMs: 0 },
  ])
})

describe('it is refused', () => {
  const refusals: readonly [
    captures: readonly string[],
    options: readonly string[],
    why: RegExp,
  ][] = [
    [
      ['a'],
      ['core=b'],
      /^--sensor: nobody is named who took a; say which took which: --sensor NAME=/,
    ],
    [[], ['core=b', 'dmz'], /^--sensor: dmz names no capture; say which/],
    [[], ['core='], /^--sensor: core= names no capture/],
    [['a'], ['core', 'dmz'], /^--sensor: core and dmz cannot both have taken all captures/],
    [[], ['coer=b'], /^--sensor: no sensor is called "coer"\. Did you mean core\?/],
    [['a'], ['coer'], /^--sensor: no sensor is called "coer"\. Did you mean core\?/],
  ]
  for (const [captures, options, why] of refusals)
    test([...captures, ...options.map(option => `--sensor ${option}`)].join(' '), () => {
      expect(() => taken(captures, ...options)).toThrow(UsageError)
      expect(() => taken(captures, ...options)).toThrow(why)
    })

  test('to read more than fifteen sensors together', () => {
    const sensors = Array.from({ length: 16 }, (_, index) => sensor(`s${index}`))
    const pairs = sensors.map(({ name }) => `${name}=${name}.pcap`)
    expect(() => takenBy(site({ sensors }), [], pairs)).toThrow(/at most 15 sensors .* are 16/)
    expect(takenBy(site({ sensors }), [], pairs.slice(1)).sensors).toHaveLength(15)
  })

  test('to keep VLANs apart between several sensors, or to name no capture at all', async () => {
    const options = {
      ...{ site: 'rules/site.example.yaml', rules: 'rules', failOn: 'low' as const, hash: false },
      ...{ quiet: true, separateVlans: true, color: false, maxMalformed: 0.1 },
    } as const
    const sensors = ['core-span=a', 'dmz-span=b']
    await expect(audit([], { ...options, sensor: sensors })).rejects.toThrow(/^--separate-vlans/)
    await expect(audit([], options)).rejects.toThrow(/^Name at least one capture/)
  })
})
