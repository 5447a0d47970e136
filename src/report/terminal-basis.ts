// What the answer rests on, for a terminal: totals, what was observed, under which rules, and the ledger.

import { openEquations } from '../model/ledger.ts'
import type { ReportedCapture, Result } from '../model/result.ts'
import { counted, grouped } from '../model/text.ts'
import { duration, nanosBetween, readableIso } from '../model/time.ts'
import type { VerdictKind } from '../model/verdict.ts'
import type { Paint } from './layout.ts'
import { hanging, unbroken, wrap } from './layout.ts'
import { damageText } from './result.ts'

/** What every block of the page is drawn from. */
export interface Page {
  /** Already harmless to print. */
  readonly result: Result
  readonly paint: Paint
  readonly width: number
}

const NOT_A_VERDICT: readonly VerdictKind[] = ['out_of_scope', 'undetermined']

/** Flows of the site that got a verdict. */
export const flowsJudged = ({ totals }: Result): number =>
  totals.by_verdict
    .filter(({ verdict }) => !NOT_A_VERDICT.includes(verdict))
    .reduce((sum, { flows }) => sum + flows, 0)

export function verdicts(page: Page): string[] {
  const { by_verdict, housekeeping, flows, packets } = page.result.totals
  const all = `${counted(flows, 'flow')} of ${counted(packets, 'packet')}`
  const lines = by_verdict.map(({ verdict, flows: of }) =>
    unbroken(`${grouped(of)} ${verdict.replaceAll('_', ' ')}`),
  )
  const kinds = housekeeping.map(({ kind, flows: of }) => unbroken(`${grouped(of)} ${kind}`))
  return section(page, 'Verdicts', [
    lines.length === 0 ? `${all}.` : `${all}: ${lines.join(', ')}.`,
    ...(kinds.length === 0 ? [] : [`Housekeeping on the link, not judged: ${kinds.join(', ')}.`]),
  ])
}

export function transports(page: Page): string[] {
  const lines = page.result.totals.by_transport.map(
    ({ transport, flows, packets, bytes }) =>
      `${transport}: ${counted(flows, 'flow')}, ${counted(packets, 'packet')}, ${counted(bytes, 'byte')}`,
  )
  return lines.length === 0 ? [] : section(page, 'By transport', lines)
}

export function observed(page: Page): string[] {
  const { observed: span, provenance: basis } = page.result
  return section(page, 'Observed', [
    spanText(span),
    ...asked(basis),
    ...basis.captures.flatMap(capture => captureTexts(capture, sensorsOf(basis).length > 1)),
  ])
}

export function provenance(page: Page): string[] {
  const { version, policy, site } = page.result.provenance
  if (policy === null || site === null) return []
  return section(page, 'Judged by', [
    `mpwatch ${version}, WebEx ranges ${policy.webex_ranges}`,
    `policy ${policy.id}, ${shortened(policy.hash)}`,
    `site ${site.name}, ${shortened(site.hash)}${sensorsText(page.result)}`,
  ])
}

const sensorsOf = ({ captures }: Result['provenance']): readonly string[] => [
  ...new Set(captures.flatMap(({ sensor }) => sensor ?? [])),
]

function sensorsText({ provenance: basis }: Result): string {
  const names = sensorsOf(basis)
  if (names.length === 0) return ''
  return `, ${names.length === 1 ? 'sensor' : 'sensors'} ${names.join(' and ')}`
}

/** One sentence when the sums hold; else each sum that does not. */
export function ledger({ result, paint, width }: Page): string[] {
  const open = openEquations(result.ledger)
  if (open.length === 0) return wrap(`Every packet is accounted for: ${sums(result)}.`, width)
  const heading = 'Not every packet is accounted for. This is a fault of mpwatch.'
  return [
    ...wrap(heading, width).map(line => paint('critical', line)),
    ...open.flatMap(equation => hanging('  ', equation, width)),
  ]
}

function sums({ ledger: { reader } }: Result): string {
  const { seen, decoded, ...others } = reader
  const rest = Object.entries(others)
    .filter(([, packets]) => packets > 0)
    .map(([name, packets]) => ` + ${unbroken(`${grouped(packets)} ${name}`)}`)
  return `${grouped(seen)} seen = ${grouped(decoded)} decoded${rest.join('')}`
}

function spanText({ first, last }: Result['observed']): string {
  if (first === null || last === null) return 'No packet was read.'
  const long = duration(nanosBetween(first, last))
  const [since, until] = [first, last].map(time => unbroken(readableIso(time)))
  return `${since} to ${until}, ${unbroken(long)}`
}

/** Packets left out because somebody asked for it are no gap, but the reader must know. */
function asked({ from, to }: Result['provenance']): string[] {
  if (from === null && to === null) return []
  const since = from === null ? '' : ` from ${from}`
  const until = to === null ? '' : ` to ${to}`
  return [`Only packets${since}${until} were read, as asked.`]
}

/** Of several sensors, each stands with what it captured. */
function captureTexts(
  { name, sensor, packets, bytes, sha256, damage }: ReportedCapture,
  hasSeveralSensors: boolean,
): string[] {
  const by = hasSeveralSensors && sensor !== null ? `, by sensor ${sensor}` : ''
  return [
    `${name}: ${counted(packets, 'packet')}, ${counted(bytes, 'byte')}${by}`,
    ...(sha256 === null ? [] : [unbroken(`sha256 ${sha256}`)]),
    ...damage.map(place => `${name} is damaged: ${damageText(place)}`),
  ]
}

/** `sha256:` and the first 12 digits: enough to compare by eye, in full in the JSON report. */
const shortened = (hash: string): string => hash.slice(0, 'sha256:'.length + 12)

function section({ paint, width }: Page, heading: string, texts: readonly string[]): string[] {
  return [paint('bold', heading), ...texts.flatMap(text => hanging('  ', text, width))]
}
