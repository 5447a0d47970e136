// Compares exchanges of NTP with what follows from an independent dissector's table of their messages
// (truth/ntp.tsv): stratum, leap and poll as they stand there, offset and delay from the four times and the
// two times of capture, in whole nanoseconds.

import type { Disagreement } from './compare.ts'
import { type End, endText } from './conversations.ts'
import { qualityEvents } from './eve.ts'
import type { Row } from './tables.ts'

/** EVE tells microseconds. */
const ERROR_MS_MAX = 0.002
const ANSWER_NS_MAX = 60_000_000_000n
const [CLIENT, SERVER] = ['3', '4']
const DAY_MS = 86_400_000

/** An answer of one end to the other. */
export interface TimeExchange {
  /** `192.0.2.1:123 > 192.0.2.2:123 1439753726.289699`: who answers whom, and when. */
  readonly name: string
  readonly stratum: number
  readonly leap: number
  readonly pollS: number | null
  /** Null where the client hides its clock, or the server tells no time. */
  readonly offsetMs: number | null
  readonly delayMs: number
}

export interface TimeComparison {
  readonly file: string
  /** Of the truth. */
  readonly exchanges: number
  readonly agreed: number
  readonly disagreements: readonly Disagreement[]
}

interface Message {
  readonly row: Row
  readonly from: string
  readonly to: string
  readonly timeNs: bigint
}

/** The exchanges of each file. */
export function truthTimes(rows: readonly Row[]): ReadonlyMap<string, readonly TimeExchange[]> {
  const files = new Set(rows.map(row => row('file')))
  const of = (file: string) => truthExchanges(rows.filter(row => row('file') === file))
  return new Map([...files].map(file => [file, of(file)]))
}

/** The exchanges in a file, from its rows of truth/ntp.tsv. */
export function truthExchanges(rows: readonly Row[]): readonly TimeExchange[] {
  const messages = rows.filter(row => row('flags.mode') !== '').map(messageOf)
  const answered = new Set<Message>()
  return messages.flatMap(answer => {
    if (answer.row('flags.mode') !== SERVER) return []
    const request = messages.find(one => !answered.has(one) && isAsked(one, answer))
    if (request === undefined) return []
    answered.add(request)
    const exchange = exchangeOf(request, answer)
    return exchange === null ? [] : [exchange]
  })
}

/** What runs inside a tunnel has the addresses of all layers: the innermost are the last. */
function messageOf(row: Row): Message {
  const last = (column: string) => row(column).split(',').at(-1) ?? ''
  const end = (which: string): End => ({
    address: last(which),
    port: Number(last(`${which}_port`)),
  })
  return { row, from: endText(end('src')), to: endText(end('dst')), timeNs: nanosOf(row('time')) }
}

const isAsked = (request: Message, answer: Message): boolean =>
  request.row('flags.mode') === CLIENT &&
  request.from === answer.to &&
  request.to === answer.from &&
  request.row('xmt') !== 'NULL' &&
  request.row('xmt') === answer.row('org') &&
  request.timeNs <= answer.timeNs &&
  answer.timeNs - request.timeNs <= ANSWER_NS_MAX

/** Null where the server's times cannot be: RFC 5905, 8. */
function exchangeOf(request: Message, { row, from, to, timeNs }: Message): TimeExchange | null {
  const [t1, t2, t3] = [request.row('xmt'), row('rec'), row('xmt')].map(dateNs)
  if (t1 == null || t2 == null || t3 == null || t3 < t2) return null
  const betweenNs = timeNs - request.timeNs
  const delayNs = betweenNs - (t3 - t2)
  const offsetMs = Number(t1 - request.timeNs - (t3 - timeNs)) / 1e6
  const poll = Number(request.row('ppoll'))
  const tellsTime = row('stratum') !== '0'
  return {
    name: `${from} > ${to} ${secondsText(timeNs)}`,
    ...{ stratum: Number(row('stratum')), leap: Number(row('flags.li')) },
    pollS: poll < 1 || poll > 17 ? null : 2 ** poll,
    offsetMs: tellsTime && Math.abs(offsetMs) <= DAY_MS ? offsetMs : null,
    delayMs: Number(tellsTime && delayNs > 0n ? delayNs : tellsTime ? 0n : betweenNs) / 1e6,
  }
}

