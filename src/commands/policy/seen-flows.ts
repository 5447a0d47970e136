// What captures say to a rule set: which rows are in use, and which flows the rules would break. Those are
// the ones that were answered and that no rule opens, whatever the policy says of them.

import { serviceOf } from '../../findings/hit.ts'
import { listsPort } from '../../findings/ports.ts'
import { openers } from '../../firewall/openings.ts'
import type { Batch } from '../../model/batch.ts'
import { isStrongBasis } from '../../model/flow.ts'
import { byText } from '../../model/text.ts'
import { type JudgedFlow, VERDICTS, type VerdictKind } from '../../model/verdict.ts'
import { reversed } from '../../policy/orientation.ts'
import { isAnswered } from '../../policy/outcome.ts'
import type { Rulebook } from '../../policy/rulebook.ts'
import { FlowGroups } from './flow-groups.ts'
import { verdictText } from './own-tests.ts'

/** Flows of one pair and service that would be cut off. */
export interface Broken {
  readonly flows: number
  /** Whether the policy speaks of them at all; a mirror port shows others, too. */
  readonly isJudged: boolean
  /** As tests of the policy write it: `escaped:unlisted unlisted`. */
  readonly verdict: string
  readonly source: string
  readonly destination: string
  readonly service: string
  /** Why the rules do not open what the policy allows; empty where it does not. */
  readonly remark: string
}

type Key = readonly [
  ...[kind: VerdictKind, verdict: string, source: string, destination: string],
  ...[service: string, remark: string, openers: string],
]

/** Verdicts by which a row is in use. */
const USES: readonly VerdictKind[] = ['permitted', 'permitted_unverified', 'misdropped']

export class SeenFlows {
  /** Ids of the rows that decided about an allowed flow. */
  readonly used = new Set<string>()
  readonly #book: Rulebook
  // Apart, so that the other traffic of a mirror port displaces none of the site's own.
  readonly #own = new FlowGroups<Key>()
  readonly #others = new FlowGroups<Key>()

  constructor(book: Rulebook) {
    this.#book = book
  }

  take({ flows }: Batch): void {
    for (const flow of flows) if ('verdict' in flow) this.#take(flow)
  }

  /** Flows that came when all groups were taken: which of them would be broken is not known. */
  get beyond(): number {
    return this.#own.beyond + this.#others.beyond
  }

  /** What rules of these rows would break: first what the policy allows, then the most flows. */
  broken(rows: ReadonlySet<string>): Broken[] {
    return [...this.#own.groups, ...this.#others.groups]
      .filter(({ key }) => !key[6].split(' ').some(id => rows.has(id)))
      .toSorted((one, other) => rankOf(one.key) - rankOf(other.key) || other.flows - one.flows)
      .map(({ key: [kind, verdict, source, destination, service, remark], flows }) => {
        const isJudged = kind !== 'out_of_scope'
        return { flows, isJudged, verdict, source, destination, service, remark }
      })
  }

  #take(judged: JudgedFlow): void {
    const { verdict, flow, client, server } = judged
    const isUse = USES.includes(verdict.kind) && verdict.row !== null
    if (isUse) this.used.add(verdict.row)
    if (!isAnswered(flow) || isLinkScope(judged)) return
    const ids = this.#openersOf(judged)
    // Its own row will be among the rules.
    if (isUse && ids.includes(verdict.row)) return
    const groups = verdict.kind === 'out_of_scope' ? this.#others : this.#own
    groups.add([
      ...([verdict.kind, verdictText(verdict), client.name, server.name] as const),
      ...([serviceOf(flow), this.#remarkOn(judged), ids.toSorted(byText).join(' ')] as const),
    ])
  }

  /** A flow whose direction is a guess may be the answer to what is allowed the other way. */
  #openersOf({ flow, client, server }: JudgedFlow): readonly string[] {
    const rows = openers(this.#book, flow, client, server)
    const back = isStrongBasis(flow.basis)
      ? []
      : openers(this.#book, reversed(flow), server, client)
    return [...new Set([...rows, ...back].map(({ id }) => id))]
  }

  #remarkOn({ flow, verdict }: JudgedFlow): string {
    const { kind, excepted, advisories } = verdict
    if (excepted !== null) return `exception ${excepted.id}`
    if (kind !== 'permitted' && kind !== 'permitted_unverified') return ''
    if (flow.app.control !== null) return 'data channel of FTP'
    if (advisories.includes('unexpected_source')) return 'source is in no list'
    const row = this.#book.rows.find(({ id }) => id === verdict.row)
    if (row === undefined || !listsPort([row], flow)) return 'port is in no row'
    return row.sourcePorts === null ? 'allowed by its name' : 'sent from another port'
  }
}

/** What stays on its link crosses no firewall. */
const isLinkScope = ({ verdict: { kind, reason } }: JudgedFlow): boolean =>
  kind === 'out_of_scope' && reason !== 'other_traffic'

const rankOf = ([kind]: Key): number => VERDICTS.indexOf(kind)
