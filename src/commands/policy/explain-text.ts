// An explanation for people: the answer in one sentence, then on whose word, who the two are, and what
// each row made of them.

import { UNLISTED } from '../../findings/hit.ts'
import type { Placement } from '../../model/inventory.ts'
import type { Verdict } from '../../model/verdict.ts'
import { hanging, padded } from '../../report/layout.ts'
import type { Authority, Explanation, Mode } from './explanation.ts'
import type { OutcomeWord } from './imagined.ts'
import { nameOf } from './looked.ts'
import { serviceText } from './service.ts'

const LABEL_WIDTH = 10

/** Lines of at most `width` characters, each ended by a newline. */
export function explanationText(explanation: Explanation, width: number): string {
  const blocks = [
    hanging('', answer(explanation), width),
    [...authority(explanation, width), ...remarks(explanation, width)],
    ends(explanation, width),
    rows(explanation, width),
  ]
  return blocks
    .filter(lines => lines.length > 0)
    .map(lines => `${lines.join('\n')}\n`)
    .join('\n')
}

const LEADS: Readonly<Record<Exclude<Verdict['kind'], 'permitted_unverified'>, string>> = {
  permitted: 'Allowed',
  escaped: 'Not allowed',
  rejected: 'Not allowed, and it is stopped',
  misdropped: 'Allowed, but it is stopped',
  excepted: 'Accepted by an exception',
  undetermined: 'Nobody can tell',
  out_of_scope: 'Not judged',
}

/** The verdict in plain words, with the reason where no finding tells it. */
function answer(explanation: Explanation): string {
  const lead = leadOf(explanation)
  const why = untold(explanation.judged.verdict)
  return why === undefined ? `${lead}.` : `${lead}: ${why}`
}

function untold({ kind, reason, why: [why] }: Verdict): string | undefined {
  if (kind === 'undetermined') return why
  if (kind !== 'out_of_scope') return undefined
  return reason === 'other_traffic'
    ? 'neither end is MeetingPlace, nor a user or proxy at WebEx.'
    : 'it stays on one link, and the rules are about firewalls.'
}

function leadOf({ judged: { verdict }, court }: Explanation): string {
  const { kind, outcome, row, advisories, serviceDown, confidence } = verdict
  if (serviceDown) return 'Allowed, but the service is down'
  if (advisories.includes('unexpected_source')) return 'Allowed, though no row names this source'
  if (kind === 'escaped' && outcome.state === 'answered') return 'Not allowed, and nothing stops it'
  if (kind !== 'permitted_unverified') return LEADS[kind]
  if (confidence === 'possible') return 'Perhaps allowed'
  const carried = court.policy.rows.find(({ id }) => id === row)?.app.expect ?? []
  return `Allowed, provided that it carries ${carried.join(' or ')}`
}

function authority(explanation: Explanation, width: number): string[] {
  const { judged, finding, authority: source } = explanation
  const { verdict } = judged
  const part = parts(width)
  return [
    ...part('Assumed', assumed(explanation)),
    ...part('Verdict', verdictText(verdict)),
    ...(explanation.mode === null ? [] : part('Mode', modeText(explanation.mode))),
    ...(source === null ? [] : sourceLines(source, verdict, width)),
    ...(verdict.kind === 'undetermined' ? [] : verdict.why.flatMap(why => part('Why', why))),
    ...(finding === null ? [] : part('Finding', `${finding.title} (${finding.severity}).`)),
    ...(finding === null ? [] : part('To fix', finding.fix)),
  ]
}

const modeText = ({ web, state, source }: Mode): string =>
  source === 'declared'
    ? `${state}, declared for ${web} in the site file`
    : `not declared for ${web}: learned from each capture, and open both ways until then`

/** What no row lists cites a table, and a table has no line of its own in the rules. */
function sourceLines(source: Authority, verdict: Verdict, width: number): string[] {
  const part = parts(width)
  return [
    ...part('Row', `${source.row}${alsoAllowing(verdict)}, ${source.cite}`),
    ...part('Demands', source.says),
    ...(source.row === UNLISTED ? [] : part('Rule', source.where)),
    ...part('Expected', source.expected),
  ]
}

