// Goal: `--influx URL` says where, the environment says who, and no secret is taken from a command line or repeated.

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { influxFrom } from '../../src/config/influx.ts'
import { watchConfigOf } from '../../src/config/watch.ts'
import { problemsOf, temporaryFolder } from './files.ts'

const URL = 'http://127.0.0.1:8086'

test('an address is enough, and what nobody says is as in a file', () => {
  expect(influxFrom(URL, {})).toEqual({
    ...{ name: expect.stringMatching(/^url-[0-9a-f]{8}$/), url: URL, version: 1 },
    ...{ database: 'mpwatch', org: null, username: null, secret: null, caFile: null },
    ...{ seriesMax: 20_000, keepDays: 90, keepLongDays: 730, mayCreate: true },
  })
})

test('a path is the database, and each place has a cursor of its own', () => {
  const urls = [URL, `${URL}/`, `${URL}/net`, 'https://[::1]:8086/net']
  const read = urls.map(url => influxFrom(url, {}))
  expect(read.map(({ url, database }) => `${url} ${database}`)).toEqual([
    `${URL} mpwatch`,
    `${URL} mpwatch`,
    `${URL} net`,
    'https://[::1]:8086 net',
  ])
  expect(new Set(read.map(({ name }) => name)).size).toBe(3)
})

test('a token in the environment is version 2, a user version 1', () => {
  const token = { MPWATCH_INFLUX_TOKEN: 'hunter2', MPWATCH_INFLUX_ORG: 'Acme Inc.' }
  expect(influxFrom(URL, token)).toMatchObject({
    ...{ version: 2, org: 'Acme Inc.', username: null },
    secret: { from: 'environment', name: 'MPWATCH_INFLUX_TOKEN' },
  })
  const user = { MPWATCH_INFLUX_USERNAME: 'mp', MPWATCH_INFLUX_PASSWORD: 'hunter2' }
  expect(influxFrom(URL, user)).toMatchObject({
    ...{ version: 1, org: null, username: 'mp' },
    secret: { from: 'environment', name: 'MPWATCH_INFLUX_PASSWORD' },
  })
})

describe('refused, with what would be right, is', () => {
  const BAD = {
    'a user in the URL': [
      'http://mp:hunter2@127.0.0.1:8086',
      {},
      /^--influx: a secret stands in no/,
    ],
    'a user without a password': ['http://hunter2@h', {}, /MPWATCH_INFLUX_USERNAME with MPWATCH/],
    'a user where slashes are missing': ['http:mp:hunter2@h:8086', {}, /^--influx: a secret/],
    'a query': [`${URL}/net?p=hunter2`, {}, /^--influx: write http:\/\/host:8086, or/],
    'a longer path': [`${URL}/api/v2`, {}, /^--influx: write http:\/\/host:8086, or/],
    'no URL': ['localhost:8086', {}, /^--influx: this is no URL: write one such as/],
    'a database that is no word': [`${URL}/a%22b`, {}, /^--influx: "a%22b" is no name/],
    'a token without its organisation': [
      URL,
      { MPWATCH_INFLUX_TOKEN: 'hunter2' },
      /^MPWATCH_INFLUX_ORG: name the organisation/,
    ],
    'a password of nobody': [
      URL,
      { MPWATCH_INFLUX_PASSWORD: 'hunter2' },
      /^MPWATCH_INFLUX_PASSWORD: set MPWATCH_INFLUX_USERNAME and MPWATCH_INFLUX_PASSWORD/,
    ],
    'a user who is none': [
      URL,
      { MPWATCH_INFLUX_USERNAME: 'm\np', MPWATCH_INFLUX_PASSWORD: 'hunter2' },
      /^MPWATCH_INFLUX_USERNAME: write one line/,
    ],
    'a token beside a user': [
      URL,
      { MPWATCH_INFLUX_TOKEN: 't', MPWATCH_INFLUX_ORG: 'o', MPWATCH_INFLUX_USERNAME: 'hunter2' },
      /^MPWATCH_INFLUX_TOKEN: a token is of version 2/,
    ],
  } as const
  for (const [what, [url, environment, expected]] of Object.entries(BAD))
    test(what, () => {
      const told = problemsOf(() => influxFrom(url, environment))
      const text = told.map(({ where, message }) => `${where}: ${message}`).join('\n')
      expect(text).toMatch(expected)
      expect(text).not.toContain('hunter2')
    })
})

test('0 days are for ever, and what is coarser is kept as long unless somebody says otherwise', () => {
  const path = join(temporaryFolder(), 'mpwatch.yaml')
  const kept = (days: string) => {
    writeFileSync(path, `api_version: mpwatch/v1\ninflux: [{name: lab, url: "${URL}", ${days}}]\n`)
    const [influx] = watchConfigOf(path, {}, {}).influx
    return [influx?.keepDays, influx?.keepLongDays]
  }
  expect(kept('keep_days: 0')).toEqual([0, 0])
  expect(kept('keep_days: 0, keep_long_days: 0')).toEqual([0, 0])
  expect(kept('keep_days: 7')).toEqual([7, 730])
  expect(kept('keep_long_days: 0')).toEqual([90, 0])
})

test('the option replaces what the configuration names', () => {
  const config = watchConfigOf(null, { influx: `${URL}/net` }, {})
  expect(config.influx).toEqual([influxFrom(`${URL}/net`, {})])
  expect(problemsOf(() => watchConfigOf(null, { influx: 'x', metrics: 'x' }, {}))).toHaveLength(2)
})
