// What is to be exported: the findings that were asked for, the records that they have as examples, each known
// by its first packet, and the packets that they list by themselves.

import { UsageError } from '../../model/errors.ts'
import { nearest } from '../../model/nearest.ts'
import { visible } from '../../model/text.ts'
import { isViolation } from '../../report/conclusion.ts'
import type { StoredExample, StoredFinding, StoredResult } from '../../report/stored-result.ts'

/** One record that is asked for, perhaps by several findings. */
export interface AskedRecord {
  readonly capture: string
  readonly frame: number
  readonly example: StoredExample
  /** What Wireshark shows on its first packet, a line for each finding. */
  readonly comments: string[]
}

/** The findings by id, or by the beginning of one that no other shares; all violations where none is named. */
export function askedFindings(
  { findings }: StoredResult,
  ids: readonly string[],
): readonly StoredFinding[] {
  if (ids.length === 0) return findings.filter(isViolation)
  return [...new Set(ids.map(id => findingOf(findings, id)))]
}

function findingOf(findings: readonly StoredFinding[], id: string): StoredFinding {
  const [found, other] = findings.filter(finding => finding.id.startsWith(id))
  if (found === undefined) {
    const near = nearest(
      id,
      findings.map(finding => finding.id),
    )
    const hint = near === undefined ? '' : ` Did you mean ${near}?`
    throw new UsageError(`--finding: the result has no finding ${id}.${hint}`)
  }
  if (other !== undefined)
    throw new UsageError(
      `--finding: ${id} may be ${found.id} or ${other.id}. Write more of it, or all of it.`,
    )
  return found
}

/** The records that the findings list as examples, in the order of the findings. */
export function askedRecords(findings: readonly StoredFinding[]): readonly AskedRecord[] {
  const records = new Map<string, AskedRecord>()
  for (const finding of findings)
    for (const example of finding.examples) {
      const { capture, frame } = example.packet
      const key = `${frame} ${capture}`
      const known = records.get(key) ?? { capture, frame, example, comments: [] }
      known.comments.push(commentOf(finding))
      records.set(key, known)
    }
  return [...records.values()]
}

/** A single packet that proves something, beside the records. */
export interface AskedFrame {
  readonly capture: string
  readonly frame: number
  readonly comments: readonly string[]
}

/** The packets that the findings list by themselves, with what each of them says. */
export const askedFrames = (findings: readonly StoredFinding[]): readonly AskedFrame[] =>
  findings.flatMap(finding =>
    finding.frames.map(({ says, packet: { capture, frame } }) => ({
      ...{ capture, frame },
      comments: [commentOf(finding), visible(says)],
    })),
  )

/** `mpwatch f-7d1c2a90b3e4 I-31 escaped:over_exposed: SQL Server on web-dmz-1 answered the Internet` */
function commentOf({ id, row, verdict, reason, title }: StoredFinding): string {
  const what = reason === null ? verdict : `${verdict}:${reason}`
  return visible(`mpwatch ${id} ${row} ${what}: ${title}`)
}
