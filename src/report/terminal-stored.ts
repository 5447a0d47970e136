// Findings of the history for a terminal: a list of them, or one with everything that is known of it.

import type { FindingEvent, Scope, StoredFinding } from '../model/lifecycle.ts'
import { counted, grouped } from '../model/text.ts'
import { hanging, type Paint, padded } from './layout.ts'
import { type Column, table } from './table.ts'
import { momentText } from './terminal-common.ts'
import { findingLines, SHAPES } from './terminal-finding.ts'

export interface Room {
  readonly paint: Paint
  readonly width: number
}

const SEVERITY_WIDTH = 8
const LABEL_WIDTH = 10
const EVENTS_SHOWN_MAX = 100
const COLUMNS: readonly Column[] = [
  { head: 'state', rank: 1 },
  { head: 'row', rank: 1 },
  { head: 'times', rank: 2 },
  { head: 'last', rank: 3 },
  { head: 'acked by', rank: 4 },
]

/** Rows in the order in which they were given; everything in them harmless to print. */
export function storedLines(
  findings: readonly StoredFinding[],
  total: number,
  room: Room,
): readonly string[] {
  if (findings.length === 0) return ['No finding fits.']
  const rows = findings.map(({ finding, state, lastMs, acknowledgement, storm }) => ({
    label: `${SHAPES[finding.severity]} ${padded(finding.severity, SEVERITY_WIDTH)} ${finding.id}`,
    colour: finding.severity === 'info' ? ('dim' as const) : finding.severity,
    isMarked: false,
    cells: [
      ...[state, finding.row, grouped(finding.members), momentText(lastMs)],
      acknowledgement?.author ?? '-',
    ],
    remark: storm === null ? finding.title : `${finding.title} (part of storm ${storm})`,
  }))
  const shown =
    total > findings.length
      ? `${counted(total, 'finding')}, the first ${grouped(findings.length)} of them; --limit shows more.`
      : `${counted(total, 'finding')}.`
  return [...table(COLUMNS, rows, room), '', shown]
}

/** Of one finding, the oldest first. */
export interface ShownEvents {
  readonly events: readonly FindingEvent[]
  /** How many came before these. */
  readonly leftOut: number
}

/** Everything about one, with its history, the oldest first. */
export function storedInFull(
  stored: StoredFinding,
  { events, leftOut }: ShownEvents,
  room: Room,
): readonly string[] {
  const part = (label: string, text: string): readonly string[] =>
    hanging(`  ${padded(label, LABEL_WIDTH)}`, text, room.width, dressed =>
      room.paint('dim', dressed),
    )
  const { acknowledgement, storm } = stored
  const hidden = leftOut + Math.max(0, events.length - EVENTS_SHOWN_MAX)
  return [
    ...findingLines(stored.finding, room),
    ...part('Id', stored.finding.id),
    ...part('State', stateText(stored)),
    ...(storm === null ? [] : part('Storm', storm)),
    ...(acknowledgement === null
      ? []
      : part(
          'Acked by',
          [
            `${acknowledgement.author}, ${momentText(acknowledgement.atMs)}`,
            ...(acknowledgement.comment === '' ? [] : [acknowledgement.comment]),
          ].join(': '),
        )),
    '',
    room.paint('bold', 'History'),
    ...(hidden > 0 ? [`  ${grouped(hidden)} earlier events; mpwatch export events has all.`] : []),
    ...events.slice(-EVENTS_SHOWN_MAX).flatMap(event => eventLines(event, room)),
  ]
}

function stateText({ state, firstOpenedMs, openedMs, closedMs, episodes }: StoredFinding): string {
  const since = `open since ${momentText(openedMs)}`
  const first =
    episodes > 1 ? `, opened ${counted(episodes, 'time')}, first ${momentText(firstOpenedMs)}` : ''
  return state === 'open' || closedMs === null
    ? since + first
    : `closed ${momentText(closedMs)}, opened ${momentText(openedMs)}${first}`
}

function eventLines(
  { phase, captureMs, stored, isPage, held }: FindingEvent,
  room: Room,
): string[] {
  const { members, severity } = stored.finding
  const by = held === null ? '' : `, held by ${held.by}${held.id === null ? '' : ` ${held.id}`}`
  const page = isPage ? `, page${by}` : ''
  return hanging(
    `  ${momentText(captureMs)}  `,
    `${phase}: ${severity}, ${counted(members, 'time')}${page}`,
    room.width,
    label => room.paint('dim', label),
  )
}

const SCOPE_WORDS: Readonly<Record<keyof Scope, string>> = {
  ids: 'finding',
  rows: 'row',
  verdicts: 'verdict',
  reasons: 'reason',
  severities: 'severity',
  nodes: 'node',
  sources: 'source',
  destinations: 'destination',
}

/** `row I-12 or I-13, node app-a`; `everything` for an empty scope. */
export function scopeText(scope: Scope): string {
  const parts = (Object.keys(SCOPE_WORDS) as (keyof Scope)[]).flatMap(name => {
    const words = scope[name]
    return words === undefined ? [] : [`${SCOPE_WORDS[name]} ${words.join(' or ')}`]
  })
  return parts.length === 0 ? 'everything' : parts.join(', ')
}
