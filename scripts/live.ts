// How a monitor keeps up with a wire: whether packets are lost, and how long after its packets a violation is known
// and stored. `npm run live -- --pps 20000 --seconds 10` sends a capture of the bench into a virtual cable in a
// namespace of its own (root, iproute2, tcpdump and tcpreplay) and prints what came of it. The clock of both is this
// machine's, so on a machine that does other things, too, the figures are worth little.

import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { assert } from '../src/model/errors.ts'
import type { StoredFinding } from '../src/model/lifecycle.ts'
import { SocketDesk } from '../src/web/socket-desk.ts'
import { generate } from './bench/generate.ts'
import { siteYaml } from './bench/site.ts'
import { FIRST_PORT, writeProbes } from './live/probes.ts'
import { PROGRAM } from './soak/watched.ts'

/** More in so short a time would be told as one storm. */
const PROBES = 150
/** Of mix at scale 1. */
const MIX_PACKETS = 3_000_000
const SETTLE_MS = 4000
const START_MS_MAX = 60_000

const { values } = parseArgs({
  options: {
    pps: { type: 'string', default: '20000' },
    seconds: { type: 'string', default: '10' },
  },
})
const [pps, seconds] = [Number(values.pps), Number(values.seconds)]
const work = mkdtempSync(join(tmpdir(), 'mpwatch-rate-'))
const name = `mpw-rate-${process.pid}`
const within = (...args: readonly string[]) => ['netns', 'exec', name, ...args]
const ip = (...args: readonly string[]) => execFileSync('ip', [...args], { encoding: 'utf8' })

try {
  await measure()
} finally {
  // What went wrong before there was a namespace is to be told, and not that there is none.
  spawnSync('ip', ['netns', 'delete', name])
  rmSync(work, { recursive: true, force: true })
}

async function measure(): Promise<void> {
  const scale = Math.min(1, (1.1 * pps * seconds) / MIX_PACKETS)
  const made = await generate({ name: 'mix', seed: 7, scale }, work, new AbortController().signal)
  const [file, site] = [join(work, 'probes.pcap'), join(work, 'site.yaml')]
  writeFileSync(site, siteYaml())
  const every = Math.floor((pps * seconds) / PROBES)
  const packets = writeProbes({ background: made.path, file, probes: PROBES, every })
  ip('netns', 'add', name)
  ip(...within('sysctl', '-qw', 'net.ipv6.conf.default.disable_ipv6=1'))
  ip(...within('ip', 'link', 'add', 'name', 'sends', 'type', 'veth', 'peer', 'name', 'mirror'))
  for (const end of ['sends', 'mirror']) ip(...within('ip', 'link', 'set', 'dev', end, 'up'))
  await watch(file, site, packets)
}

async function watch(file: string, site: string, packets: number): Promise<void> {
  const store = join(work, 'store')
  const args = ['watch', '-i', 'mirror', '--site', site, '--store', store, '--metrics', 'off']
  const child = spawn('ip', within(process.execPath, PROGRAM, ...args), {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const ended = new Promise(resolve => child.once('close', resolve))
  const opened = new Map<string, number>()
  let isWatching = false
  createInterface(child.stderr).on('line', line => {
    // What refuses to start says so in a sentence.
    if (!line.startsWith('{')) return console.log(line)
    const { event, time, id, text } = JSON.parse(line)
    if (event === 'finding_opened') opened.set(id, Date.parse(time))
    if (event === 'capture_note' && String(text).endsWith('captures')) isWatching = true
    if (['fault', 'store_lost', 'ledger_open'].includes(event)) console.log(line)
  })
  const untilMs = performance.now() + START_MS_MAX
  while (!isWatching && performance.now() < untilMs) await setTimeout(50)
  const replayed = await tcpreplay(file)
  await setTimeout(SETTLE_MS)
  const desk = new SocketDesk(join(store, 'control.sock'))
  const { interfaces } = await desk.status()
  const findings = await desk.findings({ limit: 1000, offset: 0 })
  child.kill('SIGTERM')
  await ended
  console.log(replayed.trim())
  const [mirror] = interfaces
  assert(mirror !== undefined, 'the mirror is watched')
  const { received, delivered, kernelDropped, helperDropped } = mirror
  console.log(`sent ${packets}`, { received, delivered, kernelDropped, helperDropped })
  report(latencies(findings, opened))
}

function tcpreplay(file: string): Promise<string> {
  const args = within('tcpreplay', '--preload-pcap', '--pps', String(pps), '-i', 'sends', file)
  const child = spawn('ip', args, { stdio: ['ignore', 'pipe', 'ignore'] })
  let text = ''
  child.stdout.on('data', part => {
    text += part
  })
  return new Promise(resolve => child.once('close', () => resolve(text)))
}

/** Milliseconds from the first packet of each probe until the log told of its finding. */
function latencies(
  findings: readonly StoredFinding[],
  opened: ReadonlyMap<string, number>,
): readonly number[] {
  return findings.flatMap(({ finding: { id, service, first } }) => {
    const port = Number(service?.split('/')[1])
    const openedMs = opened.get(id)
    const isProbe = port >= FIRST_PORT && port < FIRST_PORT + PROBES
    return isProbe && openedMs !== undefined ? [openedMs - Date.parse(first)] : []
  })
}

function report(all: readonly number[]): void {
  const sorted = all.toSorted((one, other) => one - other)
  const at = (share: number) =>
    sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]
  console.log(
    `${sorted.length} of ${PROBES} probes; until stored: p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, most ${at(1)} ms`,
  )
}
