// Goal: the configuration of `mpwatch watch` is read as written, overruled by options, and refused with place
// and remedy where it is wrong.

import { readFileSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { watchSchemaText } from '../../scripts/bless.ts'
import { loadSite } from '../../src/config/site.ts'
import { defaultStoreFolder } from '../../src/config/store-folder.ts'
import { insistOnWatchable, watchConfigOf } from '../../src/config/watch.ts'
import { placedIn } from '../../src/config/watch-interfaces.ts'
import type { WatchOptions } from '../../src/config/watch-options.ts'
import { complaints } from '../support/schemas.ts'
import { GOOD_SITE, problemsOf, sentencesOf, temporaryFolder, writeSite } from './files.ts'
import { BAD_WATCH, GOOD_WATCH } from './watch-files.ts'
import { BAD_OUTPUTS, READ_INFLUX, READ_ROUTES } from './watch-output-files.ts'

const EXAMPLE = 'rules/mpwatch.example.yaml'
const folder = temporaryFolder()
const path = join(folder, 'mpwatch.yaml')

function loaded(content = GOOD_WATCH, options: WatchOptions = {}) {
  writeFileSync(path, content)
  return watchConfigOf(path, options)
}
const told = (content: string, options: WatchOptions = {}) =>
  sentencesOf(problemsOf(() => loaded(content, options)))
const toldOf = (options: WatchOptions) =>
  problemsOf(() => watchConfigOf(null, options)).map(({ where, message }) => `${where} ${message}`)

describe('a configuration with', () => {
  for (const [what, [before, after, ...expected]] of Object.entries({
    ...BAD_WATCH,
    ...BAD_OUTPUTS,
  }))
    test(`${what} is refused`, () => {
      expect(GOOD_WATCH).toContain(before)
      expect(told(GOOD_WATCH.replace(before, () => after))).toEqual(expected)
    })

  test('a socket whose path is too long is refused with its length', () => {
    const name = 'x'.repeat(107)
    const [problem] = told(GOOD_WATCH.replace('run/control.sock', name))
    expect(problem).toMatch(
      /the path of the control socket has \d{3} bytes, and the system takes 107: name a shorter one/,
    )
  })
})

test('a file that is too large, a device or no file at all is refused at once', () => {
  writeFileSync(path, '#'.repeat(1_048_577))
  const wrong = [path, '/dev/zero', join(folder, 'nowhere.yaml')]
  expect(wrong.map(file => problemsOf(() => watchConfigOf(file, {}))[0]?.message)).toEqual([
    expect.stringMatching(/^the file is larger than 1 MiB/),
    expect.stringMatching(/^this is a device, pipe or socket/),
    expect.stringMatching(/^there is no such file\. Copy rules\/mpwatch\.example\.yaml/),
  ])
})

test('everything is read as written, and paths are relative to the file', () => {
  expect(loaded()).toEqual({
    file: path,
    site: join(folder, 'site.yaml'),
    rules: join(folder, 'rules'),
    interfaces: [
      { name: 'eth1', sensor: 'core-span', where: 'mpwatch.yaml:5' },
      { name: 'eth2', sensor: 'dmz-span', where: 'mpwatch.yaml:6' },
    ],
    capture: {
      tool: 'tcpdump',
      tools: { tcpdump: join(folder, 'bin/tcpdump'), dumpcap: null },
      snapBytes: 1514,
      filter: 'not port 22',
      bufferBytes: 32 * 1_048_576,
      silentS: 30,
    },
    store: {
      folder: join(folder, 'store'),
      ...{ metricsBytes: 512 * 1_048_576, metricsDays: 30, findingsDays: 365 },
    },
    socket: join(folder, 'run/control.sock'),
    metrics: { host: '127.0.0.1', port: 9475 },
    ...{ influx: READ_INFLUX(folder), routes: READ_ROUTES(folder) },
    log: { level: 'warn', file: join(folder, 'mpwatch.log') },
  })
})

test('an interface and a site are enough, and no file is needed', () => {
  const config = watchConfigOf(null, { interface: ['eth0'], site: 'site.yaml' })
  expect(insistOnWatchable(config)).toEqual(config)
  expect(config).toMatchObject({
    ...{ file: null, site: resolve('site.yaml'), rules: null },
    interfaces: [{ name: 'eth0', sensor: null }],
    capture: { tool: 'auto', snapBytes: 262_144, filter: null, silentS: 60 },
    socket: join(config.store.folder, 'control.sock'),
    metrics: { host: '127.0.0.1', port: 9475 },
    log: { level: 'info', file: null },
  })
  expect(loaded('api_version: mpwatch/v1\n', { interface: ['eth0'], site: 'site.yaml' })).toEqual({
    ...config,
    file: path,
  })
})

test('what is missing is told together', () => {
  const problems = problemsOf(() => insistOnWatchable(watchConfigOf(null, {})))
  expect(problems.map(({ where }) => where)).toEqual(['--interface', '--site'])
})

describe('options', () => {
  test('win over the file', () => {
    const config = loaded(GOOD_WATCH, {
      ...{ site: 'other.yaml', rules: 'mine', store: 'st', socket: 'c.sock', metrics: 'off' },
      ...{ tool: 'dumpcap', filter: 'tcp', snapBytes: '9000', bufferMib: '8' },
      ...{ logLevel: 'debug', logFile: 'l.json' },
    })
    expect(config).toMatchObject({
      ...{ site: resolve('other.yaml'), rules: resolve('mine'), socket: resolve('c.sock') },
      store: { folder: resolve('st'), metricsDays: 30 },
      capture: { tool: 'dumpcap', filter: 'tcp', snapBytes: 9000, bufferBytes: 8 * 1_048_576 },
      ...{ metrics: null, log: { level: 'debug', file: resolve('l.json') } },
    })
  })

  test('that name interfaces replace the list, and what they leave open the file says', () => {
    expect(loaded(GOOD_WATCH, { interface: ['eth2', 'eth7'] }).interfaces).toEqual([
      { name: 'eth2', sensor: 'dmz-span', where: 'mpwatch.yaml:6' },
      { name: 'eth7', sensor: null, where: '--interface' },
    ])
  })

  test('name a sensor for all interfaces, or for each', () => {
    const named = (options: WatchOptions) =>
      watchConfigOf(null, options).interfaces.map(({ name, sensor }) => `${name} ${sensor}`)
    expect(named({ interface: ['eth0', 'eth0', 'eth1'], sensor: ['core'] })).toEqual([
      'eth0 core',
      'eth1 core',
    ])
    expect(named({ sensor: ['core=eth0', 'dmz=eth1'] })).toEqual(['eth0 core', 'eth1 dmz'])
    expect(named({ interface: ['eth2'], sensor: ['core=eth0'] })).toEqual([
      'eth2 null',
      'eth0 core',
    ])
  })

  test('that are wrong are told together, beside what is wrong with the file', () => {
    const options = { snapBytes: '1e9', metrics: '0.0.0.0', sensor: ['core='], bufferMib: '-1' }
    expect(toldOf(options)).toEqual([
      '--sensor "" is no name of an interface',
      '--metrics "0.0.0.0" is no place to listen: write 127.0.0.1:9475, or off',
      '--snap-bytes "1e9" is no whole number from 256 to 262144',
      '--buffer-mib "-1" is no whole number from 1 to 1024',
    ])
    expect(told('api_version: mpwatch/v2\n', { snapBytes: '1' })).toHaveLength(2)
  })

  test('cannot open the metrics to others unless the file says so', () => {
    expect(toldOf({ metrics: '10.0.0.1:9475' })).toEqual([
      expect.stringMatching(/^--metrics other hosts can reach 10\.0\.0\.1/),
    ])
    const exposed = GOOD_WATCH.replace('expose: false', 'expose: true')
    expect(loaded(exposed, { metrics: '[::]:9475' }).metrics).toEqual({ host: '::', port: 9475 })
    expect(watchConfigOf(null, { metrics: '[::1]:9475' }).metrics?.host).toBe('::1')
  })

  test('may not make the path of the socket too long', () => {
    const long = join(folder, 'x'.repeat(100))
    expect(toldOf({ store: long })).toEqual([expect.stringMatching(/^--store the path of the/)])
    expect(toldOf({ store: long, socket: 'c.sock' })).toEqual([])
    const exact = '/'.padEnd(107, 'y')
    expect(watchConfigOf(null, { socket: exact }).socket).toBe(exact)
    expect(toldOf({ socket: `${exact}z` })).toHaveLength(1)
  })
})

describe('the place of an interface', () => {
  const two = GOOD_SITE.replace(
    '{name: core-span, sees: [core, dmz]}',
    '{name: core-span, sees: [core]}\n  - {name: dmz-span, sees: [dmz], clock_ms: -5}',
  )
  const placed = (content: string, options: WatchOptions) =>
    placedIn(loadSite(writeSite(folder, content)).site, watchConfigOf(null, options).interfaces)

  test('is that of its sensor, in the order of the site', () => {
    expect(placed(two, { sensor: ['dmz-span=eth1', 'core-span=eth0'] })).toEqual({
      interfaces: [
        { name: 'eth1', sensor: 1, sensorName: 'dmz-span', clockMs: -5 },
        { name: 'eth0', sensor: 0, sensorName: 'core-span', clockMs: 0 },
      ],
      sensors: ['core-span', 'dmz-span'],
    })
  })

  test('is the only sensor where there is one, and one sensor may have two interfaces', () => {
    expect(placed(GOOD_SITE, { interface: ['eth0', 'eth1'] })).toMatchObject({
      interfaces: [{ sensorName: 'core-span' }, { sensor: 0, sensorName: 'core-span' }],
      sensors: ['core-span'],
    })
  })

  test('is not known where nobody says it', () => {
    expect(placed(two, { interface: ['eth0'] })).toEqual({
      interfaces: [{ name: 'eth0', sensor: 0, sensorName: 'eth0', clockMs: 0 }],
      sensors: [],
    })
  })

  test('must be a sensor that there is, and be said of all where it is said of one', () => {
    expect(() => placed(two, { sensor: ['core-spn=eth0'] })).toThrow(
      '--sensor: no sensor is called "core-spn". Did you mean core-span?',
    )
    expect(() => placed(two, { sensor: ['core-span=eth0'], interface: ['eth1'] })).toThrow(
      '--interface: say which sensor eth1 is: --sensor NAME=eth1',
    )
  })
})

test('the default folder is that of services where one may write there, else of the user', () => {
  const own =
    process.getuid?.() === 0 ? '/var/lib/mpwatch' : join(homedir(), '.local/state/mpwatch')
  expect(defaultStoreFolder({})).toBe(own)
})

describe('the example', () => {
  test('loads, and shows the defaults', () => {
    const example = watchConfigOf(EXAMPLE, {})
    const options = { site: 'rules/site.yaml', sensor: ['core-span=eth1', 'dmz-span=eth2'] }
    const { interfaces, ...rest } = watchConfigOf(null, options)
    expect(interfaces.map(({ name }) => name)).toEqual(['eth1', 'eth2'])
    expect(example).toMatchObject({ ...rest, file: resolve(EXAMPLE) })
    const sensors = placedIn(loadSite('rules/site.example.yaml').site, example.interfaces)
    expect(sensors.sensors).toEqual(['core-span', 'dmz-span'])
  })

  test('loads with everything that it leaves out, too', () => {
    const full = readFileSync(EXAMPLE, 'utf8').replace(
      /^( *)# (?=(?:[a-z]+:| +[-a-z]).* #)/gm,
      '$1',
    )
    writeFileSync(path, full)
    expect(watchConfigOf(path, {})).toMatchObject({
      rules: join(folder, 'my-rules'),
      capture: { tools: { tcpdump: '/usr/local/libexec/mpwatch/tcpdump' }, filter: 'not port 22' },
      store: { folder: '/var/lib/mpwatch' },
      influx: [{ version: 1, secret: null }, { username: 'mpwatch' }, { version: 2 }],
      routes: [
        ...['syslog', 'cef', 'webhook'].map(kind => ({ target: { kind } })),
        { target: { kind: 'webhook', url: { from: 'file', path: join(folder, 'room.url') } } },
        ...['eve', 'mail'].map(kind => ({ target: { kind } })),
      ],
      ...{ socket: '/run/mpwatch/control.sock', log: { file: '/var/log/mpwatch/mpwatch.log' } },
    })
  })
})

describe('the schema of the file', () => {
  test('is current: npm run bless writes it', () => {
    expect(readFileSync('schemas/watch-config.schema.json', 'utf8')).toBe(watchSchemaText())
  })

  test('takes what the loader takes, and not what it refuses', () => {
    for (const good of [readFileSync(EXAMPLE, 'utf8'), GOOD_WATCH])
      expect(complaints('watch-config', parse(good))).toEqual([])
    const bad = GOOD_WATCH.replace('tool: tcpdump', 'tool: sniffer').replace('1514', '1')
    expect(complaints('watch-config', parse(bad))).toHaveLength(2)
  })
})
