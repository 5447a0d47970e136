// Finds the points for which a server refuses a batch. It is asked about halves of halves, since its own words about
// how many it dropped are not true (faults.md M4); to send a good point again does no harm.

import type { Answer } from './writer.ts'

/** One in 5,000 costs 26 requests: two for each of 13 halvings. */
export const ISOLATING_REQUESTS_MAX = 200
/** One way down to a single point and back up. */
const PROBING_REQUESTS_MAX = 27
/** Where fewer were taken, the server refuses everything, and no single point is at fault. */
const TAKEN_SHARE_MIN = 1 / 4

export interface Refused<Item> {
  readonly item: Item
  /** What the server said of it alone. */
  readonly text: string
}

export interface Bisecting<Item> {
  /** Null where it was stopped. */
  readonly send: (items: readonly Item[]) => Promise<Answer | null>
  /** Waits before more requests are spent on it; whether to go on. */
  readonly hold: (text: string, isEverything: boolean) => Promise<boolean>
}

/**
 * The items that are refused, each alone, of some that were refused together; all others were taken. Where that takes
 * more than 200 requests it holds: until the server takes everything if it refuses nearly everything, and then goes on.
 * Null where it was stopped.
 */
export async function bisect<Item>(
  items: readonly Item[],
  answer: Answer,
  { send, hold }: Bisecting<Item>,
): Promise<readonly Refused<Item>[] | null> {
  const refused: Refused<Item>[] = []
  let parts: readonly (readonly Item[])[] = halves(items)
  let requestsMax = ISOLATING_REQUESTS_MAX
  if (items.length === 1) return items.map(item => ({ item, text: answer.text }))
  for (;;) {
    const round = await ask(parts, send, requestsMax)
    if (round === null) return null
    refused.push(...round.refused)
    if (round.rest.length === 0) return refused
    const isEverything = round.taken < requestsMax * TAKEN_SHARE_MIN
    // Those that were refused alone are no worse than the others then.
    const all = () => [...refused.splice(0).map(({ item }) => item), ...round.rest.flat()]
    parts = isEverything ? [all()] : round.rest
    requestsMax = isEverything ? PROBING_REQUESTS_MAX : ISOLATING_REQUESTS_MAX
    if (!(await hold(round.text, isEverything))) return null
  }
}

interface Round<Item> {
  readonly refused: readonly Refused<Item>[]
  /** Not yet decided when the requests were spent. */
  readonly rest: readonly (readonly Item[])[]
  readonly taken: number
  /** What was said last of those that were refused. */
  readonly text: string
}

async function ask<Item>(
  parts: readonly (readonly Item[])[],
  send: Bisecting<Item>['send'],
  requestsMax: number,
): Promise<Round<Item> | null> {
  const refused: Refused<Item>[] = []
  const rest = parts.toReversed()
  let [taken, text] = [0, '']
  for (let requests = 0; requests < requestsMax; requests++) {
    const part = rest.pop()
    if (part === undefined) break
    const answer = await send(part)
    if (answer === null) return null
    const [item] = part
    if (answer.status === 204) taken++
    else {
      text = answer.text
      if (part.length > 1) rest.push(...halves(part).toReversed())
      else if (item !== undefined) refused.push({ item, text })
    }
  }
  return { refused, rest, taken, text }
}

function halves<Item>(items: readonly Item[]): readonly (readonly Item[])[] {
  const middle = Math.ceil(items.length / 2)
  return [items.slice(0, middle), items.slice(middle)]
}
