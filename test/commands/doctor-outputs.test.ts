// Goal: what would keep an InfluxDB or a receiver of alerts from getting anything is told before somebody waits for it,
// with what mends it, and nothing is written or sent meanwhile.
// Method: a real influxd and real receivers on loopback; of InfluxDB 2 a stand-in.

import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { influxChecks } from '../../src/commands/doctor/influx.ts'
import { routeChecks } from '../../src/commands/doctor/routes.ts'
import { watchConfigOf } from '../../src/config/watch.ts'
import { setUp } from '../../src/influx/setup.ts'
import { temporaryFolder } from '../config/files.ts'
import { V2Stub } from '../influx/v2-stub.ts'
import { freePort, hasInfluxd, Influxd } from '../support/influxd.ts'
import { WebReceiver } from '../support/web-receiver.ts'

const folder = temporaryFolder()
const LONG_MS = 60_000

/** With this content beside the site of the demo. */
function configured(content: string) {
  const file = join(folder, 'mpwatch.yaml')
  writeFileSync(file, `api_version: mpwatch/v1\n${content}\n`)
  return watchConfigOf(file, { site: 'fixtures/demo/site.yaml' })
}

/** `state id: text`, and the commands that mend it. */
const told = (checks: Awaited<ReturnType<typeof influxChecks>>): readonly string[] =>
  checks.flatMap(({ id, state, text, fix }) => [`${state} ${id}: ${text}`, ...fix])

const influx = (more: string) => lookedAt(configured(`influx: [{name: lab, ${more}}]`))
const lookedAt = async (config: ReturnType<typeof configured>) => told(await influxChecks(config))
const route = async (more: string) =>
  told(await routeChecks(configured(`alerts: {routes: [{name: noc, ${more}}]}`)))

describe.skipIf(!hasInfluxd)('an InfluxDB', () => {
  test('that does not answer is told, and how many series it would get', async () => {
    const lines = await influx(`url: "http://127.0.0.1:${await freePort()}"`)
    expect(lines).toEqual([
      expect.stringMatching(/^fail influx: InfluxDB cannot be reached at .*: nobody listens there/),
      expect.stringMatching(/^ok series: at most [\d,]+ series of 20,000/),
    ])
    expect(await influx('url: "http://127.0.0.1:1", series_max: 1000')).toContainEqual(
      expect.stringMatching(/^fail series: too many series: at most/),
    )
  })

  test('is told by what it lacks, until it lacks nothing, and looking makes none of it', {
    timeout: LONG_MS,
  }, async () => {
    const influxd = await Influxd.begin()
    const url = `url: "${influxd.url}"`
    const setup = `mpwatch export influx --setup --config ${join(folder, 'mpwatch.yaml')}`
    expect((await influx(url)).slice(0, 3)).toEqual([
      expect.stringMatching(/^ok influx: http:.* answers, version 1\./),
      'warn influx: database mpwatch is not there, and will be made; without what makes it coarser',
      setup,
    ])
    expect(await influx(`${url}, create: false`)).toContainEqual(
      'fail influx: database mpwatch is not there, and may not be made (create: false)',
    )
    expect(JSON.stringify(await influxd.query('SHOW DATABASES'))).not.toContain('mpwatch')
    await influxd.query('CREATE DATABASE mpwatch')
    expect(await influx(url)).toContainEqual(
      expect.stringMatching(/^warn influx: database mpwatch is there, and not set up/),
    )
    const [config] = configured(`influx: [{name: lab, ${url}}]`).influx
    if (config === undefined) throw new Error('it is configured')
    for await (const { became } of setUp(config, null)) expect(became).not.toBe('refused')
    expect((await influx(url))[1]).toBe('ok influx: database mpwatch is there, and set up')
  })

  test('that does not take the password is told, and the password is not', {
    timeout: LONG_MS,
  }, async () => {
    const influxd = await Influxd.begin({ auth: true })
    await influxd.query("CREATE USER mp WITH PASSWORD 'right' WITH ALL PRIVILEGES")
    const file = join(folder, 'pw')
    const user = `url: "${influxd.url}", username: mp, password_file: pw`
    writeFileSync(file, 'hunter2\n', { mode: 0o600 })
    const lines = await influx(user)
    expect(lines.slice(0, 1)).toEqual([
      expect.stringMatching(/^fail influx: InfluxDB at .* does not take user and password/),
    ])
    expect(lines.join()).not.toContain('hunter2')
    chmodSync(file, 0o644)
    expect((await influx(user)).slice(0, 2)).toEqual([
      `fail influx: ${file}: other users may read this secret`,
      `chmod o= ${file}`,
    ])
    writeFileSync(file, 'right\n')
    chmodSync(file, 0o640)
    expect((await influx(user))[1]).toMatch(/^warn influx: database mpwatch is not there/)
  })
})

