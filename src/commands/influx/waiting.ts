// Waits for points to arrive at an InfluxDB, for somebody who looks on: with a line that tells how far it is, and for as
// long as anything moves.

import { grouped } from '../../model/text.ts'
import { ProgressLine } from '../progress.ts'

/** Without anything that moves, nobody waits any longer than this. */
export const PATIENCE_MS = 60_000
const LOOK_MS = 100

/** Of points, or whatever else is counted. */
export interface Sent {
  /** Taken by the server, or refused for good. */
  readonly done: number
  /** How many are to come; null where nobody knows. */
  readonly pending: number | null
}

export interface Waiting {
  readonly isQuiet: boolean
  readonly patienceMs?: number
}

/** What `work` gives; its signal is aborted where nothing has moved for too long. */
export async function waitingFor<Value>(
  sent: () => Sent,
  { isQuiet, patienceMs = PATIENCE_MS }: Waiting,
  work: (signal: AbortSignal) => Promise<Value>,
): Promise<Value> {
  const line = isQuiet ? null : new ProgressLine(process.stderr.isTTY === true)
  const giveUp = new AbortController()
  let [before, movedMs] = [sent().done, performance.now()]
  const looking = setInterval(() => {
    const now = sent()
    if (now.done !== before) [before, movedMs] = [now.done, performance.now()]
    if (performance.now() - movedMs >= patienceMs) giveUp.abort()
    line?.say(seconds => textOf(now, seconds))
  }, LOOK_MS)
  try {
    return await work(giveUp.signal)
  } finally {
    clearInterval(looking)
    line?.end()
  }
}

function textOf({ done, pending }: Sent, seconds: number): string {
  const rate = `${grouped(Math.round(done / Math.max(seconds, 0.001)))}/s`
  const rest = pending === null ? '' : `, ${grouped(pending)} left`
  return `Sent ${grouped(done)} points, ${rate}${rest}.`
}
