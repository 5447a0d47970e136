// The query of a URL as the input of a route. Names come from outside, so they are counted and bounded before any
// object has them; what is no list may stand once only.

import { scope } from './inputs.ts'
import { Refusal } from './problem.ts'

const PARAMETERS_MAX = 200
// By these lists alone a text becomes a number or a list; the schema of the route says what may stand at all.
const LISTS: ReadonlySet<string> = new Set(Object.keys(scope))
const NUMBERS: ReadonlySet<string> = new Set([
  ...['fromMs', 'toMs', 'sinceMs', 'limit', 'offset', 'afterNumber'],
])

/** @throws Refusal where a parameter stands twice, or there are too many. */
export function queryInput(search: URLSearchParams): Record<string, unknown> {
  if (search.size > PARAMETERS_MAX)
    throw new Refusal(400, 'There are too many parameters.', `Send at most ${PARAMETERS_MAX}.`)
  const input = new Map<string, unknown>()
  for (const name of new Set(search.keys())) {
    const values = search.getAll(name)
    if (!LISTS.has(name) && values.length > 1)
      throw new Refusal(400, `${name} is given twice.`, 'Give it once.')
    input.set(name, LISTS.has(name) ? values : readValue(name, values[0] ?? ''))
  }
  // As own members, whatever they are called.
  return Object.fromEntries(input)
}

/** What is no number stays a text, which the schema refuses. */
const readValue = (name: string, text: string): unknown =>
  NUMBERS.has(name) && /^-?\d{1,16}$/.test(text) ? Number(text) : text
