// What it means that nothing of a statement was seen: that it could have been, or that it could not. Rows
// answer by who stands where and what the sensor mirrors; other statements say here what they depend on.

import type { CoverageState } from '../model/coverage.ts'
import type { Row } from '../model/policy.ts'
import { counted } from '../model/text.ts'
import type { Evidence, Open } from './evidence.ts'
import { noRole, type Stage } from './stage.ts'

export interface Silence {
  readonly state: Extract<CoverageState, 'absent' | 'unobservable' | 'declared'>
  readonly reason: string
}

export interface Heard {
  readonly evidence: Evidence
  readonly stage: Stage
  readonly rows: ReadonlyMap<string, Row>
}

/** No traffic shows them. The site file or a person has to say so. */
const DECLARED: Readonly<Record<string, string>> = {
  'W-05': 'What browsers restrict is a setting of theirs.',
  'S-04': 'Under which name it was installed, no packet says.',
  'S-05': 'What was entered by hand, no packet says.',
  'F-02': 'What a link could carry does not show while it is idle.',
  'F-03': 'Licences are not on the wire.',
  'F-16': 'What is inside a replicated change cannot be read.',
  'T-06': 'A definition; nothing to judge.',
}

/** What takes measuring, and is not measured yet. */
const UNMEASURED: readonly string[] = ['S-07', 'S-08']

/** The row through whose flows a statement shows. */
const SHOWS_ON: Readonly<Record<string, string>> = {
  ...{ 'I-06.1': 'I-06', 'I-06.2': 'I-06', 'I-28.2': 'I-28', 'T-08': 'O-04', 'T-09': 'O-04' },
  ...{ 'M-01': 'I-19', 'M-02': 'I-19', 'M-03': 'I-19', 'M-04': 'I-19', 'M-05': 'I-19' },
  ...{ 'S-01': 'I-06', 'S-02': 'I-06', 'S-03': 'I-32', 'S-06': 'I-12', 'S-09': 'I-12' },
  ...{ 'S-10': 'I-12', 'S-07': 'I-12', 'S-08': 'I-12', 'S-13': 'I-03' },
  ...{ 'F-01': 'I-05', 'F-04': 'I-05', 'F-05': 'I-05', 'F-06': 'I-05', 'F-07': 'I-05' },
  ...{ 'F-08': 'I-05', 'F-10': 'I-05', 'F-11': 'I-05', 'F-12': 'I-05', 'F-13': 'I-05' },
  ...{ 'F-14': 'I-05', 'F-15': 'I-05' },
}

/** Why nothing of the statement was seen, or why it does not matter. */
export function silenceOf(id: string, heard: Heard): Silence {
  const declared = DECLARED[id]
  if (declared !== undefined) return { state: 'declared', reason: declared }
  const { evidence, stage, rows } = heard
  if (!evidence.has('site')) return unobservable('No flow of the site is in what was read.')
  const row = rows.get(id) ?? rows.get(id.startsWith('W-') ? 'W-01' : (SHOWS_ON[id] ?? ''))
  if (id === 'I-31' && !stage.has('sql')) return unobservable(SAME_HOST)
  if (UNMEASURED.includes(id)) return unobservable('Not measured by this version.')
  const missing = row === undefined ? null : stage.missing(row)
  if (missing !== null) return absent(missing)
  const hidden = row === undefined ? null : stage.hidden(row)
  if (hidden !== null) return unobservable(hidden)
  const open = openText(evidence.open(id)) ?? openText(evidence.open(SHOWS_ON[id] ?? ''))
  if (open !== null) return unobservable(open)
  return SPECIAL[id]?.(heard) ?? absent(ABSENT[id] ?? nothingOf(rows.get(id)))
}

const absent = (reason: string): Silence => ({ state: 'absent', reason })
const unobservable = (reason: string): Silence => ({ state: 'unobservable', reason })

const SAME_HOST =
  "No node has the role sql: a Web Server's own database is on the same host, and never on the wire."

