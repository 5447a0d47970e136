// A policy and a site as a flat list of items with fields of text, in the words of their files, so that two
// of them can be held against each other. What says where an item stands or what it is tested by is none.

import { matchText } from '../../findings/ports.ts'
import type { Network, Node, PortRange, Site } from '../../model/inventory.ts'
import type {
  Exception,
  ExposureClass,
  Limit,
  Peers,
  Policy,
  Row,
  Selector,
  Statement,
  Sustain,
  WebexRange,
} from '../../model/policy.ts'
import { byText } from '../../model/text.ts'
import { citation } from '../../model/words.ts'

/** Kinds of items, in the order in which they are told. */
export const ITEM_KINDS = [
  ...(['row', 'practice item', 'exposure class', 'WebEx range', 'exception'] as const),
  ...(['limit', 'statement', 'setting', 'network', 'node'] as const),
] as const
export type ItemKind = (typeof ITEM_KINDS)[number]

export interface Item {
  readonly kind: ItemKind
  readonly id: string
  /** An empty text is a field that is not given. */
  readonly fields: ReadonlyMap<string, string>
}

/** Everything by which flows are judged. */
export const itemsOf = (policy: Policy, site: Site): readonly Item[] => [
  ...policy.rows.map(row => item(kindOf(row), row.id, rowFields(row, true))),
  ...policy.practiceOff.map(row => item('practice item', row.id, rowFields(row, false))),
  ...[...policy.exposures.values()].map(one => item('exposure class', one.id, fields(CLASS, one))),
  ...policy.webex.ranges.map(range => item('WebEx range', range.id, fields(RANGE, range))),
  ...policy.exceptions.map(one => item('exception', one.id, fields(EXCEPTION, one))),
  ...policy.limits.map(limit => item('limit', limit.id, fields(LIMIT, limit))),
  ...[...policy.statements.values()].map(one => item('statement', one.id, fields(STATEMENT, one))),
  ...settingsOf(policy, site).map(([id, value]) => item('setting', id, [['value', value]])),
  ...site.networks.map(network => item('network', network.prefix.text, fields(NETWORK, network))),
  ...site.nodes.map(node => item('node', node.name, fields(NODE, node))),
]

type Field = readonly [name: string, text: string]

const item = (kind: ItemKind, id: string, texts: readonly Field[]): Item => {
  return { kind, id, fields: new Map(texts) }
}

const kindOf = ({ kind }: Row): ItemKind => (kind === 'practice' ? 'practice item' : 'row')

/** How each key of a noun is written; the compiler sees to it that none is forgotten. */
type Texts<Noun, Left extends keyof Noun = never> = {
  readonly [Key in Exclude<keyof Noun, Left | 'id' | 'where'>]-?: (value: Noun[Key]) => string
}

function fields<Noun, Left extends keyof Noun>(texts: Texts<Noun, Left>, noun: Noun): Field[] {
  const keys = Object.keys(texts) as (keyof Texts<Noun, Left>)[]
  return keys.map(key => [wordsOf(String(key)), texts[key](noun[key])])
}

/** `sourcePorts` is "source ports", and what rows match are services, as lists of them say. */
const wordsOf = (key: string): string =>
  key === 'match' ? 'services' : key.replace(/[A-Z]/g, letter => ` ${letter.toLowerCase()}`)

const text = (value: string | null): string => value ?? ''
const yes = (value: boolean): string => (value ? 'yes' : 'no')
const list = (values: readonly string[]): string => values.join(', ')
const selectors = (values: readonly Selector[]): string => list(values.map(one => one.text))
const peers = ({ selectors: all, basis }: Peers): string => `${selectors(all)} (${basis})`
const ports = (ranges: readonly PortRange[] | null): string =>
  list((ranges ?? []).map(({ first, last }) => (first === last ? `${first}` : `${first}-${last}`)))

const rowFields = (row: Row, isOn: boolean): Field[] => [
  ...(row.kind === 'practice' ? [['enabled', yes(isOn)] as const] : []),
  ...fields(ROW, row),
]

const ROW: Texts<Row> = {
  kind: text,
  from: peers,
  to: peers,
  match: matchText,
  app: ({ expect, on, not }) =>
    list([
      ...expect,
      ...[...(on ?? [])].map(([port, words]) => `${port}: ${words.join(' or ')}`),
      ...not.map(word => `not ${word}`),
    ]),
  sourcePorts: ports,
  exposure: text,
  closed: yes,
  obligation: text,
  mode: mode => (mode === null ? '' : `${mode.machine}, opened by ${mode.opener}`),
  reversed: text,
  activeWith: text,
  cleartext: yes,
  advisory: text,
  sensitive: yes,
  twin: text,
  parent: text,
  cite: citation,
  says: text,
}

const STATEMENT: Texts<Statement> = { cite: citation, says: text }
const CLASS: Texts<ExposureClass> = { says: text, accepts: selectors, acceptsListed: yes }
const RANGE: Texts<WebexRange, 'first' | 'last'> = { prefix: prefix => prefix.text }
const given = (value: number | undefined): string => (value === undefined ? '' : String(value))
const LIMIT: Texts<Limit> = {
  on: list,
  metric: text,
  value: String,
  windowS: given,
  samplesMin: given,
  packetsMin: given,
  captureLossPct: given,
  sustain: sustainText,
}
const EXCEPTION: Texts<Exception> = {
  row: text,
  from: text,
  to: text,
  match: matchText,
  owner: text,
  reason: text,
  expires: text,
}
const NETWORK: Texts<Network, 'prefix'> = { zone: text, role: text }
const NODE: Texts<Node, 'name'> = {
  roles: list,
  addresses: addresses => list(addresses.map(address => address.text)),
  nat: addresses => list(addresses.map(address => address.text)),
  macs: list,
  site: text,
  zone: text,
  dynamicPorts: ports,
}

function sustainText(sustain: Sustain | undefined): string {
  if (sustain === undefined) return ''
  if ('windows' in sustain) return `${sustain.windows} windows`
  return `${sustain.samples} samples within ${sustain.withinS} s`
}

const settingsOf = (policy: Policy, site: Site): readonly Field[] => [
  ['policy', policy.id],
  ['strict outbound', yes(policy.strictOutbound)],
  ['version of the WebEx ranges', policy.webex.version],
  ['source of the WebEx ranges', policy.webex.source],
  ['date of the WebEx ranges', policy.webex.date],
  ['names in content networks', list(policy.webex.cdnNames)],
  ['interception issuers', list(policy.webex.interceptionIssuers)],
  ['site', site.name],
  ['site at WebEx', text(site.webexSite)],
  ['external users', yes(site.externalUsers)],
  ['public prefixes', list(site.publicPrefixes.map(prefix => prefix.text))],
  ['directions of 5003', list(directionsOf(site))],
  ['SOCKS', site.modes.socks === null ? '' : socksText(site.modes.socks)],
  ['HTTPS', yes(site.modes.https)],
  ['sensors', list(site.sensors.map(({ name, sees }) => `${name} sees ${sees.join(' and ')}`))],
]

const directionsOf = ({ modes }: Site): string[] =>
  [...modes.gwsim].map(([name, mode]) => `${name} ${mode}`).toSorted(byText)

const socksText = ({ proxy, port }: NonNullable<Site['modes']['socks']>): string =>
  `${proxy.text} port ${port}`
