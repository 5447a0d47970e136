// Storms: when more than twenty findings with one cause open within five minutes, one finding speaks for all of them.
// The others are kept and counted like any, and wake nobody.

import { worse } from '../model/finding.ts'
import type { StoredFinding } from '../model/lifecycle.ts'
import type { ReportedFinding } from '../model/result.ts'
import { byText, counted } from '../model/text.ts'
import { firstExamples } from './grown.ts'
import { type Hash, idOf } from './quiet.ts'

/** More than so many are a storm. */
const CALM_MAX = 20
const WINDOW_MS = 300_000
const WINDOWS_MAX = 4_096
const STORMS_MAX = 1_024

/** What many findings have in common. */
export interface Cause {
  readonly id: string
  readonly kind: 'source' | 'destination' | 'reason' | 'signature'
  readonly words: readonly string[]
}

interface Opening {
  readonly finding: string
  readonly passedMs: number
}

/** What a new finding makes of its cause: it joins a storm, or begins one with those before it. */
export interface Weather {
  readonly cause: Cause
  readonly isNew: boolean
  /** Ids of all that belong to it now, where it is new. */
  readonly findings: readonly string[]
}

export class Storms {
  readonly #hash: Hash
  readonly #openings = new Map<string, readonly Opening[]>()
  /** Children that are open, by the storm's id. */
  readonly #open = new Map<string, Set<string>>()
  /** All of them. */
  readonly #children = new Set<string>()

  constructor(hash: Hash) {
    this.#hash = hash
  }

  isOpen(id: string): boolean {
    return this.#open.has(id)
  }

  /** The first of its causes of which there are too many; null while there are not. */
  add(finding: ReportedFinding, passedMs: number): Weather | null {
    const causes = causesOf(finding, this.#hash)
    const present = causes.find(({ id }) => this.#open.has(id))
    if (present !== undefined) return { cause: present, isNew: false, findings: [] }
    for (const cause of causes) this.#note(cause.id, { finding: finding.id, passedMs })
    if (this.#open.size >= STORMS_MAX) return null
    const cause = causes.find(({ id }) => this.#recent(id, passedMs).length > CALM_MAX)
    if (cause === undefined) return null
    const findings = this.#recent(cause.id, passedMs).map(opening => opening.finding)
    return { cause, isNew: true, findings }
  }

  /** Ids of the storms that so many new findings may begin, and of the findings that would be part of them. */
  near(findings: readonly ReportedFinding[], passedMs: number): readonly string[] {
    const coming = new Map<string, number>()
    for (const finding of findings)
      for (const { id } of causesOf(finding, this.#hash)) coming.set(id, (coming.get(id) ?? 0) + 1)
    return [...coming].flatMap(([id, count]) => {
      const recent = this.#recent(id, passedMs)
      return recent.length + count > CALM_MAX ? [id, ...recent.map(({ finding }) => finding)] : []
    })
  }

  join(storm: string, finding: string): void {
    const children = this.#open.get(storm) ?? new Set()
    this.#open.set(storm, children.add(finding))
    this.#children.add(finding)
  }

  /** The storm is over with its last child: true. */
  leave(storm: string, finding: string): boolean {
    const children = this.#open.get(storm)
    children?.delete(finding)
    this.#children.delete(finding)
    if (children?.size !== 0) return false
    this.#open.delete(storm)
    return true
  }

  #recent(cause: string, passedMs: number): readonly Opening[] {
    return (this.#openings.get(cause) ?? []).filter(
      one => one.passedMs > passedMs - WINDOW_MS && !this.#children.has(one.finding),
    )
  }

  #note(cause: string, opening: Opening): void {
    const others = this.#recent(cause, opening.passedMs).filter(
      ({ finding }) => finding !== opening.finding,
    )
    this.#openings.delete(cause)
    this.#openings.set(cause, [...others, opening].slice(-CALM_MAX - 1))
    if (this.#openings.size <= WINDOWS_MAX) return
    for (const id of [...this.#openings.keys()].slice(0, WINDOWS_MAX / 2)) this.#openings.delete(id)
  }
}

/** By whom, towards whom, why, and stopped by what. */
function causesOf(finding: ReportedFinding, hash: Hash): readonly Cause[] {
  const { source, destination, verdict, reason, row, examples } = finding
  const signature = examples[0]?.outcome.signature ?? null
  const causes: readonly (readonly [Cause['kind'], ...string[]])[] = [
    ['source', source],
    ['destination', destination],
    ['reason', verdict, reason ?? '', row],
    ...(signature === null ? [] : [['signature', signature] as const]),
  ]
  return causes.map(([kind, ...words]) => {
    return { id: idOf('f', ['storm', kind, ...words], hash), kind, words }
  })
}

const SEVERAL = 'several'

/** What speaks for its children: everything that is said of the rules is said of the worst of them. */
export function stormOf(
  cause: Cause,
  before: ReportedFinding | null,
  children: readonly StoredFinding[],
): ReportedFinding {
  const all = [...(before === null ? [] : [before]), ...children.map(({ finding }) => finding)]
  const worst = all.reduce((one, other) =>
    worse(one.severity, other.severity) === one.severity ? one : other,
  )
  const { exception: _, ...said } = worst
  const added = children.map(({ finding }) => finding)
  const total = (of: 'packets' | 'bytes') =>
    added.reduce((sum, finding) => sum + finding[of], before?.[of] ?? 0)
  const members = (before?.members ?? 0) + children.length
  return {
    ...said,
    id: cause.id,
    title: `${counted(members, 'finding')} opened at once: ${told(cause)}`,
    source: common(all.map(({ source }) => source)),
    destination: common(all.map(({ destination }) => destination)),
    service: null,
    exception: null,
    members,
    packets: total('packets'),
    bytes: total('bytes'),
    first: all.map(({ first }) => first).toSorted(byText)[0] ?? worst.first,
    last:
      all
        .map(({ last }) => last)
        .toSorted(byText)
        .at(-1) ?? worst.last,
    why: [
      'Each of them is a finding of its own; they are told as one.',
      'Packets and bytes are those that they had when they became part of it.',
    ],
    examples: firstExamples([
      ...(before?.examples ?? []),
      ...added.flatMap(({ examples }) => examples.slice(0, 1)),
    ]),
    frames: [],
  }
}

const common = (names: readonly string[]): string =>
  new Set(names).size === 1 ? (names[0] ?? SEVERAL) : SEVERAL

function told({ kind, words }: Cause): string {
  const [first = '', reason = '', row = ''] = words
  if (kind === 'source') return `all from ${first}`
  if (kind === 'destination') return `all towards ${first}`
  if (kind === 'signature') return `all stopped in the same way, ${first}`
  return `all ${reason === '' ? first : `${first}:${reason}`} of ${row}`
}
