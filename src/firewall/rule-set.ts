// The rule list that all formats are written from: for each row in force, from which addresses to which,
// on which ports. Rules only allow, so their order means nothing, and what they leave out is denied.

import type { Address } from '../model/address.ts'
import type { PortRange } from '../model/inventory.ts'
import type { Cite, Peers, Row } from '../model/policy.ts'
import type { Rulebook } from '../policy/rulebook.ts'
import { opensFrom, opensTo } from './openings.ts'
import type { AddressRange, Span } from './spans.ts'
import { identifier, plain } from './words.ts'

/** A set of hosts of one IP version. */
export interface AddressSet {
  /** Letters, digits and `_`; unique in its rule set. */
  readonly name: string
  readonly version: Address['version']
  /** In order; none overlaps another. */
  readonly ranges: readonly AddressRange[]
}

/** A null is any port. Of ICMP only echo can be meant. */
export interface Service {
  readonly transport: 'tcp' | 'udp' | 'icmp'
  readonly ports: PortRange | null
  readonly sourcePorts: PortRange | null
}

export interface Rule {
  /** Ids of the rows that say the same: a row and its twin from the other table. */
  readonly rows: readonly string[]
  /** Ids, and the place of the first in the document; printable ASCII without quotes. */
  readonly comment: string
  readonly from: AddressSet
  readonly to: AddressSet
  readonly services: readonly Service[]
}

export interface RuleSet {
  readonly sets: readonly AddressSet[]
  readonly rules: readonly Rule[]
  /** Rows in force that open nothing here, since nobody stands at one of their ends. */
  readonly without: readonly string[]
}

/** What stands around the rules, as comments where the format has any: sentences, one a line. */
export interface Remarks {
  readonly before: readonly string[]
  readonly after: readonly string[]
}

const VERSIONS = [4, 6] as const

/** The rules of the rows in force that are wanted, by their ids; of all where `wanted` is null. */
export function ruleSetOf(
  book: Rulebook,
  spans: readonly Span[],
  wanted: ReadonlySet<string> | null,
): RuleSet {
  const sets = new SetBook()
  const ruled = book.rows.map(row => ({ row, rules: rulesOf(book, row, spans, sets) }))
  const all = merged(ruled.flatMap(({ rules }) => rules))
  const rules = all.filter(rule => wanted === null || rule.rows.some(id => wanted.has(id)))
  const used = new Set(rules.flatMap(({ from, to }) => [from, to]))
  return {
    sets: sets.all.filter(set => used.has(set)),
    rules,
    without: ruled.filter(one => one.rules.length === 0).map(({ row }) => row.id),
  }
}

/** One rule for each IP version that both ends have. */
function rulesOf(book: Rulebook, row: Row, spans: readonly Span[], sets: SetBook): Rule[] {
  return VERSIONS.flatMap((version): Rule[] => {
    const own = spans.filter(span => span.version === version)
    const from = joined(own.filter(({ placement }) => opensFrom(book, row, placement)))
    const to = joined(own.filter(({ placement }) => opensTo(book, row, placement)))
    if (from.length === 0 || to.length === 0) return []
    return [
      {
        rows: [row.id],
        comment: plain(`${row.id}: ${placeOf(row.cite)}`),
        from: sets.of(version, wordsOf(row, row.from), from),
        to: sets.of(version, wordsOf(row, row.to), to),
        services: servicesOf(row),
      },
    ]
  })
}

/** What a set of this row is called for; the declared directions of 5003 make a group narrower. */
const wordsOf = ({ mode }: Row, { selectors }: Peers): string =>
  [...selectors.map(({ text }) => text), ...(mode === null ? [] : [mode.machine])].join('_')

/** Where "any" is a hole by letter, the row's own source ports narrow it (A-16). */
const servicesOf = ({ match, sourcePorts }: Row): Service[] =>
  match.flatMap(({ transport, ports }) =>
    (sourcePorts ?? [null]).map((from): Service => {
      return { transport, ports: isAny(ports) ? null : ports, sourcePorts: from }
    }),
  )

const isAny = ({ first, last }: PortRange): boolean => first === 0 && last === 65_535

/** `incoming, Web Server, HTTP 80`; the section where the row stands in no table. */
function placeOf({ section, table, server, row }: Cite): string {
  return table === null ? section : [table, server, row].filter(part => part !== null).join(', ')
}

/** Neighbours of one name become one range, unless they are declared: a host stays a host. */
function joined(spans: readonly Span[]): readonly AddressRange[] {
  const ranges: AddressRange[] = []
  for (const { first, last, name, placement } of spans) {
    const before = ranges.at(-1)
    const isNext = before?.name === name && before.last + 1n === first && placement.node === null
    if (isNext) ranges[ranges.length - 1] = { ...before, last }
    else ranges.push({ first, last, name })
  }
  return ranges
}

/** Rules of the same hosts and services are one, with the ids of all their rows. */
function merged(rules: readonly Rule[]): readonly Rule[] {
  const byContent = new Map<string, Rule>()
  for (const rule of rules) {
    const key = JSON.stringify([rule.from.name, rule.to.name, rule.services])
    const known = byContent.get(key)
    byContent.set(key, known === undefined ? rule : together(known, rule))
  }
  return [...byContent.values()]
}

function together(one: Rule, other: Rule): Rule {
  const rows = [...one.rows, ...other.rows]
  const place = one.comment.slice(one.comment.indexOf(':'))
  return { ...one, rows, comment: plain(rows.join(', ') + place) }
}

/** Sets by their content, each with a name made of the row's own words. */
class SetBook {
  readonly #byContent = new Map<string, AddressSet>()
  readonly #names = new Set<string>()

  get all(): readonly AddressSet[] {
    return [...this.#byContent.values()]
  }

  of(version: Address['version'], words: string, ranges: readonly AddressRange[]): AddressSet {
    const content = `${version} ${ranges.map(({ first, last }) => `${first}-${last}`).join()}`
    const known = this.#byContent.get(content)
    if (known !== undefined) return known
    const set = { name: this.#nameOf(identifier(words), version), version, ranges }
    this.#byContent.set(content, set)
    return set
  }

  #nameOf(words: string, version: number): string {
    for (let number = 1; ; number++) {
      const name = `${words}${number === 1 ? '' : `_${number}`}_v${version}`
      if (this.#names.has(name)) continue
      this.#names.add(name)
      return name
    }
  }
}