const parts = (width: number) => (label: string, text: string) =>
  hanging(`  ${padded(label, LABEL_WIDTH)}`, text, width)

const HAPPENS: Readonly<Record<OutcomeWord, string>> = {
  established: 'which is answered',
  refused: 'which is refused, and by no firewall',
  filtered: 'which a firewall refuses by ICMP',
  silent: 'which gets no answer, although the host is alive and its answers are seen',
  one_way: 'which goes one way only',
}

function assumed({ asked, court, judged: { client, server } }: Explanation): string {
  const { service, outcome } = asked
  const sensor = court.sensor === null ? '' : `, seen by sensor ${court.sensor}`
  const flow = `${nameOf(client)} -> ${nameOf(server)} ${serviceText(service)}`
  return `${flow}, ${HAPPENS[outcome]} (${outcome})${sensor}`
}

const verdictText = ({ kind, reason, confidence }: Verdict): string =>
  reason === null ? `${kind}, ${confidence}` : `${kind}: ${reason}, ${confidence}`

/** The same permission often stands in both tables. */
function alsoAllowing({ row, rows: all }: Verdict): string {
  const others = all.filter(id => id !== row)
  return others.length === 0 ? '' : ` (also ${others.join(', ')})`
}

/** Each makes a finding of its own. */
function remarks({ remarks: others }: Explanation, width: number): string[] {
  const part = parts(width)
  return others.flatMap(({ verdict, reason, severity, title, fix }) =>
    part('Besides', `${title} (${verdict}: ${reason}, ${severity}). ${fix}`),
  )
}

function ends({ judged: { client, server } }: Explanation, width: number): string[] {
  return [
    ...hanging(padded('From', LABEL_WIDTH), placementText(client), width),
    ...hanging(padded('To', LABEL_WIDTH), placementText(server), width),
  ]
}

const BASES: Readonly<Record<Placement['basis'], string>> = {
  node: 'declared by name',
  nat: 'declared by name, here by its translated address',
  network: 'declared by the network that it lies in',
  webex_range: 'by the WebEx ranges',
  public: 'a public address that the site file does not declare',
  private: 'a private address that the site file does not declare',
}

/** `web-dmz-1 (192.0.2.20): web (also web-dmz, meetingplace) in zone dmz, declared by name.` */
function placementText({
  address,
  node,
  role,
  labels,
  zone,
  basis,
  webexRange,
}: Placement): string {
  const name = node === null ? address.text : `${node.name} (${address.text})`
  const others = [...labels].filter(label => label !== role)
  const also = others.length === 0 ? '' : ` (also ${others.join(', ')})`
  const range = webexRange === null ? '' : ` (${webexRange})`
  return `${name}: ${role}${also} in zone ${zone}, ${BASES[basis]}${range}.`
}

/** Rows have nothing to say of traffic that is not judged. */
function rows(explanation: Explanation, width: number): string[] {
  const { looked, judged, asked } = explanation
  if (judged.verdict.kind === 'out_of_scope') return []
  const idWidth = Math.max(LABEL_WIDTH - 2, ...looked.rows.map(({ row }) => row.id.length + 2))
  const told = looked.rows.flatMap(({ row, remark }) =>
    hanging(`  ${padded(row.id, idWidth)}`, `${remark}.`, width),
  )
  return [
    `Rows on ${serviceText(asked.service)}`,
    ...told,
    ...othersText(looked.others, told.length > 0).map(text => `  ${text}`),
    '',
    ...hanging('', permittedText(explanation, nameOf(judged.client), nameOf(judged.server)), width),
  ]
}

function othersText(count: number, isMore: boolean): string[] {
  if (count === 0) return isMore ? [] : ['None is in force.']
  const rest = count === 1 ? 'is about other hosts.' : 'are about other hosts.'
  return [isMore ? `${count} more ${rest}` : `${count} ${rest}`]
}

/** What would have been allowed between the two. */
function permittedText({ permitted }: Explanation, client: string, server: string): string {
  if (permitted.length === 0) return `No row lets ${client} open anything at ${server}.`
  const services = permitted.map(({ service, row }) => `${service} (${row})`)
  return `What ${client} may open at ${server}: ${services.join(', ')}.`
}
