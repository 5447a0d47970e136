// Goal: a monitor that sees its own sessions on its mirror finds nothing in them, and finds what others do on the same
// ports, also on its own computer (requirements A-24).
// Method: two namespaces on one cable. In one of them the compiled monitor has an address, watches the cable, and feeds
// an InfluxDB and two receivers of syslog in the other, which a site file calls an Application Server; the InfluxDB goes
// away and comes back, and somebody asks for the metrics. Then others connect, from that address and from another.

import { type ChildProcess, spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, expect, test } from 'vitest'
import type { Point } from '../../src/model/live.ts'
import { canWatch, type Namespace } from '../capture/live/namespace.ts'
import { Running } from './running.ts'
import { ALL, everyFinding, inStore } from './store-of.ts'
import { cable, storeOf } from './wire.ts'

const LONG_MS = 240_000
const MONITOR = '10.20.0.50'
const STRANGER = '10.10.50.66'
const APP = '10.10.20.11'
const INFLUX = 8086
const METRICS = 9464
const SYSLOG_TCP = 601
const SYSLOG_UDP = 514
const RECEIVERS = resolve('test/watch/far-receivers.mjs')

const SITE = `
api_version: mpwatch/v1
site: {name: hq}
networks:
  - {prefix: 10.10.20.0/24, zone: core}
  - {prefix: 10.20.0.0/16, zone: user-net, role: enduser-int}
  - {prefix: 10.10.50.0/24, zone: admin-net, role: admin}
nodes:
  - {name: app, role: app, address: ${APP}}
sensors:
  - {name: core-span, sees: [core, user-net]}
`
const CONFIG = `
api_version: mpwatch/v1
metrics: {listen: '${MONITOR}:${METRICS}', expose: true}
influx: [{name: lab, url: 'http://${APP}:${INFLUX}'}]
alerts:
  routes:
    - {name: siem, kind: syslog, transport: tcp, host: ${APP}, port: ${SYSLOG_TCP}, wait_s: 0}
    - {name: old, kind: syslog, transport: udp, host: ${APP}, port: ${SYSLOG_UDP}, wait_s: 0}
`
/** Connects, says from which port, and ends. */
const CALL = `const [from, to, port] = process.argv.slice(1)
  const one = require('node:net').connect({ host: to, port: Number(port), localAddress: from })
  one.on('connect', () => { console.log(one.localPort); one.end() }).resume()`
/** Asks for the metrics. */
const ASK = `require('node:http').get('http://${MONITOR}:${METRICS}/metrics',
  answer => answer.resume().on('end', () => console.log(answer.statusCode)))`

const children: ChildProcess[] = []
afterAll(() => {
  for (const child of children) child.kill('SIGKILL')
})

/** The far end of the cable goes into a namespace of its own, where the server is. */
function farEnd(near: Namespace): Namespace {
  const far = cable()
  far.run('ip', 'link', 'delete', 'sends')
  near.run('ip', 'link', 'set', 'sends', 'netns', far.name)
  far.run('ip', 'address', 'add', `${APP}/8`, 'dev', 'sends')
  far.run('ip', 'link', 'set', 'dev', 'sends', 'up')
  for (const address of [MONITOR, STRANGER])
    near.run('ip', 'address', 'add', `${address}/8`, 'dev', 'mirror')
  return far
}

const inside = ({ name }: Namespace): readonly string[] => ['ip', 'netns', 'exec', name]

/** What the monitor feeds, and what came there. */
class Receivers {
  readonly heard: string[] = []
  readonly #child: ChildProcess

  constructor(namespace: Namespace) {
    const ports = [INFLUX, SYSLOG_TCP, SYSLOG_UDP].map(String)
    const [program = '', ...rest] = [...inside(namespace), process.execPath, RECEIVERS]
    const child = spawn(program, [...rest, APP, ...ports], { stdio: ['pipe', 'pipe', 'inherit'] })
    children.push(child)
    this.#child = child
    createInterface(child.stdout).on('line', line => this.heard.push(line))
  }

  say(word: 'down' | 'up'): void {
    this.#child.stdin?.write(`${word}\n`)
  }

  count(line: string): number {
    return this.heard.filter(one => one === line).length
  }
}

const node = (namespace: Namespace, script: string, ...args: readonly string[]): string =>
  namespace.run(process.execPath, '-e', script, ...args).trim()

function watchWithOutputs(namespace: Namespace): Running {
  const site = join(namespace.folder, 'site.yaml')
  const config = join(namespace.folder, 'mpwatch.yaml')
  writeFileSync(site, SITE)
  writeFileSync(config, CONFIG)
  const running = new Running(
    [
      ...['--config', config, '-i', 'mirror', '--site', site, '--sensor', 'core-span'],
      ...['--store', storeOf(namespace)],
    ],
    { command: inside(namespace) },
  )
  children.push(running.child)
  return running
}

/** Connections of the monitor that were passed over: all others on the cable are of the site. */
const ownIn = (points: readonly Point[]): number =>
  points
    .filter(({ tags }) => tags['verdict'] === 'out_of_scope' && tags['l4'] === 'tcp')
    .reduce((sum, { fields }) => sum + Number(fields['flows']), 0)

/** Both by the monitor's computer: by an address that is the monitor's, and by one that is not. */
const CALLERS = [MONITOR, STRANGER]

test.runIf(canWatch)(
  'A-24: its own sessions make no finding, and a stranger to the same port does',
  { timeout: LONG_MS },
  async () => {
    const near = cable()
    const far = farEnd(near)
    const receivers = new Receivers(far)
    const running = watchWithOutputs(near)
    await running.watching()
    const until = (line: string, count: number) =>
      running.until(`${line} at the other end`, () => receivers.count(line) >= count, 60)
    const ask = () => expect(node(far, ASK)).toMatch(/^(200|4\d\d)$/)

    ask()
    await until('points', 1)
    receivers.say('down')
    // Each route tells that the InfluxDB refuses to be connected to, and that it is back.
    await until('syslog by tcp', 1)
    await until('syslog by udp', 1)
    receivers.say('up')
    await until('syslog by tcp', 2)
    await until('syslog by udp', 2)
    ask()
    expect(running.events('finding_opened')).toEqual([])

    const ports = [INFLUX, SYSLOG_TCP]
    const callers = CALLERS.flatMap(from =>
      ports.map(port => `${from}:${node(near, CALL, from, APP, String(port))} tcp/${port}`),
    )
    // What was done last is told first: at the monitor's own address only when records end, at the latest with the watching.
    const { length } = ports
    await running.until('told', () => running.events('finding_opened').length >= length, 60)
    await until('syslog by udp', 3)
    expect(await running.end()).toEqual({ code: 0, signal: null })
    const [findings, own] = await inStore(storeOf(near), async store => [
      (await everyFinding(store)).map(({ finding }) => finding),
      ownIn(await store.points({ ...ALL, measurement: 'mp_flow' })),
    ])
    expect(own).toBeGreaterThanOrEqual(6)
    expect(findings.map(({ row }) => row)).toEqual(callers.map(() => 'unlisted'))
    const clients = findings.flatMap(({ service, examples }) =>
      examples.map(({ src_ip, src_port }) => `${src_ip}:${src_port} ${service}`),
    )
    expect(clients.toSorted()).toEqual(callers.toSorted())
    expect(running.events('output_degraded')).toMatchObject([{ output: 'lab' }])
  },
)
