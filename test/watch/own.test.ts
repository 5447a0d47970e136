// Goal: a monitor that sees its own sessions on its mirror finds nothing in them, and finds what others do on the same
// ports, also on its own computer (requirements A-24; check 6 of pitfalls.md).
// Method: two namespaces on one cable. In one of them the compiled monitor has an address, watches the cable, and talks to
// a port of the other, which a site file calls an Application Server: on a connection that lasts, on short ones, on ones
// that are refused, and by being asked for its metrics. Then others connect, from that address and from another.

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, expect, test } from 'vitest'
import { canWatch, type Namespace } from '../capture/live/namespace.ts'
import { findingsOf, Running, statusOf } from './running.ts'
import { cable, storeOf } from './wire.ts'

const LONG_MS = 240_000
const MONITOR = '10.20.0.50'
const STRANGER = '10.10.50.66'
const APP = '10.10.20.11'
const INFLUX = 8086
const METRICS = 9464
const CLIENT = resolve('test/watch/own-client.mjs')

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
`
const SERVER = `require('node:net').createServer(one => one.on('error', () => {}).resume())
  .listen(${INFLUX}, '${APP}', () => console.log('listens'))`
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

async function serve(namespace: Namespace): Promise<void> {
  const [program = '', ...rest] = [...inside(namespace), process.execPath, '-e', SERVER]
  const server = spawn(program, rest, { stdio: ['ignore', 'pipe', 'inherit'] })
  children.push(server)
  await once(createInterface(server.stdout), 'line')
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
    {
      command: inside(namespace),
      environment: { NODE_OPTIONS: `--import=${CLIENT}`, ASKED: `${APP}:${INFLUX}` },
    },
  )
  children.push(running.child)
  return running
}

test.runIf(canWatch)(
  'pitfalls 6: its own sessions make no finding, and a stranger to the same port does',
  { timeout: LONG_MS },
  async () => {
    const near = cable()
    const far = farEnd(near)
    await serve(far)
    const running = watchWithOutputs(near)
    await running.watching()
    expect(node(far, ASK)).toMatch(/^(200|4\d\d)$/)
    const passedOver = async () =>
      (await statusOf(storeOf(near))).ledger?.verdicts?.out_of_scope ?? 0
    await running.until('judged its own sessions', async () => (await passedOver()) > 100)
    expect(node(far, ASK)).toMatch(/^(200|4\d\d)$/)
    expect(await findingsOf(storeOf(near))).toEqual([])

    const callers = [STRANGER, MONITOR].map(
      from => `${from}:${node(near, CALL, from, APP, String(INFLUX))}`,
    )
    const found = async () => (await findingsOf(storeOf(near))).map(({ finding }) => finding)
    // The one at the monitor's own address is found when its record ends.
    await running.until('found both', async () => (await found()).length === callers.length, 90)
    const findings = await found()
    expect(findings.map(({ row, service }) => [row, service])).toEqual(
      callers.map(() => ['unlisted', `tcp/${INFLUX}`]),
    )
    const clients = findings.flatMap(({ examples }) =>
      examples.map(({ src_ip, src_port }) => `${src_ip}:${src_port}`),
    )
    expect(clients.toSorted()).toEqual(callers.toSorted())
    expect(await running.end()).toEqual({ code: 0, signal: null })
  },
)
