// The judging thread: capture, decoding and judging, apart from everything that may be slow. It is told what to
// watch when it starts, and answers with messages (protocol.ts).

import { parentPort, workerData } from 'node:worker_threads'
import { openLive } from '../capture/live/live.ts'
import type { LiveSource } from '../capture/live/options.ts'
import { openReplay } from '../capture/live/replay.ts'
import { assert, InputError, UsageError } from '../model/errors.ts'
import type { BlindInterval } from '../model/live.ts'
import { Judging } from './judging.ts'
import { ownNewsOf } from './own-news.ts'
import type { FromJudging, JudgingOptions, ToJudging } from './protocol.ts'
import { inForce, type Loaded, loadFor } from './rules-loader.ts'
import { Teller } from './teller.ts'

const port = parentPort
assert(port !== null, 'the judging thread is started by the monitor')
const say = (message: FromJudging): void => port.postMessage(message)

/** Watches until it is told to stop, or the source is over. */
async function watch(options: JudgingOptions): Promise<void> {
  const { site, rules, interfaces } = options.config
  const loaded = loadFor(rules, site, interfaces)
  const teller = new Teller(telling => say({ kind: 'telling', telling }))
  const stopping = new AbortController()
  const source = open(options, loaded, stopping.signal, interval => teller.blind(interval))
  const { replay, own, flowSeries } = options
  const ways = { waits: replay !== null, ownNews: ownNewsOf(own), flowSeries }
  const judging = new Judging(source, loaded, teller, ways)
  port?.on('message', (message: ToJudging) => {
    if (message.kind === 'acknowledge') teller.answered(message.number)
    else if (message.kind === 'reload') reload(message, options, judging, loaded)
    else stopping.abort()
  })
  say({ kind: 'in_force', rules: inForce(loaded, 1) })
  say({ kind: 'over', openEquations: await judging.run() })
}

/** @throws UsageError where there is no such interface, InputError where a file is no capture. */
function open(
  { config: { capture }, replay }: JudgingOptions,
  { interfaces, sensors }: Loaded,
  signal: AbortSignal,
  onBlind: (interval: BlindInterval) => void,
): LiveSource {
  if (replay !== null) {
    const { sensor = 0, clockMs = 0 } = interfaces[0] ?? {}
    const taken = replay.captures.map(path => ({ path, sensor, clockMs }))
    return openReplay(taken, replay.speed, {
      sensors: sensors.length > 0 ? sensors : ['replay'],
      signal,
    })
  }
  const onNote = (text: string) => say({ kind: 'note', text })
  return openLive(interfaces, { ...capture, signal, onBlind, onNote })
}

function reload(
  { site, rules }: Extract<ToJudging, { kind: 'reload' }>,
  { config }: JudgingOptions,
  judging: Judging,
  first: Loaded,
): void {
  try {
    const loaded = loadFor(rules, site, config.interfaces)
    if (loaded.sensors.join() !== first.sensors.join()) throw new UsageError(OTHER_SENSORS)
    say({ kind: 'in_force', rules: inForce(loaded, judging.reload(loaded)) })
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    say({ kind: 'refused', problems: error.problems })
  }
}

const OTHER_SENSORS =
  'The site file has other sensors than when watching began. Restart mpwatch to watch with them.'

try {
  await watch(workerData as JudgingOptions)
} catch (error) {
  if (!(error instanceof UsageError || error instanceof InputError)) throw error
  const by = error instanceof UsageError ? 'usage' : 'input'
  say({
    kind: 'failed',
    ...{ by, message: error.message },
    problems: error instanceof UsageError ? error.problems : [],
  })
}
port.close()
