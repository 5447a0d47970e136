// CEF, the event format of ArcSight, version 0, as the text of a syslog message: the columns of semantics.md 3.7. Custom
// strings carry their labels with them.

import { signatureId } from '../sinks/eve-alert.ts'
import { fitting } from './fitting.ts'
import type { Grounds } from './grounds.ts'
import type { Level } from './level.ts'
import type { Message } from './messages.ts'
import { headerOf } from './syslog.ts'

// Together they keep the message below the bound of syslog.ts: ten values, five parts of the header, and `msg`.
const HEADER_BYTES_MAX = 512
const VALUE_BYTES_MAX = 256
const MSG_BYTES_MAX = 1023

/** 0 to 10; from 7 on it is high to those who read it. */
const SEVERITIES: Readonly<Record<Level, number>> = {
  ...{ critical: 10, high: 8, medium: 6, low: 3, info: 1 },
}

/**
 * RFC 5424 without structured data and with CEF as its text. No byte order mark before it: RFC 5424, 6.4, lets text of
 * any encoding go without, and readers of CEF look for `CEF:` at the beginning.
 */
export function cefMessage(
  message: Message,
  facility: number,
  grounds: Pick<Grounds, 'hostname' | 'processId' | 'version'>,
): Buffer {
  return Buffer.from(`${headerOf(message, facility, grounds)} - ${cefOf(message, grounds)}`)
}

function cefOf(message: Message, grounds: Pick<Grounds, 'hostname' | 'version'>): string {
  const { alert, notice, title, level } = message
  const id = alert === null ? notice.kind : String(signatureId(alert.finding.row))
  const header = ['mpwatch', 'mpwatch', grounds.version, id, title]
    .map(part => fitting(part, HEADER_BYTES_MAX, inHeader))
    .join('|')
  const extension = Object.entries(fieldsOf(message, grounds.hostname))
    .filter(([, value]) => value !== null && value !== '')
    .map(([name, value]) => `${name}=${fitting(String(value), maxOf(name), inExtension)}`)
    .join(' ')
  return `CEF:0|${header}|${SEVERITIES[level]}|${extension}`
}

const maxOf = (name: string): number => (name === 'msg' ? MSG_BYTES_MAX : VALUE_BYTES_MAX)

const inHeader = (character: string): string =>
  character === '|' || character === '\\' ? `\\${character}` : character

/** Line breaks are spelled out before, as is everything else that is invisible. */
const inExtension = (character: string): string =>
  character === '=' || character === '\\' ? `\\${character}` : character

type Fields = Readonly<Record<string, string | number | null>>

const fieldsOf = (message: Message, hostname: string): Fields => ({
  ...{ dvchost: hostname, rt: message.alert?.captureMs ?? message.notice.atMs },
  ...(message.alert === null ? noticeFields(message) : alertFields(message.alert)),
  ...labelled('cs5', 'notice', `${message.notice.id}/${message.part}`),
  ...{ cn1: message.notice.seq, cn1Label: 'seq' },
})

function noticeFields({ notice, title }: Message): Fields {
  if (notice.kind === 'output')
    return { act: notice.state, ...labelled('cs1', 'output', notice.output), msg: notice.reason }
  if (notice.kind === 'digest') {
    const troubles = labelled('cs1', 'troubles', notice.troubles.join(', '))
    return { act: notice.kind, cnt: notice.notices, ...troubles, msg: title }
  }
  if (notice.kind !== 'blind') return { act: notice.kind, msg: title }
  const { id, sensor, cause, fromMs, toMs, detail } = notice.interval
  return {
    ...{ act: toMs === null ? 'blind' : 'sees_again', externalId: id, start: fromMs, end: toMs },
    ...labelled('cs1', 'sensor', sensor),
    ...labelled('cs2', 'cause', cause),
    msg: detail,
  }
}

function alertFields({ finding, phase, episodes }: NonNullable<Message['alert']>): Fields {
  const { id, verdict, reason, row, source, destination, members, first, last } = finding
  const { title, expected, fix, examples } = finding
  return {
    ...{ act: verdict, externalId: id, cnt: members },
    ...{ start: Date.parse(first), end: Date.parse(last) },
    ...flowFields(examples[0]),
    ...labelled('cs1', 'row', row),
    ...labelled('cs2', 'reason', reason),
    ...labelled('cs3', 'communityId', examples[0]?.community_id ?? null),
    ...labelled('cs4', 'phase', phase),
    ...labelled('cs6', 'ends', `${source} -> ${destination}`),
    ...{ cn2: episodes, cn2Label: 'episodes' },
    msg: `${title}. Allowed: ${expected}. To fix: ${fix}`,
  }
}

/** `src` and `dst` hold IPv4 alone; CEF has custom fields for IPv6. */
function flowFields(
  example: NonNullable<Message['alert']>['finding']['examples'][number] | undefined,
): Fields {
  if (example === undefined) return {}
  const { src_ip, src_port, dest_ip, dest_port, proto } = example
  const hasPorts = proto === 'TCP' || proto === 'UDP'
  return {
    ...(src_ip.includes(':') ? labelled('c6a2', 'Source IPv6 Address', src_ip) : { src: src_ip }),
    ...(dest_ip.includes(':')
      ? labelled('c6a3', 'Destination IPv6 Address', dest_ip)
      : { dst: dest_ip }),
    ...(hasPorts ? { spt: src_port, dpt: dest_port } : {}),
    proto,
  }
}

const labelled = (name: string, label: string, value: string | null): Fields =>
  value === null ? {} : { [name]: value, [`${name}Label`]: label }