describe('an InfluxDB 2', () => {
  const setup = `mpwatch export influx --setup --config ${join(folder, 'mpwatch.yaml')}`
  const token = (text: string): void => {
    writeFileSync(join(folder, 'token'), `${text}\n`, { mode: 0o600 })
  }
  const keysOf = ({ url }: V2Stub, more = ''): string =>
    `url: "${url}", version: 2, org: mp, token_file: token${more}`

  test('is told by what it lacks, tasks too, until it lacks nothing, and looking makes none of it', async () => {
    const stub = await V2Stub.begin()
    token('all')
    const keys = keysOf(stub)
    const lines = await influx(keys)
    expect(lines.slice(0, 3)).toEqual([
      `ok influx: ${stub.url} answers, version unknown`,
      'warn influx: bucket mpwatch is not there, and will be made; without what makes it coarser',
      setup,
    ])
    expect(lines.at(-1)).toMatch(/^ok series:/)
    expect(await influx(keysOf(stub, ', create: false'))).toContainEqual(
      'fail influx: bucket mpwatch is not there, and may not be made (create: false)',
    )
    expect(stub.asked.filter(what => !what.startsWith('GET '))).toEqual([])

    const [config] = configured(`influx: [{name: lab, ${keys}}]`).influx
    if (config === undefined) throw new Error('it is configured')
    for await (const { became } of setUp(config, 'all')) expect(became).not.toBe('refused')
    const pieces = stub.buckets.length + stub.tasks.length
    expect((await influx(keys))[1]).toBe('ok influx: bucket mpwatch is there, and set up')
    stub.tasks.pop()
    stub.buckets.pop()
    stub.asked = []
    expect((await influx(keys)).slice(1, 3)).toEqual([
      `warn influx: bucket mpwatch is there, and not set up for the boards (2 of ${pieces} pieces are missing)`,
      setup,
    ])
    expect(stub.asked.filter(what => !what.startsWith('GET '))).toEqual([])
    stub.areTasksHidden = true
    expect((await influx(keys))[1]).toMatch(/^warn influx: this token may not see tasks/)
  })

  test('that does not take the token is told, and the token is not', async () => {
    const stub = await V2Stub.begin()
    stub.rights.set('s3cret-none', 'nothing')
    for (const [text, status] of [
      ['s3cret-wrong', 401],
      ['s3cret-none', 403],
    ] as const) {
      token(text)
      const lines = await influx(keysOf(stub))
      expect(lines[1]).toMatch(
        new RegExp(`^fail influx: does not take the token, .*: it answered ${status}: `),
      )
      expect(lines.join()).not.toContain('s3cret')
    }
  })
})

describe('a route', () => {
  test('that can be reached is told, and nothing is sent', async () => {
    const web = await WebReceiver.begin()
    const lines = await route(`kind: webhook, url: "${web.url}/mp", allow_private: true`)
    expect(lines).toEqual([expect.stringMatching(/^ok route: http:.* can be reached$/)])
    expect(web.posted).toEqual([])
  })

  test('that cannot is told, and so is a secret that is not there', async () => {
    const port = await freePort()
    const syslog = `kind: syslog, host: 127.0.0.1, port: ${port}, transport: tcp`
    expect(await route(syslog)).toEqual([expect.stringMatching(/^fail route: syslog\+tcp:/)])
    const web = `kind: webhook, url: "https://127.0.0.1:${port}/", allow_private: true`
    expect(await route(`${web}, secret_file: nowhere`)).toEqual([
      `fail route: ${folder}/nowhere: there is no such file: it is to hold the secret, on one line`,
    ])
    expect(await route('kind: webhook, url_file: nowhere')).toEqual([
      `fail route: ${folder}/nowhere: there is no such file: it is to hold the secret, on one line`,
    ])
    expect(await route('kind: eve, file: nowhere/eve.json')).toEqual([
      expect.stringMatching(/^fail route: .*nowhere/),
    ])
  })

  test('whose filter names what there is not would be silent, which is told', async () => {
    const filter = 'filter: {rows: [I-01, I-99], nodes: [app-z, web@dmz], sites: [elsewhere]}'
    expect(await route(`kind: eve, file: eve.json, ${filter}`)).toContainEqual(
      'warn route: its filter names what neither policy nor site has: I-99, app-z, elsewhere',
    )
  })
})
