// What a webhook is sent: one JSON object for each notice, described by schemas/notice.schema.json. The worst findings in
// full, further ones in short, so that it stays within what receivers take.

import type { Notice, ToldAlert } from '../model/alert.ts'
import type { ReportedFinding } from '../model/result.ts'
import { inertJson } from '../model/text.ts'
import { isoNanos, ofMs } from '../model/time.ts'
import { citation } from '../model/words.ts'
import { levelOf } from './level.ts'
import { linesOf, subjectOf } from './words.ts'

const SCHEMA = 'mpwatch/notice/1'
const FULL_MAX = 50
const TEXT_MAX = 2000

/** One line of JSON, in which no character is invisible. */
export const webhookBody = (notice: Notice, version: string): string =>
  inertJson(JSON.stringify({ ...headOf(notice, version), ...restOf(notice) }, short))

/** Receivers get the text as it is, up to a length; `text` is made of lines that were cut. */
const short = (name: string, value: unknown): unknown =>
  typeof value === 'string' && value.length > TEXT_MAX && name !== 'text'
    ? `${value.slice(0, TEXT_MAX)}…`
    : value

const headOf = (notice: Notice, version: string): object => ({
  ...{ schema: SCHEMA, version, id: notice.id, seq: notice.seq, route: notice.route },
  ...{ site: notice.site, time: moment(notice.atMs), kind: notice.kind },
  ...{ severity: levelOf(notice), subject: subjectOf(notice), text: linesOf(notice).join('\n') },
})

function restOf(notice: Notice): object {
  if (notice.kind === 'findings')
    return { group: notice.group, repeat: notice.isRepeat, ...toldOf(notice.findings) }
  if (notice.kind === 'resolved') return { group: notice.group, ...toldOf(notice.findings) }
  if (notice.kind === 'digest') {
    const { notices, more, troubles } = notice
    return { notices, more, troubles, ...toldOf(notice.findings) }
  }
  if (notice.kind === 'output')
    return { output: notice.output, state: notice.state, reason: notice.reason }
  if (notice.kind === 'heartbeat') return { sentence: notice.sentence }
  if (notice.kind === 'test') return { author: notice.author }
  const { id, sensor, interface: name, cause, fromMs, toMs, detail } = notice.interval
  const [from, to] = [moment(fromMs), toMs === null ? null : moment(toMs)]
  return { interval: { id, sensor, interface: name, cause, from, to, detail } }
}

const toldOf = (alerts: readonly ToldAlert[]): object => ({
  findings: alerts.slice(0, FULL_MAX).map(inFull),
  further: alerts.slice(FULL_MAX).map(inShort),
})

function inShort({ finding, phase, episodes, captureMs }: ToldAlert) {
  const { id, severity, verdict, reason, row, title, source, destination, members } = finding
  return {
    ...{ id, phase, episodes, captured: moment(captureMs), severity, verdict, reason, row, title },
    ...{ source, destination, members, first: finding.first, last: finding.last },
  }
}

function inFull(alert: ToldAlert) {
  const { confidence, cite, says, rule, service, expected, fix, exception } = alert.finding
  const { packets, bytes, why, examples } = alert.finding
  return {
    ...inShort(alert),
    ...{ confidence, cite: citation(cite), says, rule, service, expected, fix, exception },
    ...{ packets, bytes, why, example: exampleOf(examples[0]) },
  }
}

function exampleOf(example: ReportedFinding['examples'][number] | undefined) {
  if (example === undefined) return null
  const { community_id, src_ip, src_port, dest_ip, dest_port, proto, app, why, filter } = example
  return { community_id, src_ip, src_port, dest_ip, dest_port, proto, app, why, filter }
}

const moment = (ms: number): string => isoNanos(...ofMs(ms))
