// One finding on a terminal: what happened, what is demanded and where, who with whom, which packet
// proves it, what to do.

import type { Severity } from '../model/finding.ts'
import { between, howOften, isListed, rowWords, verdictWords } from '../model/finding-words.ts'
import { spokenHow } from '../model/reported-app.ts'
import type { ReportedExample, ReportedFinding } from '../model/result.ts'
import { counted } from '../model/text.ts'
import { readableIso } from '../model/time.ts'
import { hanging, padded, unbroken } from './layout.ts'
import type { Page as WholePage } from './terminal-basis.ts'

type Page = Pick<WholePage, 'paint' | 'width'>

/** Severity is shown by shape, word and colour at once, so that no one of them is needed. */
export const SHAPES: Readonly<Record<Severity, string>> = {
  critical: '⬢',
  high: '▲',
  medium: '◆',
  low: '○',
  info: '–',
}
const SEVERITY_WIDTH = 12
const LABEL_WIDTH = 10

/** The finding in full. */
export function findingLines(finding: ReportedFinding, page: Page): string[] {
  const { severity, title, says } = finding
  return [
    ...headline(severity, isNew(finding) ? `${title} [new]` : title, page),
    ...part('Row', rowWords(finding), page),
    ...part('Demands', says, page),
    ...part('Verdict', verdictWords(finding), page),
    ...part('Traffic', traffic(finding), page),
    ...before(finding, page),
    ...part('Allowed', finding.expected, page),
    ...evidence(finding, page),
    ...part('To fix', finding.fix, page),
  ]
}

/** One sentence, its row and its count. */
export function remarkLines(finding: ReportedFinding, page: Page): string[] {
  const { title, row, exception, verdict, severity } = finding
  const why = exception === null ? verdict : `${verdict}, ${exception}`
  const by = isListed(row) ? row : 'no row'
  const mark = isNew(finding) ? ' [new]' : ''
  const many = unbroken(howOften(finding))
  const text = `${title}${mark} (${by}, ${why}, ${many})`
  return hanging(`  ${SHAPES[severity]} ${severity}  `, text, page.width, label =>
    page.paint('dim', label),
  )
}

const isNew = ({ baseline }: ReportedFinding): boolean => baseline === 'new'

/** How it has changed since the earlier result, where it has. */
function before({ before: known, members, severity }: ReportedFinding, page: Page): string[] {
  if (known === undefined || (known.members === members && known.severity === severity)) return []
  const flows = (count: number) => unbroken(counted(count, 'flow'))
  const was = `${flows(known.members)}, ${known.severity}`
  return part('Before', `${was}; now ${flows(members)}, ${severity}`, page)
}

function headline(severity: Severity, title: string, { paint, width }: Page): string[] {
  const label = padded(`${SHAPES[severity]} ${severity}`, SEVERITY_WIDTH)
  const colour = severity === 'info' ? 'dim' : severity
  return hanging(label, title, width, text => paint(colour, text))
}

/** A label and its text, below the title. */
function part(label: string, text: string, { paint, width }: Page): string[] {
  const indent = `  ${padded(label, LABEL_WIDTH)}`
  return hanging(indent, text, width, dressed => paint('dim', dressed))
}

function traffic(finding: ReportedFinding): string {
  const { service, first, last } = finding
  const whom = service === null ? '' : ` ${service}`
  const since = unbroken(readableIso(first))
  const when = first === last ? `at ${since}` : `${since} to ${unbroken(readableIso(last))}`
  return `${ends(finding)}${whom}, ${unbroken(howOften(finding))}, ${when}`
}

/** An end that is declared has a name; of any other, people want to know which addresses it was. */
function ends({ source, destination, members, examples }: ReportedFinding): string {
  if (source === destination && examples.length === 0) return source
  const some = members > examples.length ? `first ${examples.length}: ` : ''
  const named = (name: string, addresses: readonly string[]): string => {
    const known = [...new Set(addresses)].join(', ')
    return known === '' ? name : `${name} (${some}${known})`
  }
  const sources = examples.flatMap(one => (one.source.node === null ? [one.src_ip] : []))
  const targets = examples.flatMap(one => (one.destination.node === null ? [one.dest_ip] : []))
  return `${named(source, sources)} -> ${named(destination, targets)}`
}

/** What was observed across flows, then the flow that proves it, or the packet where no flow does. */
function evidence({ why, examples, frames }: ReportedFinding, page: Page): string[] {
  const [example] = examples
  const [frame] = frames
  const observed = why.length === 0 ? [] : part('Observed', why.join(' '), page)
  if (example !== undefined) return [...observed, ...proof(example, page)]
  if (frame === undefined) return observed
  const { packet, says } = frame
  return [
    ...observed,
    ...part('Evidence', `frame ${packet.frame} of ${packet.capture}: ${says}`, page),
  ]
}

function proof(example: ReportedExample, page: Page): string[] {
  const { packet, why, filter, app } = example
  const spoken = spokenHow(app)
  const where = `frame ${packet.frame} of ${packet.capture}: ${between(example)}.`
  return [
    ...part('Evidence', [where, ...why, ...(spoken === null ? [] : [spoken])].join(' '), page),
    // One line however long it is: a filter is there to be copied.
    `  ${page.paint('dim', padded('Filter', LABEL_WIDTH))}${filter}`,
  ]
}
