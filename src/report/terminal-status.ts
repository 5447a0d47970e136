// How things stand, for a terminal: the answer first, then who sees and who does not, then the numbers.

import type { DeskStatus, Quieted } from '../model/desk.ts'
import { openEquations } from '../model/ledger.ts'
import { type InterfaceState, isL1Closed } from '../model/live.ts'
import { isOutputClosed } from '../model/output.ts'
import { isL6Closed } from '../model/store.ts'
import { counted, grouped } from '../model/text.ts'
import { duration } from '../model/time.ts'
import { hanging, wrap } from './layout.ts'
import { table } from './table.ts'
import { momentText } from './terminal-common.ts'
import { type Room, scopeText } from './terminal-stored.ts'

const MEBIBYTE = 1_048_576
const NS_PER_MS = 1e6

export function statusLines(status: DeskStatus, room: Room): readonly string[] {
  return [
    ...wrap(status.sentence, room.width).map(line => room.paint('bold', line)),
    ...blindLines(status, room),
    '',
    ...interfaceLines(status, room),
    ...section('Judged by', [...judgedBy(status), ...refusedTexts(status)], room),
    ...section('Store', storeTexts(status), room),
    ...(status.outputs.length === 0 ? [] : section('Outputs', outputTexts(status), room)),
    ...(status.isWatching ? section('Ledger', ledgerTexts(status), room) : []),
  ]
}

/** Never left out: what nobody saw is not compliance. */
function blindLines(status: DeskStatus, room: Room): readonly string[] {
  const { blind, interfaces, captureMs } = status
  // What is played has the time of its packets.
  const isPlayed = interfaces.some(({ tool }) => tool === 'replay')
  const atMs = isPlayed ? (captureMs ?? status.atMs) : status.atMs
  return blind.flatMap(({ sensor, fromMs, detail }) =>
    hanging(
      '! ',
      `${sensor} is blind since ${momentText(fromMs)} (${lasting(atMs - fromMs)}): ${detail}`,
      room.width,
      label => room.paint('high', label),
    ),
  )
}

const lasting = (ms: number): string => duration(Math.max(0, ms) * NS_PER_MS)

function interfaceLines({ interfaces, isWatching }: DeskStatus, room: Room): readonly string[] {
  if (!isWatching) return ['This is what its store holds.', '']
  if (interfaces.length === 0) return ['Nothing is watched.', '']
  const columns = ['state', 'packets', 'dropped', 'restarts', 'last'].map((head, rank) => ({
    head,
    rank,
  }))
  const rows = interfaces.map(state => ({
    label: `${state.name} (${state.sensor}, ${state.tool})`,
    isMarked: state.state === 'blind',
    cells: [
      ...[state.state, grouped(state.received), grouped(droppedOf(state))],
      ...[grouped(state.restarts), state.lastMs === null ? 'never' : momentText(state.lastMs)],
    ],
    remark: state.isTimedOnArrival ? 'Timed on arrival: latencies are not judged.' : '',
  }))
  return [...table(columns, rows, room), '']
}

const droppedOf = ({ kernelDropped, helperDropped, interfaceDropped }: InterfaceState): number =>
  kernelDropped + helperDropped + interfaceDropped

function judgedBy(status: DeskStatus): readonly string[] {
  const { version, site, policyHash, siteHash, generation, startedMs, captureMs } = status
  if (!status.isWatching)
    return policyHash === ''
      ? ['nobody yet']
      : [`policy ${shortened(policyHash)}, site ${site} ${shortened(siteHash)}`]
  const clock = captureMs === null ? 'no packet yet' : `capture clock ${momentText(captureMs)}`
  return [
    `mpwatch ${version} since ${momentText(startedMs)}, ${clock}`,
    `policy ${shortened(policyHash)}, site ${site} ${shortened(siteHash)}, loaded ${counted(generation, 'time')}`,
  ]
}

/** The first of what is wrong; "mpwatch reload" tells everything. */
function refusedTexts({ refused }: DeskStatus): readonly string[] {
  if (refused === null) return []
  // Lines that are set in show the place.
  const [first = '', ...others] = refused.problems.filter(line => !line.startsWith(' '))
  const more = others.length === 0 ? '' : ` (and ${counted(others.length, 'problem')} more)`
  const when = momentText(refused.atMs)
  return [
    `REFUSED: newer rules, ${when}; those above stay in force. ${first}${more} Mend them, then: mpwatch reload`,
  ]
}

