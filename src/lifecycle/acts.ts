// What people do about findings. An act is planned first: it is refused, or says what is to be recorded, and takes
// effect when that has been done.

import type { Quiet, Said } from '../model/desk.ts'
import { UsageError } from '../model/errors.ts'
import type { Act, Entry, Maintenance, StoredFinding, Suppression } from '../model/lifecycle.ts'
import { visible } from '../model/text.ts'
import { withDebt } from './life.ts'
import type { Lifecycle } from './lifecycle.ts'
import { checkedAuthor, checkedSaid, type Hash, maintenanceOf, suppressionOf } from './quiet.ts'

/** An act that is right: what is to be recorded, and what to do when it has been. */
export interface Plan {
  readonly entries: readonly Entry[]
  apply(): void
}

/** On what an act is planned: the records that were looked up for it, and the monitor's own clock. */
export interface Ground {
  readonly lifecycle: Lifecycle
  readonly known: readonly StoredFinding[]
  readonly atMs: number
}

const IDS_MAX = 1_000
const ID_CHARACTERS_SHOWN = 64

/**
 * All of them or none.
 *
 * @throws UsageError where one is not known.
 */
export function acknowledge(ids: readonly string[], said: Said, ground: Ground): Plan {
  const { author, comment } = checkedSaid(said)
  const { atMs } = ground
  return changing(ids, ground, { kind: 'acknowledge', author, comment }, stored => {
    const { members, severity } = stored.finding
    const acknowledgement = { author, comment, atMs, members, severity }
    return withDebt({ ...stored, acknowledgement }, false)
  })
}

/**
 * All of them or none.
 *
 * @throws UsageError where one is not known, or was not acknowledged.
 */
export function unacknowledge(ids: readonly string[], said: Said, ground: Ground): Plan {
  const { author, comment } = checkedSaid(said)
  return changing(ids, ground, { kind: 'unacknowledge', author, comment }, stored => {
    if (stored.acknowledgement === null)
      throw new UsageError(`${stored.finding.id} is not acknowledged.`)
    return { ...stored, acknowledgement: null }
  })
}

/** @throws UsageError */
export function suppress(
  quiet: Quiet,
  { lifecycle: { holds }, atMs }: Ground,
  hash: Hash,
): Plan & { readonly suppression: Suppression } {
  const suppression = suppressionOf(quiet, atMs, hash)
  holds.checkRoomFor(suppression.id)
  const entries: readonly Act[] = [{ kind: 'suppress', atMs, suppression }]
  return { suppression, entries, apply: () => holds.suppress(suppression) }
}

/** @throws UsageError */
export function maintain(
  quiet: Quiet,
  { lifecycle: { holds }, atMs }: Ground,
  hash: Hash,
): Plan & { readonly maintenance: Maintenance } {
  const maintenance = maintenanceOf(quiet, atMs, hash)
  holds.checkRoomFor(maintenance.id)
  const entries: readonly Act[] = [{ kind: 'maintain', atMs, maintenance }]
  return { maintenance, entries, apply: () => holds.maintain(maintenance) }
}

/** @throws UsageError where nothing of that id is in force. */
export function end(id: string, author: string, { lifecycle: { holds }, atMs }: Ground): Plan {
  const name = checkedAuthor(author)
  holds.checkHas(id)
  return { entries: [{ kind: 'end', id, atMs, author: name }], apply: () => holds.end(id) }
}

function changing(
  ids: readonly string[],
  { lifecycle, known, atMs }: Ground,
  act: Pick<Act & { kind: 'acknowledge' | 'unacknowledge' }, 'kind' | 'author' | 'comment'>,
  change: (stored: StoredFinding) => StoredFinding,
): Plan {
  const unique = [...new Set(ids)]
  if (unique.length === 0 || unique.length > IDS_MAX)
    throw new UsageError(`${unique.length} findings are named. Name 1 to ${IDS_MAX}.`)
  const changed = unique.map(id => change(recordOf(id, lifecycle, known)))
  const entries = changed.flatMap((stored): readonly Entry[] => [
    { ...act, id: stored.finding.id, atMs },
    {
      ...{ kind: 'finding', phase: 'update', captureMs: lifecycle.captureMs ?? stored.lastMs },
      ...{ atMs, stored, isPage: false, held: null },
    },
  ])
  const apply = (): void => {
    for (const stored of changed) lifecycle.changed(stored)
  }
  return { entries, apply }
}

function recordOf(id: string, lifecycle: Lifecycle, known: readonly StoredFinding[]) {
  const stored = lifecycle.recordOf(id, known)
  if (stored !== undefined) return stored
  const shown = visible(id.slice(0, ID_CHARACTERS_SHOWN))
  throw new UsageError(`No finding is called "${shown}". "mpwatch findings" lists them.`)
}
