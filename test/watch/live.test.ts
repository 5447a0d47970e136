// Goal: what happens on a wire is told as if it were read from a file, and nothing goes missing on the way.
// Method: the compiled monitor watches one end of a virtual cable in a namespace of its own; tcpreplay sends into
// the other, and beside the monitor tcpdump writes what there was into a file, which is audited afterwards.

import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, describe, expect, test } from 'vitest'
import type { ReportedFinding, Result } from '../../src/model/result.ts'
import { canWatch, Namespace, wait } from '../capture/live/namespace.ts'
import { findingsOf, mpwatch, Running, statusOf } from './running.ts'

const SITE = 'fixtures/demo/site.yaml'
const OFFICE = 'fixtures/demo/office.pcap'
const LONG_MS = 240_000

const namespaces: Namespace[] = []
afterAll(async () => {
  for (const namespace of namespaces) await namespace.remove()
})

function cable(): Namespace {
  const namespace = new Namespace()
  namespaces.push(namespace)
  namespace.pair('sends', 'mirror')
  return namespace
}

function watch(namespace: Namespace, ...args: readonly string[]): Running {
  const store = join(namespace.folder, 'store')
  const site = ['--site', SITE, '--sensor', 'core-span', '--store', store, '--metrics', 'off']
  return new Running(['-i', 'mirror', ...site, ...args], { command: inside(namespace) })
}

const inside = ({ name }: Namespace) => ['ip', 'netns', 'exec', name]

/** Writes down what comes until it is ended. */
async function witness(namespace: Namespace, file: string): Promise<ChildProcess> {
  const args = ['tcpdump', '-i', 'mirror', '-n', '--nano', '-B', '16384', '-w', file]
  const [program = '', ...rest] = [...inside(namespace), ...args]
  const child = spawn(program, rest, { stdio: ['ignore', 'ignore', 'pipe'] })
  await new Promise(resolve => child.stderr?.once('data', resolve))
  return child
}

/** Sends the packets of a file as far apart as they were, without taking a processor for that. */
async function replay(namespace: Namespace, file: string, ...how: readonly string[]) {
  const args = ['tcpreplay', '-q', '-T', 'nano', ...how, '-i', 'sends', file]
  const [program = '', ...rest] = [...inside(namespace), ...args]
  await promisify(execFile)(program, rest)
}

async function ended(child: ChildProcess): Promise<void> {
  const over = new Promise(resolve => child.once('close', resolve))
  child.kill('SIGTERM')
  await over
}

/** What both must agree in; times of packets are those of two captures. */
const essence = ({ id, verdict, reason, row, severity, confidence, ...rest }: ReportedFinding) => {
  const { source, destination, service, members, packets, bytes } = rest
  return {
    id,
    verdict,
    reason,
    row,
    severity,
    confidence,
    source,
    destination,
    service,
    members,
    packets,
    bytes,
  }
}

/** What an audit of the file finds. */
async function audited(namespace: Namespace, file: string): Promise<readonly ReportedFinding[]> {
  const json = join(namespace.folder, 'audit.json')
  const site = ['--site', SITE, '--sensor', 'core-span']
  // It ends with 1, since there are violations.
  await mpwatch('audit', file, ...site, '--json', json, '--quiet').catch(() => '')
  const { findings }: Result = JSON.parse(readFileSync(json, 'utf8'))
  return findings
}

const byId = (left: { readonly id: string }, right: { readonly id: string }) =>
  left.id < right.id ? -1 : 1

describe.skipIf(!canWatch)('on a wire', () => {
  test.concurrent('pitfall 8: the findings are those of the file that was written beside the monitor', {
    timeout: LONG_MS,
  }, async () => {
    const namespace = cable()
    const file = join(namespace.folder, 'witness.pcap')
    const running = watch(namespace)
    await running.watching()
    const tcpdump = await witness(namespace, file)
    const sentBefore = namespace.sent('mirror')
    await replay(namespace, OFFICE, '-x', '20')
    await wait(3000)
    await ended(tcpdump)
    expect(await running.end()).toEqual({ code: 0, signal: null })
    const live = await findingsOf(join(namespace.folder, 'store'))
    const offline = await audited(namespace, file)
    expect(offline.length).toBeGreaterThan(30)
    expect(live.map(({ finding }) => essence(finding)).sort(byId)).toEqual(
      offline.map(essence).sort(byId),
    )
    expect(running.events('ledger_open')).toEqual([])
    // Nothing was sent where it listens.
    expect(namespace.sent('mirror')).toBe(sentBefore)
  })

  test.concurrent('a minute of the demo gives what an audit of the very file gives, but for clocks', {
    timeout: LONG_MS,
  }, async () => {
    const namespace = cable()
    const part = join(namespace.folder, 'part.pcap')
    namespace.run('env', 'TZ=UTC', 'editcap', '-B', '2026-03-02 10:16:00', OFFICE, part)
    const running = watch(namespace)
    await running.watching()
    await replay(namespace, part)
    await wait(3000)
    await running.end()
    const live = await findingsOf(join(namespace.folder, 'store'))
    const offline = await audited(namespace, part)
    // The packets say what time it was when they were made, which is not now.
    const isOfClocks = ({ row }: ReportedFinding) => row === 'S-13'
    expect(offline.length).toBeGreaterThan(5)
    expect(
      live
        .map(({ finding }) => finding)
        .filter(finding => !isOfClocks(finding))
        .map(essence)
        .sort(byId),
    ).toEqual(
      offline
        .filter(finding => !isOfClocks(finding))
        .map(essence)
        .sort(byId),
    )
  })

  test('pitfall 7: captured and dropped are what was sent, to the packet, when the monitor stands still at full speed', {
    timeout: LONG_MS,
  }, async () => {
    const namespace = cable()
    const packets = 300_000
    const running = watch(namespace, '--buffer-mib', '1')
    await running.watching()
    running.child.kill('SIGSTOP')
    for (const pid of childrenOf(running)) process.kill(pid, 'SIGSTOP')
    await namespace.send('sends', packets)
    for (const pid of childrenOf(running)) process.kill(pid, 'SIGCONT')
    running.child.kill('SIGCONT')
    const store = join(namespace.folder, 'store')
    await running.until('through', async () => {
      const [state] = (await statusOf(store)).interfaces
      return state?.received === packets
    })
    const [state] = (await statusOf(store)).interfaces
    const { received = 0, delivered = 0, kernelDropped = 0, helperDropped = 0 } = state ?? {}
    expect(received).toBe(packets)
    expect(kernelDropped).toBeGreaterThan(0)
    expect(delivered + kernelDropped + helperDropped).toBe(packets)
    await running.until('told of it', () =>
      running.events('capture_blind').some(({ cause }) => cause === 'drops'),
    )
    expect(await running.end()).toEqual({ code: 0, signal: null })
    expect(running.events('ledger_open')).toEqual([])
  })
})

/** Process ids of the programs that capture. */
function childrenOf({ child: { pid } }: Running): readonly number[] {
  const tasks = readdirSync(`/proc/${pid}/task`)
  const all = tasks.map(task => readFileSync(`/proc/${pid}/task/${task}/children`, 'latin1'))
  return all.join(' ').split(' ').filter(Boolean).map(Number)
}
