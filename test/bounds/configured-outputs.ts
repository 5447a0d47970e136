// Bounds of what a configuration says of what is fed from the store.

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { readSecret } from '../../src/config/secret.ts'
import { watchConfigOf } from '../../src/config/watch.ts'
import { problemsOf, temporaryFolder } from '../config/files.ts'
import { type BoundCase, numbersTo } from './case.ts'

export const CONFIGURED_BOUNDS: Readonly<Record<string, BoundCase>> = {
  'InfluxDBs of a configuration, routes of alerts': (influx = 0, routes = 0) => {
    const listed = (servers: number, eves: number): string =>
      configured(
        numbersTo(servers).map(number => `{name: i${number}, url: "http://h"}`),
        numbersTo(eves).map(number => `{name: r${number}, kind: eve, file: f}`),
      )
    expect(told(listed(influx, routes))).toEqual([])
    expect(told(listed(influx + 1, routes))).toEqual([`must be at most ${influx} entries long`])
    expect(told(listed(influx, routes + 1))).toEqual([`must be at most ${routes} entries long`])
  },

  "members of a list in a route's filter, addresses of a mail": (members = 0, addresses = 0) => {
    const mail = (rows: number, to: number): string =>
      configured(
        [],
        [
          `{name: noc, kind: mail, host: h, from: a@b, to: [${many(to, 'a@b')}], filter: {rows: [${many(rows, 'I-01')}]}}`,
        ],
      )
    expect(told(mail(members, addresses))).toEqual([])
    expect(told(mail(members + 1, addresses))).toHaveLength(1)
    expect(told(mail(members, addresses + 1))).toHaveLength(1)
  },

  'bytes of a secret': async (bytes = 0) => {
    const path = join(folder, 'secret')
    const source = { from: 'file', path } as const
    writeFileSync(path, 'x'.repeat(bytes), { mode: 0o600 })
    expect(await readSecret(source)).toHaveLength(bytes)
    writeFileSync(path, 'x'.repeat(bytes + 1))
    await expect(readSecret(source)).rejects.toThrow(`at most ${bytes} bytes`)
  },
}

const folder = temporaryFolder()

const many = (count: number, word: string): string =>
  numbersTo(count)
    .map(() => word)
    .join(',')

const configured = (influx: readonly string[], routes: readonly string[]): string =>
  `api_version: mpwatch/v1\ninflux: [${influx}]\nalerts: {routes: [${routes}]}\n`

function told(content: string): readonly string[] {
  const path = join(folder, 'mpwatch.yaml')
  writeFileSync(path, content)
  return problemsOf(() => watchConfigOf(path, {})).map(({ message }) => message)
}
