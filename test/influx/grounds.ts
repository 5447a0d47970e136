// Grounds of series: the demo's site, and a small one.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { RULES } from '../../src/commands/files.ts'
import { loadRules } from '../../src/commands/rules.ts'
import type { SeriesGrounds } from '../../src/influx/series.ts'
import { seriesGrounds } from '../../src/watch/series-grounds.ts'

const interfacesOf = (sensors: readonly string[]) =>
  sensors.map((sensor, index) => ({ name: `span${index}`, sensor }))

export function demoGrounds(): SeriesGrounds {
  const sensors = ['core-span']
  return seriesGrounds(loadRules(RULES, 'fixtures/demo/site.yaml'), sensors, interfacesOf(sensors))
}

/** Two sensors and so many nodes, every kind of MeetingPlace server first. */
export function smallGrounds(nodes: number): SeriesGrounds {
  const folder = mkdtempSync(join(tmpdir(), 'mpwatch-grounds-'))
  const path = join(folder, 'site.yaml')
  const roles = ['app', 'app', 'web', 'web', 'media-audio', 'media-video', 'cucm', '[dns, ntp]']
  const lines = Array.from(
    { length: nodes },
    (_, index) =>
      `  - {name: node-${index}, role: ${roles[index % roles.length]}, address: 10.1.${index >> 8}.${index & 255}}`,
  )
  const text = `api_version: mpwatch/v1
site: {name: small}
networks:
  - {prefix: 10.1.0.0/16, zone: core}
  - {prefix: 192.0.2.0/24, zone: dmz}
nodes:
${lines.join('\n')}
sensors:
  - {name: north, sees: [core]}
  - {name: south, sees: [dmz]}
`
  try {
    writeFileSync(path, text)
    const sensors = ['north', 'south']
    return seriesGrounds(loadRules(RULES, path), sensors, interfacesOf(sensors))
  } finally {
    rmSync(folder, { recursive: true })
  }
}
