// Exposure classes: who may reach a row, each class together with those that it includes.

import type { ExposureClass, Selector } from '../model/policy.ts'
import { checkMap, complain, type Desk } from './check.ts'
import { refer } from './ids.ts'
import { exposureEntry } from './schema.ts'

type Exposures = ReturnType<typeof rawExposures>
const rawExposures = (desk: Desk) => checkMap(desk, ['exposure'], exposureEntry)

/** Classes by id; `valid` are the ids as written, so that a bad class is still known by name. */
export function exposuresOf(
  desk: Desk,
  valid: readonly string[],
): ReadonlyMap<string, ExposureClass> {
  const raw = rawExposures(desk)
  for (const { path, value } of raw.values())
    refer(desk, [...path, 'includes'], {
      noun: 'exposure',
      word: value.includes,
      valid,
    })
  return new Map([...raw.keys()].map(id => [id, flattened(desk, id, raw)]))
}

/**
 * A class with what it includes, and what that includes, and so on; complains where that is itself.
 */
function flattened(desk: Desk, id: string, raw: Exposures): ExposureClass {
  const accepts: Selector[] = []
  const seen = new Set<string>()
  let acceptsListed = false
  for (let next: string | null = id; next !== null; ) {
    const entry = raw.get(next)
    if (entry === undefined) break
    seen.add(next)
    accepts.unshift(...entry.value.accepts)
    acceptsListed ||= entry.value.accepts_listed
    next = entry.value.includes
    if (next === id) complain(desk, ['exposure', id, 'includes'], `${id} includes itself`)
    if (next !== null && seen.has(next)) break
  }
  return { id, says: raw.get(id)?.value.says ?? '', accepts, acceptsListed }
}