/** `1439753726.191168000` in nanoseconds. */
function nanosOf(seconds: string): bigint {
  const [whole = '0', fraction = ''] = seconds.split('.')
  return BigInt(whole) * 1_000_000_000n + BigInt(fraction.padEnd(9, '0').slice(0, 9) || '0')
}

/** `Aug 16, 2015 19:35:26.161788296 UTC` in Unix nanoseconds; null for `NULL`. */
function dateNs(text: string): bigint | null {
  const [, date = '', fraction = ''] = /^(.+?)\.(\d{9}) UTC$/.exec(text) ?? []
  if (date === '') return null
  return BigInt(Date.parse(`${date} UTC`)) * 1_000_000n + BigInt(fraction)
}

const secondsText = (ns: bigint): string =>
  `${ns / 1_000_000_000n}.${String(ns % 1_000_000_000n)
    .padStart(9, '0')
    .slice(0, 6)}`

/** What of an event is compared. */
interface TimeEvent {
  readonly stratum: number
  readonly leap: number
  readonly poll_s: number | null
  readonly offset_ms: number | null
  readonly delay_ms: number
}

/** The exchanges that EVE lines tell of. */
export function exchangesOf(eve: string): readonly TimeExchange[] {
  return qualityEvents<TimeEvent>(eve, 'ntp').map(({ quality, timestamp, from, to }) => {
    const seconds = Date.parse(`${timestamp.slice(0, 19)}Z`) / 1000
    return {
      name: `${endText(from)} > ${endText(to)} ${seconds}.${timestamp.slice(20, 26)}`,
      ...{ stratum: quality.stratum, leap: quality.leap, pollS: quality.poll_s },
      ...{ offsetMs: quality.offset_ms, delayMs: quality.delay_ms },
    }
  })
}

export function compareTimes(
  file: string,
  truth: readonly TimeExchange[],
  found: readonly TimeExchange[],
): TimeComparison {
  const ours = new Map(found.map(one => [one.name, one]))
  const disagreements: Disagreement[] = []
  for (const expected of truth) {
    const one = ours.get(expected.name)
    ours.delete(expected.name)
    const says = one === undefined ? ['not found'] : differences(expected, one)
    for (const what of says) disagreements.push({ file, subject: expected.name, says: what })
  }
  for (const { name } of ours.values())
    disagreements.push({ file, subject: name, says: 'found, and not in the table' })
  const differing = new Set(disagreements.map(({ subject }) => subject))
  const agreed = truth.filter(({ name }) => !differing.has(name)).length
  return { file, exchanges: truth.length, agreed, disagreements }
}

function differences(truth: TimeExchange, one: TimeExchange): readonly string[] {
  const exact = (['stratum', 'leap', 'pollS'] as const).filter(key => truth[key] !== one[key])
  const near = (['offsetMs', 'delayMs'] as const).filter(key => !isNear(truth[key], one[key]))
  return [...exact, ...near].map(key => `${key} is ${one[key]}, and by the table ${truth[key]}`)
}

const isNear = (one: number | null, other: number | null): boolean =>
  one === null || other === null ? one === other : Math.abs(one - other) <= ERROR_MS_MAX

/** What is to be said of all captures. None of the differences has a reason to stand. */
export function timeLines(comparisons: readonly TimeComparison[]) {
  const sum = (key: 'exchanges' | 'agreed') =>
    comparisons.reduce((total, comparison) => total + comparison[key], 0)
  const differing = comparisons.flatMap(({ disagreements }) => disagreements)
  return {
    areRight: differing.length === 0,
    lines: [
      '\nclocks, against the times that the dissector read:',
      ...differing.map(({ file, subject, says }) => `${file}  ${subject}  ${says}`),
      `${sum('agreed')} of ${sum('exchanges')} exchanges agree.`,
    ],
  }
}
