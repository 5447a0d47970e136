// A message of syslog: RFC 5424 in full, with the facts of a finding as structured data, so that nothing has to be
// read out of a sentence. Hostile text cannot leave its value: GHSA-8h6h-x5pq-56fq.

import { isoMicros, ofMs } from '../model/time.ts'
import { fitting } from './fitting.ts'
import type { Grounds } from './grounds.ts'
import type { Level } from './level.ts'
import type { Message } from './messages.ts'

/** RFC 5425, 4.3.1, and RFC 5426, 3.2, want 2,048 taken, and better 8,192. */
export const MESSAGE_BYTES_MAX = 8192
const VALUE_BYTES_MAX = 256
/**
 * RFC 5612 sets 32473 aside for examples; mpwatch has no number of its own, and SD-IDs without one are IANA's alone
 * (RFC 5424, 6.3.2).
 */
const SD_ID = 'mpwatch@32473'
const BOM = '\uFEFF'
/** RFC 5424, 6: lengths of the header's words. */
const HOSTNAME_MAX = 255
const WORD_MAX = 32

/** RFC 5424, 6.2.1. */
const SEVERITIES: Readonly<Record<Level, number>> = {
  ...{ critical: 2, high: 3, medium: 4, low: 5, info: 6 },
}

/** The whole message without any framing. */
export function syslogMessage(
  message: Message,
  facility: number,
  grounds: Pick<Grounds, 'hostname' | 'processId'>,
): Buffer {
  const head = `${headerOf(message, facility, grounds)} ${structured(message)} ${BOM}`
  return Buffer.from(`${head}${fitting(sentenceOf(message), MESSAGE_BYTES_MAX - bytesOf(head))}`)
}

/** The header up to its message id, which is the kind of notice. */
export function headerOf(
  { notice, level }: Message,
  facility: number,
  { hostname, processId }: Pick<Grounds, 'hostname' | 'processId'>,
): string {
  const priority = facility * 8 + SEVERITIES[level]
  const time = isoMicros(...ofMs(notice.atMs))
  return [
    `<${priority}>1 ${time.replace('+0000', 'Z')}`,
    ...[word(hostname, HOSTNAME_MAX), 'mpwatch', word(String(processId), WORD_MAX)],
    word(notice.kind, WORD_MAX),
  ].join(' ')
}

/** RFC 6587, 3.4.1, and RFC 5425, 4.3: the length in bytes goes before. */
export const octetCounted = (message: Buffer): Buffer =>
  Buffer.concat([Buffer.from(`${message.length} `), message])

const bytesOf = (text: string): number => Buffer.byteLength(text)

/** PRINTUSASCII of RFC 5424; `-` is nothing. */
const word = (text: string, max: number): string =>
  text.replace(/[^!-~]/g, '_').slice(0, max) || '-'

const sentenceOf = ({ title, alert }: Message): string =>
  alert === null ? title : `${title}. To fix: ${alert.finding.fix}`

function structured(message: Message): string {
  const params = Object.entries(factsOf(message))
    .filter(([, value]) => value !== null && value !== '')
    .map(([name, value]) => ` ${name}="${fitting(String(value), VALUE_BYTES_MAX, escaped)}"`)
  return `[${SD_ID}${params.join('')}]`
}

/** RFC 5424, 6.3.3. */
const escaped = (character: string): string =>
  character === '"' || character === '\\' || character === ']' ? `\\${character}` : character

type Facts = Readonly<Record<string, string | number | null>>

const factsOf = (message: Message): Facts => ({
  ...{ id: message.notice.id, seq: message.notice.seq },
  ...{ part: message.part, parts: message.parts },
  ...{ route: message.notice.route, site: message.notice.site },
  ...noticeFacts(message.notice),
  ...(message.alert === null ? {} : alertFacts(message.alert)),
})

function noticeFacts(notice: Message['notice']): Facts {
  if (notice.kind === 'findings') return { repeat: notice.isRepeat ? 'true' : 'false' }
  if (notice.kind === 'digest') {
    const { notices, more, troubles } = notice
    return { notices, more, troubles: troubles.join(', ') }
  }
  if (notice.kind === 'output')
    return { output: notice.output, state: notice.state, why: notice.reason }
  if (notice.kind === 'test') return { author: notice.author }
  if (notice.kind !== 'blind') return {}
  const { id, sensor, cause, interface: name, fromMs, toMs, detail } = notice.interval
  return { blind: id, sensor, interface: name, cause, from_ms: fromMs, to_ms: toMs, detail }
}

function alertFacts({ finding, phase, episodes }: NonNullable<Message['alert']>): Facts {
  const { id, severity, verdict, reason, confidence, row, source, destination } = finding
  const { service, members, first, last, examples } = finding
  return {
    ...{ finding: id, phase, severity, verdict, reason, confidence, row },
    ...{ source, destination, service, members, episodes, first, last },
    ...flowFacts(examples[0]),
  }
}

/** ICMP has types where others have ports, and those stand in the event file. */
function flowFacts(
  example: NonNullable<Message['alert']>['finding']['examples'][number] | undefined,
) {
  if (example === undefined) return {}
  const { src_ip, dest_ip, proto, community_id } = example
  const hasPorts = proto === 'TCP' || proto === 'UDP'
  const ports = hasPorts ? { src_port: example.src_port, dst_port: example.dest_port } : {}
  return { src_ip, dst_ip: dest_ip, ...ports, proto, community_id }
}
