// Monitors on a wire: a namespace with a virtual cable, of which they watch the end called mirror.

import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll } from 'vitest'
import { Namespace, wait } from '../capture/live/namespace.ts'
import { type Before, Running } from './running.ts'

const SITE = 'fixtures/demo/site.yaml'
const OFFICE = 'fixtures/demo/office.pcap'

const namespaces: Namespace[] = []
const senders: ChildProcess[] = []
const watchers: Running[] = []
afterAll(async () => {
  for (const { child } of watchers) child.kill('SIGKILL')
  for (const sender of senders) sender.kill('SIGKILL')
  for (const namespace of namespaces) await namespace.remove()
})

/** Removed when the tests of the file have ended. */
export function cable(): Namespace {
  const namespace = new Namespace()
  namespaces.push(namespace)
  namespace.pair('sends', 'mirror')
  return namespace
}

export const storeOf = ({ folder }: Namespace): string => join(folder, 'store')

/** A monitor on the mirror, with these arguments besides. */
export function watchMirror(
  namespace: Namespace,
  args: readonly string[] = [],
  { command = [], environment = {} }: Before = {},
): Running {
  const site = ['--site', SITE, '--sensor', 'core-span', '--metrics', 'off']
  const running = new Running(['-i', 'mirror', ...site, '--store', storeOf(namespace), ...args], {
    command: ['ip', 'netns', 'exec', namespace.name, ...command],
    environment,
  })
  watchers.push(running)
  return running
}

/** Sends a capture again and again, so many times as fast as it was taken, until the tests have ended. */
export function sendFor(namespace: Namespace, times: number, capture = OFFICE): ChildProcess {
  const args = [
    'tcpreplay',
    '-q',
    '-T',
    'nano',
    '-x',
    String(times),
    '--loop',
    '0',
    '-i',
    'sends',
    capture,
  ]
  const sender = spawn('ip', ['netns', 'exec', namespace.name, ...args], { stdio: 'ignore' })
  senders.push(sender)
  return sender
}

/** Process ids of the programs of that name in the namespace. */
export function pidsOf({ name }: Namespace, program: string): readonly number[] {
  const pids = execFileSync('ip', ['netns', 'pids', name], { encoding: 'utf8' })
  return pids
    .split('\n')
    .filter(pid => pid !== '' && nameOf(pid) === program)
    .map(Number)
}

function nameOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'latin1').trim()
  } catch {
    return ''
  }
}

/** Until it holds; whether it did in time. */
export async function holdsWithin(seconds: number, holds: () => boolean): Promise<boolean> {
  const endMs = performance.now() + seconds * 1000
  while (!holds()) {
    if (performance.now() > endMs) return false
    await wait(50)
  }
  return true
}
