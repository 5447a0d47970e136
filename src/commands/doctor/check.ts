// What the doctor finds: one sentence on one thing, and the commands that mend it.

import { counted, inertJson, visible } from '../../model/text.ts'

export interface Check {
  /** The same on every machine and in every run: `permission`, `store`. */
  readonly id: string
  /** What it is about where there are several: an interface, a file. */
  readonly of: string | null
  /** `fail` would keep watching from working; `warn` makes it worse, or cannot be told. */
  readonly state: 'ok' | 'warn' | 'fail'
  readonly text: string
  /** To be typed as they stand, in this order. */
  readonly fix: readonly string[]
}

/** A check of that id, and of that thing. */
export const checkOf =
  (id: string, of: string | null = null) =>
  (state: Check['state'], text: string, ...fix: readonly string[]): Check => ({
    ...{ id, of, state, text, fix },
  })

const SIGNS = { ok: '✓', warn: '!', fail: '✗' } as const

export function textOf(checks: readonly Check[]): string {
  const lines = checks.flatMap(({ id, of, state, text, fix }) => [
    `${SIGNS[state]} ${[id, of ?? []].flat().join(' ')}: ${text}`,
    ...fix.map(command => `      ${command}`),
  ])
  const failed = checks.filter(({ state }) => state === 'fail').length
  const remarks = checks.filter(({ state }) => state === 'warn').length
  const answer =
    failed === 0
      ? 'Nothing keeps mpwatch watch from working'
      : `${counted(failed, 'thing')} would keep mpwatch watch from working`
  const rest = remarks === 0 ? '' : `; ${counted(remarks, 'remark')}`
  return `${[...lines, '', `${answer}${rest}.`].map(visible).join('\n')}\n`
}

export const jsonOf = (checks: readonly Check[]): string =>
  `${inertJson(JSON.stringify({ ok: isWell(checks), checks }, null, 2))}\n`

export const isWell = (checks: readonly Check[]): boolean =>
  checks.every(({ state }) => state !== 'fail')
