// Which sensor took which capture, as `--sensor` says it: the name alone for all captures, or name and capture
// together, once for each.

import type { Taken } from '../capture/capture.ts'
import { SENSORS_MAX } from '../kernel/layout.ts'
import { UsageError } from '../model/errors.ts'
import type { Sensor, Site } from '../model/inventory.ts'
import { sensorOf } from './rules.ts'

export interface TakenCaptures {
  readonly captures: readonly Taken[]
  /** Names in the order of the site file, which is that of `Taken.sensor`; none where it is not known. */
  readonly sensors: readonly string[]
}

/** What commander gives to the option each time it is named. */
export const collected = (text: string, before: readonly string[] = []): readonly string[] => [
  ...before,
  text,
]

/** @throws UsageError where the options contradict one another, or name no sensor of the site. */
export function takenBy(
  site: Site,
  captures: readonly string[],
  options: readonly string[],
): TakenCaptures {
  const pairs = options.filter(isPair)
  if (pairs.length > 0) return byPairs(site, captures, options, pairs)
  if (options.length > 1)
    throw wrong(`${options.join(' and ')} cannot both have taken all captures; ${PAIRS}`)
  const name = sensorOf(site, options[0])
  const clockMs = site.sensors.find(sensor => sensor.name === name)?.clockMs ?? 0
  return {
    captures: captures.map(path => ({ path, sensor: 0, clockMs })),
    sensors: name === null ? [] : [name],
  }
}

const PAIRS = 'say which took which: --sensor NAME=CAPTURE, once for each capture'
const isPair = (option: string): boolean => option.includes('=')
const wrong = (message: string): UsageError => new UsageError([{ where: '--sensor', message }])

function byPairs(
  site: Site,
  captures: readonly string[],
  options: readonly string[],
  pairs: readonly string[],
): TakenCaptures {
  const alone = options.find(option => !isPair(option))
  if (alone !== undefined) throw wrong(`${alone} names no capture; ${PAIRS}`)
  const [first] = captures
  if (first !== undefined) throw wrong(`nobody is named who took ${first}; ${PAIRS}`)
  const split = pairs.map(pair => {
    const at = pair.indexOf('=')
    return { name: pair.slice(0, at), path: pair.slice(at + 1) }
  })
  const unnamed = split.find(({ path }) => path === '')
  if (unnamed !== undefined) throw wrong(`${unnamed.name}= names no capture; ${PAIRS}`)
  for (const { name } of split) sensorOf(site, name)
  const sensors = site.sensors.filter(sensor => split.some(({ name }) => name === sensor.name))
  if (sensors.length > SENSORS_MAX)
    throw wrong(
      `at most ${SENSORS_MAX} sensors can be read together, and these are ${sensors.length}`,
    )
  return {
    captures: split.map(({ name, path }) => takenWith(sensors, name, path)),
    sensors: sensors.map(({ name }) => name),
  }
}

function takenWith(sensors: readonly Sensor[], name: string, path: string): Taken {
  const index = sensors.findIndex(sensor => sensor.name === name)
  return { path, sensor: index, clockMs: sensors[index]?.clockMs ?? 0 }
}
