// How things stand, in one sentence: compliant as observed, violations that are open, or not observed. Never
// compliant where nobody could see it (ux.md, Overview).

import type { DeskStatus } from '../model/desk.ts'
import type { BlindCause, BlindInterval } from '../model/live.ts'
import { counted } from '../model/text.ts'

export type Grounds = Pick<
  DeskStatus,
  'isWatching' | 'captureMs' | 'interfaces' | 'blind' | 'ledger'
> & { readonly violations: number }

type Standing = Pick<DeskStatus, 'state' | 'sentence'>

const CAUSES: Readonly<Record<BlindCause, string>> = {
  link_down: 'has no link',
  interface_gone: 'is gone',
  child_ended: 'is not captured from, as the capturing program ended',
  child_hung: 'is not captured from, as the capturing program hung',
  no_permission: 'may not be captured from',
  no_tool: 'is not captured from, as no capturing program is installed',
  damaged_stream: 'delivers what is no capture',
  silent: 'has fallen silent',
  one_way: 'shows one direction only',
  drops: 'loses packets before they are seen',
  not_running: 'was not watched',
}
const NAMED_MAX = 3

export function standingOf(grounds: Grounds): Standing {
  const gap = gapOf(grounds)
  const { violations } = grounds
  if (violations > 0) {
    const open = `${counted(violations, 'violation')} open.`
    return { state: 'violations', sentence: gap === null ? open : `${open} ${gap}` }
  }
  if (gap !== null) return { state: 'not_observed', sentence: `Not observed. ${gap}` }
  return { state: 'compliant', sentence: 'Compliant as observed.' }
}

/** Why the observation is not whole; null where it is. */
function gapOf({ isWatching, captureMs, interfaces, blind, ledger }: Grounds): string | null {
  if (!isWatching) return 'No monitor is running.'
  if (captureMs === null) return 'No packet has come yet.'
  if (blind.length > 0) return inWords(blind)
  const without = interfaces.find(({ state }) => state === 'blind')
  if (without !== undefined) return `${without.name} sees nothing.`
  return hasSiteFlow(ledger) ? null : 'No flow of the site has been seen.'
}

function inWords(blind: readonly BlindInterval[]): string {
  const named = blind.slice(0, NAMED_MAX).map(({ interface: name, sensor, cause }) => {
    const whole = cause === 'not_running' ? 'The monitor' : sensor
    return `${name ?? whole} ${CAUSES[cause]}`
  })
  const others = blind.length - named.length
  const more = others === 0 ? [] : [`${counted(others, 'interval')} more`]
  return `${[...named, ...more].join('; ')}.`
}

function hasSiteFlow(ledger: Grounds['ledger']): boolean {
  const verdicts = ledger?.verdicts ?? null
  if (verdicts === null) return false
  const { out_of_scope: _, pending: __, ...ofSite } = verdicts
  return Object.values(ofSite).some(flows => flows > 0)
}
