// A program that watches interfaces as the monitor does, and tells what it sees as lines of JSON on standard
// output. Tests run it inside a namespace of its own. Argument: a `Watching` in JSON; a line on standard input
// ends it.

import { openLive } from '../../../src/capture/live/live.ts'
import { UsageError } from '../../../src/model/errors.ts'
import type { BlindInterval, InterfaceState } from '../../../src/model/live.ts'
import type { CaptureConfig } from '../../../src/model/watch-config.ts'
import { makeChunkBuffer } from '../../support/chunk-buffer.ts'

export interface Watching extends Partial<CaptureConfig> {
  readonly interfaces: readonly string[]
  /** Milliseconds that the thread is busy after each chunk. */
  readonly slowMs?: number
  /** Reading is left off after the first chunk that holds packets. */
  readonly isImpatient?: boolean
  /** The thread is kept busy once, for so long, at the first chunk. */
  readonly busyMs?: number
}

export type Seen =
  | { readonly kind: 'blind'; readonly interval: BlindInterval }
  | { readonly kind: 'note'; readonly text: string }
  | { readonly kind: 'states'; readonly states: readonly InterfaceState[]; readonly order: Order }
  | { readonly kind: 'refused'; readonly message: string }
  | { readonly kind: 'quiet'; readonly atMs: number; readonly untilMs: number }
  | { readonly kind: 'gap'; readonly file: number }
  | {
      readonly kind: 'over'
      readonly states: readonly InterfaceState[]
      readonly order: Order
      readonly captures: readonly { readonly name: string; readonly packets: number }[]
    }

/** Of all packets, in the order in which they came. */
export interface Order {
  readonly packets: number
  /** Packets captured before one that came earlier. */
  readonly late: number
  /** Latest packet captured, in Unix milliseconds. */
  readonly lastMs: number
}

/** As a configuration that says nothing has them. */
const DEFAULTS: CaptureConfig = {
  tool: 'auto',
  tools: { tcpdump: null, dumpcap: null },
  snapBytes: 262_144,
  filter: null,
  bufferBytes: 32 * 1024 * 1024,
  silentS: 60,
}

const told = (seen: Seen): void => {
  process.stdout.write(`${JSON.stringify(seen)}\n`)
}

const watching: Watching = JSON.parse(process.argv[2] ?? '')
const end = new AbortController()
let timer: NodeJS.Timeout | undefined
process.stdin.once('data', () => end.abort())

try {
  await watch(watching)
} catch (error) {
  if (!(error instanceof UsageError)) throw error
  told({ kind: 'refused', message: error.message })
} finally {
  clearInterval(timer)
  process.stdin.destroy()
}

async function watch(watching: Watching): Promise<void> {
  const { interfaces, slowMs, busyMs, isImpatient = false, ...options } = watching
  const source = openLive(
    interfaces.map(name => ({ name, sensor: 0, sensorName: 'tap' })),
    {
      ...DEFAULTS,
      ...options,
      signal: end.signal,
      onBlind: interval => told({ kind: 'blind', interval }),
      onNote: text => told({ kind: 'note', text }),
    },
  )
  let order: Order = { packets: 0, late: 0, lastMs: 0 }
  const tell = (kind: 'states') => told({ kind, states: source.states(), order })
  timer = setInterval(() => tell('states'), 100)
  const buffer = makeChunkBuffer()
  for await (const chunk of source.chunks(buffer)) {
    const first = order.packets === 0 && chunk.packets > 0
    if (chunk.isBehindDamage) told({ kind: 'gap', file: chunk.file })
    if (chunk.quietUntilNs !== undefined) {
      const untilMs = chunk.epochSeconds * 1000 + chunk.quietUntilNs / 1e6
      told({ kind: 'quiet', atMs: Date.now(), untilMs })
    }
    order = orderWith(order, chunk.epochSeconds, buffer.timeNs.subarray(0, chunk.packets))
    if (slowMs !== undefined) busy(slowMs)
    if (first && busyMs !== undefined) busy(busyMs)
    if (first && isImpatient) break
  }
  const captures = source.captures.map(({ name, packets }) => ({ name, packets }))
  told({ kind: 'over', states: source.states(), order, captures })
}

function orderWith(order: Order, epochSeconds: number, timesNs: Float64Array): Order {
  let { late, lastMs } = order
  for (const timeNs of timesNs) {
    const ms = epochSeconds * 1000 + timeNs / 1e6
    if (ms < lastMs) late += 1
    else lastMs = ms
  }
  return { packets: order.packets + timesNs.length, late, lastMs }
}

function busy(ms: number): void {
  const endMs = performance.now() + ms
  while (performance.now() < endMs);
}
