// What people may say: who they are, why, from when and until when. Each refusal says what would be right.

import type { Quiet, Said } from '../model/desk.ts'
import { UsageError } from '../model/errors.ts'
import type { Maintenance, Suppression } from '../model/lifecycle.ts'
import { visible } from '../model/text.ts'
import { checkedScope } from './scope.ts'

/** Any hash of text to at least 12 hex digits. */
export type Hash = (text: string) => string

const ID_DIGITS = 12
const AUTHOR_CHARACTERS_MAX = 64
const REASON_CHARACTERS_MIN = 10
const TEXT_CHARACTERS_MAX = 2_000
const DAY_MS = 86_400_000
const QUIET_DAYS_MAX = 90
const AHEAD_DAYS_MAX = 366

/** `f-`, `s-` or `m-`, and the first 12 hex digits of the parts' hash. */
export const idOf = (letter: 'f' | 's' | 'm', parts: readonly unknown[], hash: Hash): string =>
  `${letter}-${hash(JSON.stringify(parts)).slice(0, ID_DIGITS)}`

/** @throws UsageError */
export function checkedSaid({ author, comment }: Said): Said {
  return { author: checkedAuthor(author), comment: checkedText('comment', comment, 0) }
}

/** @throws UsageError */
export function suppressionOf(quiet: Quiet, atMs: number, hash: Hash): Suppression {
  const scope = checkedScope(quiet.scope, { beEmpty: false })
  const reason = checkedText('reason', quiet.reason, REASON_CHARACTERS_MIN)
  const author = checkedAuthor(quiet.author)
  if (quiet.fromMs !== null && quiet.fromMs !== atMs)
    throw new UsageError('A suppression begins at once. For later, announce maintenance.')
  const { untilMs } = checkedWindow(atMs, quiet.untilMs, atMs)
  const id = idOf('s', [scope, reason, author, atMs, untilMs], hash)
  return { id, scope, reason, author, fromMs: atMs, untilMs }
}

/** @throws UsageError */
export function maintenanceOf(quiet: Quiet, atMs: number, hash: Hash): Maintenance {
  const scope = checkedScope(quiet.scope, { beEmpty: true })
  const reason = checkedText('reason', quiet.reason, REASON_CHARACTERS_MIN)
  const author = checkedAuthor(quiet.author)
  const window = checkedWindow(quiet.fromMs ?? atMs, quiet.untilMs, atMs)
  if (window.fromMs > atMs + AHEAD_DAYS_MAX * DAY_MS)
    throw new UsageError(`Maintenance begins within ${AHEAD_DAYS_MAX} days, or is not yet known.`)
  const id = idOf('m', [scope, reason, author, window.fromMs, window.untilMs], hash)
  return { id, scope, reason, author, ...window }
}

export function checkedAuthor(author: string): string {
  const name = author.trim()
  if (name === '' || name.length > AUTHOR_CHARACTERS_MAX || visible(name) !== name)
    throw new UsageError(
      `The author "${visible(name.slice(0, AUTHOR_CHARACTERS_MAX))}" is no name. ` +
        `Give 1 to ${AUTHOR_CHARACTERS_MAX} visible characters.`,
    )
  return name
}

function checkedText(what: string, text: string, charactersMin: number): string {
  const said = text.trim()
  // What cannot be seen does not count as something that was said.
  const { length } = said.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, '')
  if (length < charactersMin)
    throw new UsageError(
      `The ${what} has ${length} characters. Say in at least ${charactersMin} why, for those who come after you.`,
    )
  if (said.length > TEXT_CHARACTERS_MAX)
    throw new UsageError(
      `The ${what} has ${said.length} characters. At most ${TEXT_CHARACTERS_MAX} are kept.`,
    )
  return said
}

function checkedWindow(fromMs: number, untilMs: number, atMs: number) {
  if (!Number.isSafeInteger(fromMs) || !Number.isSafeInteger(untilMs))
    throw new UsageError('A beginning or an end is no time in whole milliseconds.')
  if (untilMs <= Math.max(fromMs, atMs))
    throw new UsageError('It would be over before it begins. Give an end that is still to come.')
  if (untilMs - fromMs > QUIET_DAYS_MAX * DAY_MS)
    throw new UsageError(
      `It would last ${Math.ceil((untilMs - fromMs) / DAY_MS)} days. At most ${QUIET_DAYS_MAX} are allowed; say it again then.`,
    )
  return { fromMs, untilMs }
}