const shortened = (hash: string): string => hash.slice(0, 'sha256:'.length + 12)

function storeTexts({ isWatching, store, leftOut }: DeskStatus): readonly string[] {
  const { rows, findings, bytes, bytesMax, oldestMs, expired } = store
  const mebibytes = (of: number) => grouped(Math.round(of / MEBIBYTE))
  // How much it may hold, and what became of its rows, is known to whoever watches.
  const most = isWatching ? ` of ${mebibytes(bytesMax)}` : ''
  const since = oldestMs === null ? '' : `, since ${momentText(oldestMs)}`
  const missing = rows.lost + leftOut.flows + leftOut.points
  const books = `${grouped(rows.offered)} rows = ${grouped(rows.stored)} stored + ${grouped(rows.waiting)} waiting + ${grouped(rows.lost)} lost; ${grouped(expired)} expired`
  return [
    ...(store.state === 'healthy' ? [] : [`DEGRADED: ${store.reason ?? 'nobody knows why'}`]),
    `${counted(findings.all, 'finding')}, ${grouped(findings.open)} open`,
    `${mebibytes(bytes)}${most} MiB${since}`,
    ...(isWatching ? [books] : []),
    ...(missing === 0 ? [] : [`${counted(missing, 'row')} of flows and points could not be kept`]),
  ]
}

/** What is fed from the store: whether it arrives, and where each row of it is. */
function outputTexts({ outputs }: DeskStatus): readonly string[] {
  return outputs.flatMap(({ name, kind, where, state, reason, books, lastMs, retries }) => {
    const { enqueued, acked, pending, deadLettered, expired } = books
    const last = lastMs === null ? 'nothing delivered yet' : `last at ${momentText(lastMs)}`
    const what = kind === 'influx' ? 'point' : 'notice'
    return [
      `${name}, ${where}: ${state}, ${last}`,
      ...(state === 'healthy' ? [] : [`DEGRADED: ${reason ?? 'nobody knows why'}`]),
      `${counted(enqueued, what)} = ${grouped(acked)} taken + ${grouped(pending)} waiting + ${grouped(deadLettered)} in dead letters + ${grouped(expired)} expired; ${counted(retries, 'failed try', 'failed tries')}`,
    ]
  })
}

function ledgerTexts({ ledger, interfaces, store, outputs }: DeskStatus): readonly string[] {
  const open = [
    ...interfaces.filter(state => !isL1Closed(state)).map(({ name }) => `L1 of ${name} is open`),
    ...(ledger === null ? [] : openEquations(ledger)),
    ...(isL6Closed(store) ? [] : ['L6 of the store is open']),
    ...outputs
      .filter(({ books }) => !isOutputClosed(books))
      .map(({ name }) => `L6 of ${name} is open`),
  ]
  if (open.length > 0)
    return [`Not everything is accounted for. This is a fault of mpwatch: ${open.join('; ')}`]
  return [
    ledger === null
      ? 'No packet was judged yet.'
      : `Every packet is accounted for: ${grouped(ledger.reader.seen)} seen, ${grouped(ledger.flows.created)} flows.`,
  ]
}

function section(
  heading: string,
  texts: readonly string[],
  { paint, width }: Room,
): readonly string[] {
  return [paint('bold', heading), ...texts.flatMap(text => hanging('  ', text, width))]
}

/** What holds pages back, or will. */
export function quietedLines(
  { suppressions, maintenances }: Quieted,
  room: Room,
): readonly string[] {
  if (suppressions.length + maintenances.length === 0) return ['Nothing is held back.']
  const lines = (word: string, all: Quieted['suppressions']) =>
    all.flatMap(({ id, scope, fromMs, untilMs, author, reason }) => [
      `${room.paint('bold', id)}  ${word}, ${momentText(fromMs)} to ${momentText(untilMs)}, by ${author}`,
      ...hanging('    ', scopeText(scope), room.width),
      ...hanging('    ', reason, room.width),
    ])
  return [...lines('suppression', suppressions), ...lines('maintenance', maintenances)]
}
