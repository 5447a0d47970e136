// What became of each statement of the document, from the judged flows, the findings and what watchers say.
// Nothing but closed sets is kept: statements, roles, zones, and a few thousand verdicts at a time.

import {
  COVERAGE_STATES,
  type Coverage,
  type CoverageState,
  type CoveredStatement,
} from '../model/coverage.ts'
import type { Finding } from '../model/finding.ts'
import type { Row } from '../model/policy.ts'
import { counted } from '../model/text.ts'
import { isoNanos } from '../model/time.ts'
import type { JudgedFlow } from '../model/verdict.ts'
import { APP_SEEN, Booking, rowsOf, unexposedOf } from './booking.ts'
import { breachesOf, type Known } from './breaches.ts'
import { Cells } from './cells.ts'
import { type Breach, Evidence, type Kept } from './evidence.ts'
import { Matrix } from './matrix.ts'
import type { StatementNotes } from './notes.ts'
import { Segmentation } from './segmentation.ts'
import { type Heard, silenceOf } from './silence.ts'
import { type Setting, Stage } from './stage.ts'
import { type Listed, statementsOf } from './statements.ts'

/** What stands at the end of a run beside the flows. */
export interface Ending {
  readonly findings: readonly Finding[]
  /** Of watchers. */
  readonly notes: StatementNotes
  readonly epochSeconds: number
}

type Verdict = Pick<CoveredStatement, 'state' | 'reason'> & { readonly kept: Kept | null }

export class CoverageBook {
  readonly #setting: Setting
  readonly #rows: ReadonlyMap<string, Row>
  readonly #evidence = new Evidence()
  readonly #matrix = new Matrix()
  readonly #segmentation: Segmentation
  readonly #cells: Cells

  constructor(setting: Setting) {
    this.#setting = setting
    this.#rows = rowsOf(setting.policy)
    this.#segmentation = new Segmentation(unexposedOf(setting.policy))
    const booking = new Booking(this.#evidence, setting)
    this.#cells = new Cells(cell => {
      booking.book(cell)
      this.#matrix.add(cell)
      this.#segmentation.add(cell)
    })
  }

  /** Takes every judged record that is in scope, once, in any order. */
  add(judged: JudgedFlow): void {
    this.#cells.add(judged)
  }

  /** What it comes to; the same flows and findings give the same, in whatever order they came. */
  coverage(ending: Ending): Coverage {
    this.#cells.fold()
    const setting = this.#setting
    const stage = new Stage(setting)
    const heard: Heard = { evidence: this.#evidence, stage, rows: this.#rows }
    const known = {
      rows: this.#rows,
      isControlled: (web: string) => this.#evidence.isControlled(web),
    }
    const against = contradictions(ending.findings, known)
    const statements = statementsOf(setting.policy).map(listed => {
      const findings = against.get(listed.id) ?? NONE
      return covered(listed, stateOf(listed.id, findings, ending.notes, heard), findings, ending)
    })
    return {
      counts: countsOf(statements),
      statements,
      matrix: this.#matrix.cells(stage, setting.rowsBetween),
      segmentation: this.#segmentation.barriers(stage, setting),
    }
  }
}

function covered(
  listed: Listed,
  { state, reason, kept }: Verdict,
  findings: readonly Finding[],
  { epochSeconds }: Ending,
): CoveredStatement {
  return {
    ...{ ...listed, state, reason },
    unverified: state === 'kept' && kept !== null && kept.verified === 0,
    times_kept: kept?.flows ?? 0,
    last_kept: kept === null ? null : isoNanos(epochSeconds, kept.lastNs),
    findings: findings.map(finding => finding.id),
  }
}

/** Violated beats kept, what was seen beats what could not be. */
function stateOf(
  id: string,
  findings: readonly Finding[],
  notes: StatementNotes,
  heard: Heard,
): Verdict {
  const kept = joined(keptOf(id, heard), notedOf(id, notes))
  const violated = violatedText(findings, heard.evidence.breaches(id))
  if (violated !== null) return { state: 'violated', reason: violated, kept }
  if (kept !== null) return { state: 'kept', reason: keptText(id, kept), kept }
  const blind = notes.of(id)?.blind ?? null
  if (blind !== null) return { state: 'unobservable', reason: blind, kept }
  return { ...silenceOf(id, heard), kept }
}

function keptOf(id: string, { evidence, stage }: Heard): Kept | null {
  const kept = evidence.kept(id)
  // SOCKS that nobody configured and nobody speaks: the statement is that there is none.
  const isNone = id === 'T-08' && kept === null && !stage.has('socks-proxy')
  return isNone ? evidence.kept(APP_SEEN) : kept
}

const NONE: readonly Finding[] = []

/** Findings by the statement that they contradict, worst first as the findings are. */
function contradictions(
  findings: readonly Finding[],
  known: Known,
): ReadonlyMap<string, readonly Finding[]> {
  const all = new Map<string, Finding[]>()
  for (const finding of findings)
    for (const id of new Set(breachesOf(finding, known))) {
      const others = all.get(id)
      if (others === undefined) all.set(id, [finding])
      else others.push(finding)
    }
  return all
}

function notedOf(id: string, notes: StatementNotes): Kept | null {
  const note = notes.of(id)
  if (note === undefined || note.keptNs === null) return null
  return { flows: note.kept, verified: note.kept, lastNs: note.keptNs }
}

/** Watchers look at the same flows, so that what both saw counts once. */
function joined(one: Kept | null, other: Kept | null): Kept | null {
  if (one === null || other === null) return one ?? other
  return {
    flows: Math.max(one.flows, other.flows),
    verified: Math.max(one.verified, other.verified),
    lastNs: Math.max(one.lastNs, other.lastNs),
  }
}

/** The worst finding in its own words; where there is none, what flows did. */
function violatedText(
  findings: readonly Finding[],
  breaches: ReadonlyMap<Breach, number>,
): string | null {
  const [worst, ...others] = findings
  if (worst === undefined) return breachText(breaches)
  const more = others.length === 0 ? '' : `, and ${counted(others.length, 'finding')} more`
  return `${worst.title}${more}.`
}

function keptText(id: string, { flows, verified }: Kept): string {
  if (id === 'T-04' || id === 'I-06.2' || id === 'I-28.2')
    return `${counted(flows, 'attempt')} stopped as ${flows === 1 ? 'it' : 'they'} should be.`
  const times = `Seen to hold ${counted(flows, 'time')}`
  return verified === 0 ? `${times}, and nobody recognised what was carried.` : `${times}.`
}

const BREACH_WORDS: Readonly<Record<Breach, string>> = {
  kept_back: 'kept back',
  came_in: 'let in from it where no row is',
}

function breachText(breaches: ReadonlyMap<Breach, number>): string | null {
  const parts = (['kept_back', 'came_in'] as const).flatMap(how => {
    const flows = breaches.get(how)
    return flows === undefined ? [] : [`${counted(flows, 'flow')} ${BREACH_WORDS[how]}`]
  })
  return parts.length === 0 ? null : `${parts.join(', ')}.`
}

function countsOf(statements: readonly CoveredStatement[]): Coverage['counts'] {
  const counts = COVERAGE_STATES.map(
    state => [state, statements.filter(one => one.state === state).length] as const,
  )
  return Object.fromEntries(counts) as Record<CoverageState, number>
}
