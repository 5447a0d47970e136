// Which interfaces are listened on, and which sensor of the site each is.

import { UsageError } from '../model/errors.ts'
import type { Site } from '../model/inventory.ts'
import type { WatchedInterface } from '../model/watch-config.ts'
import { noSuch } from './no-such.ts'
import type { ReadOptions } from './watch-options.ts'

/** Names that stand in the list before, with the index of the first. */
export const duplicatesIn = (names: readonly string[]): { index: number; first: number }[] =>
  names
    .map((name, index) => ({ index, first: names.indexOf(name) }))
    .filter(({ index, first }) => first < index)

/**
 * Those of the command line, where it names any, else those of the file; what the command line does not say of
 * one, the file does.
 */
export function interfacesFrom(
  written: readonly WatchedInterface[],
  { interfaces, sensors }: Pick<ReadOptions, 'interfaces' | 'sensors'>,
): readonly WatchedInterface[] {
  const paired = sensors.flatMap(pair => (pair.interface === null ? [] : [pair.interface]))
  const named = [...new Set([...interfaces, ...paired])]
  const names = named.length > 0 ? named : written.map(({ name }) => name)
  const forAll = sensors.find(pair => pair.interface === null)?.name
  return names.map(name => {
    const said = sensors.find(pair => pair.interface === name)?.name ?? forAll
    const inFile = written.find(entry => entry.name === name)
    if (said !== undefined) return { name, sensor: said, where: '--sensor' }
    return inFile ?? { name, sensor: null, where: '--interface' }
  })
}

export interface PlacedInterface {
  readonly name: string
  /** Index into the sensors. */
  readonly sensor: number
  readonly sensorName: string
  /** Is added to the times of its packets. */
  readonly clockMs: number
}

export interface PlacedInterfaces {
  readonly interfaces: readonly PlacedInterface[]
  /** In the order of the site file; none where it is not known which they are, as in an audit without --sensor. */
  readonly sensors: readonly string[]
}

/**
 * The interfaces as sensors of the site. The only sensor of a site need not be named; where no interface has a
 * sensor, all are one place that nobody knows, and silence proves nothing there.
 * @throws UsageError where a sensor is none of the site's, or only some interfaces have one.
 */
export function placedIn(site: Site, watched: readonly WatchedInterface[]): PlacedInterfaces {
  const names = site.sensors.map(({ name }) => name)
  const only = names.length === 1 ? (names[0] ?? null) : null
  const chosen = watched.map(one => ({ ...one, sensor: one.sensor ?? only }))
  const problems = chosen.flatMap(({ name, sensor, where }) => {
    if (sensor === null)
      return chosen.every(one => one.sensor === null)
        ? []
        : [{ where, message: `say which sensor ${name} is: --sensor NAME=${name}` }]
    return names.includes(sensor) ? [] : [{ where, message: noSuch('sensor', sensor, names) }]
  })
  if (problems.length > 0) throw new UsageError(problems)
  const sensors = names.filter(name => chosen.some(({ sensor }) => sensor === name))
  return {
    sensors,
    interfaces: chosen.map(({ name, sensor }) => ({
      name,
      sensor: Math.max(0, sensors.indexOf(sensor ?? '')),
      sensorName: sensor ?? name,
      clockMs: site.sensors.find(known => known.name === sensor)?.clockMs ?? 0,
    })),
  }
}
