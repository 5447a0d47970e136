// Which findings have changed since they were last told, for whoever watches while they grow. What it costs goes
// with what has changed, not with how many findings there are: what grows marks itself, and is looked at once.

import type { Finding } from '../model/finding.ts'
import { PairTable } from '../model/pair-table.ts'
import { foldScans, SCAN_MIN } from './scan.ts'

/** Something that becomes a finding, or, for now, none. */
export interface Growing {
  readonly id: string
  finding(): Finding | null
}

/** Something that may be a port scan, or part of one, and so be folded with others. */
export interface Foldable extends Growing {
  readonly members: number
  finding(): Finding
}

/** What was told before and is no finding any more is in `gone`. No id is in both. */
export interface FindingChanges {
  readonly findings: readonly Finding[]
  readonly gone: readonly string[]
}

/** All of one pair that may be folded together, in the order in which they began. */
interface Group {
  readonly parts: Foldable[]
  /** Those that may be the scan. */
  readonly scans: Foldable[]
}

export class Changes {
  readonly #dirty = new Set<Growing>()
  readonly #groups = new PairTable<Group>()
  readonly #groupOf = new Map<Growing, Group>()
  readonly #told = new Set<string>()
  /** What is to be told, null where something is gone. An id keeps its place when it changes again. */
  readonly #waiting = new Map<string, Finding | null>()

  /** It has grown. */
  touch(one: Growing): void {
    this.#dirty.add(one)
  }

  /** It has begun, between these two, and may be part of a scan. */
  enter(one: Foldable, [source, destination]: readonly [string, string], mayBeScan: boolean): void {
    const group = this.#groups.take(source, destination, () => ({ parts: [], scans: [] }))
    group.parts.push(one)
    if (mayBeScan) group.scans.push(one)
    this.#groupOf.set(one, group)
  }

  /** At most `max` changes, those that have waited longest first. */
  take(max: number): FindingChanges {
    for (const one of this.#dirty) {
      if (this.#waiting.size >= max) break
      this.#look(one)
    }
    const findings: Finding[] = []
    const gone: string[] = []
    for (const [id, finding] of this.#waiting) {
      if (findings.length + gone.length >= max) break
      this.#waiting.delete(id)
      if (finding === null) {
        this.#told.delete(id)
        gone.push(id)
      } else {
        this.#told.add(id)
        findings.push(finding)
      }
    }
    return { findings, gone }
  }

  #look(one: Growing): void {
    const group = this.#groupOf.get(one)
    if (group?.scans.some(({ members }) => members >= SCAN_MIN)) this.#fold(group)
    else {
      this.#dirty.delete(one)
      this.#put(one.id, one.finding())
    }
  }

  /** The pair may have a scan: what becomes of each of its parts is looked at together. */
  #fold({ parts, scans }: Group): void {
    const folded = new Map(
      foldScans(parts.map(part => part.finding())).map(one => [one.id, one] as const),
    )
    for (const part of parts) {
      const { id } = part
      const finding = folded.get(id) ?? null
      const hasGrown = this.#dirty.delete(part) || scans.includes(part)
      if (hasGrown || (finding !== null) !== this.#isKnown(id)) this.#put(id, finding)
    }
  }

  /** Told of, or about to be, as a finding that there is. */
  #isKnown(id: string): boolean {
    const waiting = this.#waiting.get(id)
    return waiting === undefined ? this.#told.has(id) : waiting !== null
  }

  #put(id: string, finding: Finding | null): void {
    if (finding === null && !this.#told.has(id)) this.#waiting.delete(id)
    else this.#waiting.set(id, finding)
  }
}
