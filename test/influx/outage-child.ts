// Stores a thousand points a second, by a clock of its own, while no InfluxDB answers, and hands them on when one does.
// Says as JSON what that took. Started by outage.test.ts: `store` stores alone, `exporter` has an exporter beside it.

import { setTimeout as pause } from 'node:timers/promises'
import type { Clock } from '../../src/influx/clock.ts'
import { Exporter } from '../../src/influx/exporter.ts'
import { openWriter } from '../../src/influx/open-writer.ts'
import type { InfluxWriter } from '../../src/influx/writer.ts'
import { openStore } from '../../src/store/store.ts'
import { type Memory, NOON_MS, secondOf } from './outage-points.ts'
import { configOf } from './writers.ts'

const [mode = 'store', folder = '', url = '', seconds = '0'] = process.argv.slice(2)
const SAMPLES = 120

/** Goes when it is told to. */
class SteppedClock implements Clock {
  ms = NOON_MS
  readonly #sleepers = new Set<{ readonly atMs: number; readonly end: () => void }>()
  now = () => this.ms

  sleep = (ms: number, signal: AbortSignal): Promise<void> =>
    new Promise(resolve => {
      if (signal.aborted) return resolve()
      const end = () => {
        this.#sleepers.delete(sleeper)
        signal.removeEventListener('abort', end)
        resolve()
      }
      const sleeper = { atMs: this.ms + ms, end }
      this.#sleepers.add(sleeper)
      signal.addEventListener('abort', end)
    })

  advance(ms: number): void {
    this.ms += ms
    for (const { atMs, end } of [...this.#sleepers]) if (atMs <= this.ms) end()
  }
}

const clock = new SteppedClock()
const store = await openStore(folder, { now: clock.now })
const real = openWriter(configOf({ url }), async () => null)
let isDown = true
const writer: InfluxWriter = {
  where: real.where,
  write: async points =>
    isDown ? { status: 0, text: 'down', retryAfterMs: null } : real.write(points),
  createDatabase: () => real.createDatabase(),
  forgetSecret: () => real.forgetSecret(),
  close: () => real.close(),
}
const states: string[] = []
const exporter = new Exporter({
  ...{ config: { name: 'main', mayCreate: true }, store, writer, site: 'hq', clock },
  ...{ deadLetters: folder, random: () => 1, admit: point => point },
  ...{ onState: state => states.push(state), onLost: () => {} },
})
const running = mode === 'exporter' ? exporter.run() : Promise.resolve()

/** Of the whole process, and what of it is in use after collecting garbage. */
const [resident, used]: [number[], number[]] = [[], []]
function sample(): void {
  globalThis.gc?.()
  const { rss, heapUsed, external } = process.memoryUsage()
  resident.push(rss)
  used.push(heapUsed + external)
}

/** Milliseconds. */
async function outage(): Promise<number> {
  const began = performance.now()
  for (let second = 0; second < Number(seconds); second++) {
    store.add({ flows: [], points: secondOf(second) })
    await store.drained()
    exporter.wake()
    clock.advance(1_000)
    if (second % Math.ceil(Number(seconds) / SAMPLES) === 0) sample()
  }
  while ((await store.health()).rows.waiting > 0) await pause(50)
  return performance.now() - began
}

/** Milliseconds. */
async function recovery(): Promise<number> {
  isDown = false
  const began = performance.now()
  const ticking = setInterval(() => clock.advance(100), 100)
  const sampling = setInterval(sample, 500)
  if (!(await exporter.drained(new AbortController().signal))) throw new Error('it is held')
  clearInterval(sampling)
  clearInterval(ticking)
  return performance.now() - began
}

const MIB = 1024 * 1024
/** Of the samples since the last time. */
function memory(): Memory {
  const usual = (samples: readonly number[]) =>
    (samples.toSorted((left, right) => left - right)[Math.floor(0.9 * (samples.length - 1))] ?? 0) /
    MIB
  const [all, inUse] = [resident.splice(0), used.splice(0)]
  return {
    ...{ residentMiB: usual(all), residentPeakMiB: Math.max(...all) / MIB, usedMiB: usual(inUse) },
  }
}

const outageMs = await outage()
const outageMemory = memory()
const pending = exporter.state().books.pending
const before = process.cpuUsage()
const drainMs = mode === 'exporter' ? await recovery() : 0
const { user, system } = process.cpuUsage(before)
sample()
const said = {
  outageMs,
  outageMemory,
  drainMemory: memory(),
  drainMs,
  drainCpuMs: (user + system) / 1_000,
  pending,
  books: exporter.state().books,
  states,
}
await exporter.stop(1_000)
await running
await store.close()
process.stdout.write(JSON.stringify(said))
