// A notice in words, for people who read it on a telephone at night: what happened, where, what the document demands,
// what to do, and how to see more. After ux.md, "Alert pipeline": counts, the ten worst, a way to the rest.

import type { Notice, ToldAlert } from '../model/alert.ts'
import { between, howOften, rowWords, verdictWords } from '../model/finding-words.ts'
import type { BlindInterval } from '../model/live.ts'
import { spokenHow } from '../model/reported-app.ts'
import type { ReportedFinding } from '../model/result.ts'
import { counted, grouped } from '../model/text.ts'
import { ofMs, readable, readableIso } from '../model/time.ts'
import { fitting } from './fitting.ts'
import { levelOf } from './level.ts'

const SHOWN_MAX = 10
const SUBJECT_BYTES_MAX = 200
const LINE_BYTES_MAX = 2000
const LABEL_WIDTH = 10

/** One line, without controls: `[critical] SQL Server on web-dmz-1 answered the Internet, and 2 more`. */
export const subjectOf = (notice: Notice): string =>
  fitting(`${mark(notice)} ${saying(notice)}${atSite(notice)}`, SUBJECT_BYTES_MAX)

/** Lines of plain text, each safe to show. */
export function linesOf(notice: Notice): readonly string[] {
  return [...said(notice), '', ...footer(notice)].map(line => fitting(line, LINE_BYTES_MAX))
}

const atSite = ({ site }: Notice): string => (site === '' ? '' : ` (${site})`)

function mark(notice: Notice): string {
  if (notice.kind === 'findings')
    return `[${notice.findings[0]?.finding.severity ?? 'info'}${notice.isRepeat ? ', still there' : ''}]`
  if (notice.kind === 'resolved') return '[over]'
  if (notice.kind === 'blind') return notice.interval.toMs === null ? '[blind]' : '[sees again]'
  if (notice.kind === 'output') return `[${notice.state}]`
  if (notice.kind === 'digest') return `[${levelOf(notice)}, digest]`
  return `[${notice.kind}]`
}

function saying(notice: Notice): string {
  if (notice.kind === 'findings' || notice.kind === 'resolved') return worstAndRest(notice.findings)
  if (notice.kind === 'blind') return blindTitle(notice.interval)
  if (notice.kind === 'output') return outputTitle(notice)
  if (notice.kind === 'heartbeat') return 'mpwatch is watching'
  if (notice.kind === 'test') return 'mpwatch tries this route; nothing happened'
  const { notices, findings, more, troubles } = notice
  const what = findings.length === 0 ? troubles.join(', ') : worstAndRest(findings, more)
  return `${counted(notices, 'notice')} put together: ${what}`
}

function worstAndRest(findings: readonly ToldAlert[], more = 0): string {
  const [first, ...others] = findings
  if (first === undefined) return 'no finding'
  const rest = others.length + more
  return rest === 0 ? first.finding.title : `${first.finding.title}, and ${grouped(rest)} more`
}

const blindTitle = ({ sensor, interface: name, cause, toMs }: BlindInterval): string => {
  const whose = name === null ? `Sensor ${sensor}` : `Sensor ${sensor} on ${name}`
  return `${whose} ${toMs === null ? 'is' : 'was'} blind: ${cause.replaceAll('_', ' ')}`
}

const outputTitle = ({ output, state }: Extract<Notice, { kind: 'output' }>): string =>
  state === 'degraded' ? `${output} cannot be fed` : `${output} is fed again`

function said(notice: Notice): readonly string[] {
  if (notice.kind === 'findings') return toldLines(notice.findings)
  if (notice.kind === 'resolved')
    return [
      'All of this is over: nothing of it was seen for a while.',
      '',
      ...toldLines(notice.findings),
    ]
  if (notice.kind === 'blind') return blindLines(notice.interval)
  if (notice.kind === 'output') return [`${outputTitle(notice)}.`, notice.reason]
  if (notice.kind === 'heartbeat')
    return [
      notice.sentence,
      'This comes at regular times. When it stays away, mpwatch or this route is broken.',
    ]
  if (notice.kind === 'test')
    return [`${notice.author} tries this route. Nothing happened, and nothing is to be done.`]
  return digestLines(notice)
}

function digestLines(digest: Extract<Notice, { kind: 'digest' }>): readonly string[] {
  const { notices, findings, more, troubles } = digest
  const rest = [
    ...(more === 0 ? [] : ['', `${counted(more, 'finding')} beside these.`]),
    ...(troubles.length === 0 ? [] : ['', `Not of findings: ${troubles.join(', ')}.`]),
  ]
  return [
    `More happened than this route may tell in a minute: ${counted(notices, 'notice')} put together.`,
    '',
    ...toldLines(findings),
    ...rest,
  ]
}

function blindLines({ fromMs, toMs, detail, ...interval }: BlindInterval): readonly string[] {
  const until = toMs === null ? 'and still is' : `until ${moment(toMs)}`
  return [
    `${blindTitle({ fromMs, toMs, detail, ...interval })}.`,
    part('Since', `${moment(fromMs)}, ${until}`),
    part('Noticed', detail),
    'What it did not see in this time is not known, and never counts as compliant.',
  ]
}

function toldLines(findings: readonly ToldAlert[]): readonly string[] {
  const rest = findings.length - SHOWN_MAX
  return [
    ...findings
      .slice(0, SHOWN_MAX)
      .flatMap((alert, index) => [...(index === 0 ? [] : ['']), ...alertLines(alert)]),
    ...(rest > 0 ? ['', `And ${counted(rest, 'finding')} more; mpwatch findings lists them.`] : []),
  ]
}

function alertLines({ finding, phase, episodes }: ToldAlert): readonly string[] {
  const { id, severity, title, says } = finding
  const again = episodes > 1 ? `, opened ${grouped(episodes)} times` : ''
  const over = phase === 'close' ? ', over' : ''
  return [
    `${severity}: ${title}`,
    part('Row', rowWords(finding)),
    part('Demands', says),
    part('Verdict', `${verdictWords(finding)}${again}${over}`),
    part('Traffic', traffic(finding)),
    ...proof(finding),
    part('Allowed', finding.expected),
    part('To fix', finding.fix),
    part('More', `mpwatch findings ${id}`),
  ]
}

function traffic(finding: ReportedFinding): string {
  const { source, destination, service, first, last } = finding
  const ends = source === destination ? source : `${source} -> ${destination}`
  const when =
    first === last
      ? `at ${readableIso(first)}`
      : `first ${readableIso(first)}, last ${readableIso(last)}`
  return `${ends}${service === null ? '' : ` ${service}`}, ${howOften(finding)}, ${when}`
}

/** What was observed, and the first flow that proves it. */
function proof({ why, examples: [example] }: ReportedFinding): readonly string[] {
  const observed = why.length === 0 ? [] : [part('Observed', why.join(' '))]
  if (example === undefined) return observed
  const spoken = spokenHow(example.app)
  const said = [...example.why, ...(spoken === null ? [] : [spoken])]
  return [...observed, part('Evidence', [`${between(example)}.`, ...said].join(' '))]
}

const footer = ({ id, seq, route, site, atMs }: Notice): readonly string[] => [
  part('Notice', `${id}, number ${seq} of route ${route}, ${moment(atMs)}`),
  ...(site === '' ? [] : [part('Site', site)]),
]

const part = (label: string, text: string): string => `  ${label.padEnd(LABEL_WIDTH)}${text}`

const moment = (ms: number): string => readable(...ofMs(ms))