const ABSENT: Readonly<Record<string, string>> = {
  'T-01': 'No user and no integrated system was seen to reach MeetingPlace.',
  'T-02': 'No two MeetingPlace servers were seen to talk.',
  'T-03': 'No flow was seen on a row that is exposed to nobody.',
  'T-04': 'Nobody tried such a port from outside, and no attempt is no proof.',
  'T-05': 'No flow was seen inside on a row that is exposed to nobody.',
  'T-07': 'No MeetingPlace server was seen to open a connection to anybody else.',
  'T-08': 'A SOCKS proxy is declared, and nobody was seen to use it.',
  'T-09': 'A SOCKS proxy is declared, and nobody was seen to use it.',
  'T-10': 'No MeetingPlace server was seen on its way to WebEx.',
  'I-06.1': 'No control connection was seen.',
  'I-06.2': 'No Web Server tried to open a control connection that is reversed.',
  'I-28.2': 'No Web Server was seen to close 80 and serve 443.',
  'S-10': 'No flow of row I-12 was seen, so neither direction shows.',
  'S-13':
    'Neither by NTP nor by dates of HTTP did both a Web Server and an Application Server show their clocks.',
  'W-01': 'Nobody of the site was seen to reach WebEx.',
}

const nothingOf = (row: Row | undefined): string =>
  row === undefined ? 'Nothing was seen that shows it.' : 'No flow of this row was seen.'

const NO_WEBEX = absent('Nobody of the site was seen to reach WebEx.')
const IN_TLS = 'No answer of WebEx passed in clear text, and inside TLS this is hidden.'

/** A range of WebEx that nobody went to. */
const ofRange = (): Silence => absent('No flow with this range was seen.')

/** Statements whose silence depends on what else was seen. */
const SPECIAL: Readonly<Record<string, (heard: Heard) => Silence>> = {
  'W-02': ofName,
  'W-03': ofName,
  'W-04': ({ evidence }) => inClear(evidence, 'No script or control was fetched in clear text.'),
  'W-06': ({ evidence }) =>
    inClear(evidence, 'No content of WebEx itself was fetched in clear text.'),
  'W-07': ofPath,
  ...Object.fromEntries(
    Array.from({ length: 9 }, (_, index) => [`W-${String(8 + index).padStart(2, '0')}`, ofRange]),
  ),
}

function ofName({ evidence }: Heard): Silence {
  if (!evidence.has('webex')) return NO_WEBEX
  return evidence.has('webex_named')
    ? absent('Other names of WebEx were seen, and not these.')
    : unobservable('WebEx was let through by its address alone, with no name to go by.')
}

function inClear(evidence: Evidence, none: string): Silence {
  if (!evidence.has('webex')) return NO_WEBEX
  return evidence.has('webex_http') ? absent(none) : unobservable(IN_TLS)
}

function ofPath({ evidence, stage }: Heard): Silence {
  const proxies = ['http-proxy', 'socks-proxy']
  if (!proxies.some(role => stage.has(role))) return absent(noRole(proxies))
  return evidence.has('proxy_to_webex')
    ? unobservable('No name server was heard, so a name that moves would not be noticed.')
    : absent('No proxy was seen to reach WebEx.')
}

const OPEN_WORDS: Readonly<Record<Open, string>> = {
  one_way: 'seen in one direction only',
  pending: 'cut off by the end of the capture',
  unanswered: 'met by a silence that may mean anything',
  weak_direction: 'picked up in the middle, with either end as server',
}
const OPEN_ORDER: readonly Open[] = ['one_way', 'unanswered', 'weak_direction', 'pending']

/** What flows of the row left open, where none of them showed anything. */
function openText(open: ReadonlyMap<Open, number>): string | null {
  const parts = OPEN_ORDER.flatMap(why => {
    const flows = open.get(why)
    return flows === undefined ? [] : [`${counted(flows, 'flow')} ${OPEN_WORDS[why]}`]
  })
  return parts.length === 0 ? null : `Nothing but ${parts.join(', ')}.`
}
