// What the flows of the site leave without a verdict, and whether that keeps the observation from being
// complete: a row with nothing but undetermined flows, a pair seen from one side only, no flow at all.

import type { FlowRecord } from '../model/flow.ts'
import type { NotJudged } from '../model/result.ts'
import { byText, counted } from '../model/text.ts'
import type { JudgedFlow } from '../model/verdict.ts'

interface Subject {
  /** Flows that got a real verdict. */
  determined: number
  /** Count and first explanation of the others, by the verdict's reason. */
  readonly undetermined: Map<string, { count: number; readonly why: string }>
}

/** TCP conversations of two sides, by how many of these were seen. */
export interface Sights {
  bothWays: number
  oneWay: number
}

/** Takes the flows in scope only. Subjects are row ids and role pairs, reasons words of the judge. */
export class Unjudged {
  readonly #subjects = new Map<string, Subject>()
  readonly #sights = new Map<string, Sights>()

  /** So many flows of one pair and verdict; `judged` is one of them. */
  add(judged: JudgedFlow, flows: number, sights: Sights): void {
    const { kind, row, reason, why } = judged.verdict
    const pair = pairOf(judged)
    const subject = this.#subjectOf(row === null || row === 'unlisted' ? pair : row)
    if (kind === 'undetermined')
      leaveOpen(subject, flows, { reason: reason ?? 'no reason given', why: why[0] })
    else subject.determined += flows
    const known = this.#sights.get(pair) ?? { bothWays: 0, oneWay: 0 }
    known.bothWays += sights.bothWays
    known.oneWay += sights.oneWay
    this.#sights.set(pair, known)
  }

  /** Sorted by kind, then subject, then reason. */
  list(): NotJudged[] {
    if (this.#subjects.size === 0) return [NO_SITE_FLOW]
    return [...this.#undetermined(), ...this.#oneWay()].toSorted(
      (left, right) =>
        byText(left.kind, right.kind) ||
        byText(left.subject, right.subject) ||
        byText(left.reason, right.reason),
    )
  }

  #undetermined(): NotJudged[] {
    return [...this.#subjects].flatMap(([subject, { determined, undetermined }]) =>
      [...undetermined].map(([, { count, why }]) => ({
        kind: 'undetermined',
        subject,
        count,
        reason: `${counted(count, 'flow')} got no verdict: ${why}`,
        incomplete: determined === 0,
      })),
    )
  }

  #oneWay(): NotJudged[] {
    return [...this.#sights]
      .filter(([, { oneWay }]) => oneWay > 0)
      .map(([subject, { bothWays, oneWay }]) => ({
        kind: 'one_way',
        subject,
        count: oneWay,
        reason:
          `${counted(oneWay, 'TCP conversation')} of two sides ${oneWay === 1 ? 'was' : 'were'} seen ` +
          'from one side only; the sensor must mirror both directions.',
        incomplete: bothWays === 0,
      }))
  }

  #subjectOf(name: string): Subject {
    const known = this.#subjects.get(name)
    if (known !== undefined) return known
    const subject = { determined: 0, undetermined: new Map() }
    this.#subjects.set(name, subject)
    return subject
  }
}

const pairOf = ({ client, server }: JudgedFlow): string => `${client.group} -> ${server.group}`

function leaveOpen(
  { undetermined }: Subject,
  flows: number,
  { reason, why }: { readonly reason: string; readonly why: string | undefined },
): void {
  const known = undetermined.get(reason)
  if (known === undefined) undetermined.set(reason, { count: flows, why: why ?? reason })
  else known.count += flows
}

const NO_SITE_FLOW: NotJudged = {
  kind: 'no_site_flow',
  subject: 'site',
  count: 0,
  reason:
    'No flow of the site was seen: this is the wrong capture, or the inventory does not describe it.',
  incomplete: true,
}

/**
 * Whether the sensor sees both directions of a TCP conversation. One that only one side speaks in counts
 * as half seen when the other is there all the same: it is acknowledged, or it was answered.
 */
export function look(sights: Sights, { tcp, toServer, toClient }: FlowRecord): void {
  if (tcp === null) return
  if (toServer.packets > 0 && toClient.packets > 0) sights.bothWays++
  else if (toClient.packets > 0 || tcp.acknowledges.client) sights.oneWay++
}
