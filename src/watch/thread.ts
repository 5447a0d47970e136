// The judging thread: capture, decoding and judging, apart from everything that may be slow. It is told what to
// watch when it starts, and answers with messages (protocol.ts).

import { parentPort, workerData } from 'node:worker_threads'
import { openReplay } from '../capture/live/replay.ts'
import { type LiveSource, openLive } from '../capture/live/source.ts'
import { assert, InputError, type Problem, UsageError } from '../model/errors.ts'
import type { BlindInterval } from '../model/live.ts'
import { Judging } from './judging.ts'
import type { FromJudging, JudgingOptions, ToJudging } from './protocol.ts'
import { inForce, type Loaded, loadFor } from './rules-loader.ts'
import { Teller } from './teller.ts'

const port = parentPort
assert(port !== null, 'the judging thread is started by the monitor')
const say = (message: FromJudging): void => port.postMessage(message)

/** Watches until it is told to stop, or the source is over. */
async function watch(options: JudgingOptions): Promise<void> {
  const loaded = loadFor(options.rules, options.site, namedSensors(options))
  const teller = new Teller(telling => say({ kind: 'telling', telling }))
  const stopping = new AbortController()
  let judging: Judging | null = null
  const source = open(options, loaded, stopping.signal, interval => {
    if (judging === null) teller.blind(interval)
    else judging.blind(interval)
  })
  const running = new Judging(source, loaded, teller, options.source.kind === 'replay')
  judging = running
  port?.on('message', (message: ToJudging) => {
    if (message.kind === 'acknowledge') teller.answered(message.number)
    else if (message.kind === 'reload') reload(message, options, running, loaded)
    else {
      running.stop()
      stopping.abort()
    }
  })
  say({ kind: 'in_force', rules: inForce(loaded, 1) })
  say({ kind: 'over', openEquations: await running.run() })
}

/** @throws UsageError where there is no such interface, or no capture. */
function open(
  { source }: JudgingOptions,
  { sensorOf, sensors, site }: Loaded,
  signal: AbortSignal,
  onBlind: (interval: BlindInterval) => void,
): LiveSource {
  const listening = { signal, onBlind, onNote: (text: string) => say({ kind: 'note', text }) }
  const nameOf = (index: number, otherwise: string) => sensors[index] ?? otherwise
  if (source.kind === 'replay') {
    const sensor = sensorOf[0] ?? 0
    const clockMs = site.sensors.find(({ name }) => name === sensors[sensor])?.clockMs ?? 0
    const taken = source.captures.map(path => ({ path, sensor, clockMs }))
    return openReplay(taken, source.speed, { ...listening, sensorName: nameOf(sensor, 'replay') })
  }
  const interfaces = source.interfaces.map(({ name }, index) => {
    const sensor = sensorOf[index] ?? 0
    return { name, sensor, sensorName: nameOf(sensor, name) }
  })
  return openLive(interfaces, { ...source, ...listening })
}

function reload(
  { site, rules }: Extract<ToJudging, { kind: 'reload' }>,
  options: JudgingOptions,
  judging: Judging,
  first: Loaded,
): void {
  try {
    const loaded = loadFor(rules, site, namedSensors(options))
    if (loaded.sensors.join() !== first.sensors.join())
      throw new UsageError(
        'The site file has other sensors than when watching began. Restart mpwatch to watch with them.',
      )
    say({ kind: 'in_force', rules: inForce(loaded, judging.reload(loaded)) })
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    say({ kind: 'refused', problems: error.problems })
  }
}

const namedSensors = ({ source }: JudgingOptions): readonly (string | null)[] =>
  source.kind === 'live' ? source.interfaces.map(({ sensor }) => sensor) : [source.sensor]

try {
  await watch(workerData as JudgingOptions)
} catch (error) {
  if (!(error instanceof UsageError || error instanceof InputError)) throw error
  const problems: readonly Problem[] = error instanceof UsageError ? error.problems : []
  const by = error instanceof UsageError ? 'usage' : 'input'
  say({ kind: 'failed', by, problems, message: error.message })
}
port.close()
