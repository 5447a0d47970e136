// Cases in words: `'admin -> app tcp/22 established': 'permitted_unverified I-01'`. All cases of a
// table become one capture, which is audited once; each is then a test of its own.

import { beforeAll, expect, test } from 'vitest'
import { pcapOf } from '../../../fixtures/scenario/pcap.ts'
import type { JudgedFlow } from '../../../src/model/verdict.ts'
import { auditBytes, verdictText } from '../../support/audit.ts'
import { SITE } from './site.ts'
import { addressOf, captureOf, type Words, wordsOf } from './telling.ts'

export interface CaseOptions {
  readonly site?: string
  readonly sensor?: string | null
}

/** One test per case: the verdict, then what else is remarked, such as `unexpected_source`. */
export function testCases(
  cases: Readonly<Record<string, string>>,
  options: CaseOptions = {},
): void {
  testEach(cases, remarks, options)
}

/** One test per sentence: what `factOf` says of its judged flow is what is expected. */
export function testEach<Fact>(
  cases: Readonly<Record<string, Fact>>,
  factOf: (judged: JudgedFlow) => Fact,
  options: CaseOptions = {},
): void {
  const sentences = Object.keys(cases)
  let flows: readonly (JudgedFlow | undefined)[]
  // Not at once for all tables: there is one kernel, and it reads one capture after the other.
  beforeAll(async () => {
    flows = await judgedCases(sentences, options)
  })
  for (const [index, [sentence, expected]] of Object.entries(cases).entries())
    test(`${sentence} is ${expected}`, () => {
      const judged = flows[index]
      expect(judged && factOf(judged)).toEqual(expected)
    })
}

/** `permitted_unverified I-08, unexpected_source`; with `service_down` where nobody listens. */
function remarks(judged: JudgedFlow): string {
  const { advisories, serviceDown } = judged.verdict
  return [verdictText(judged), ...advisories, ...(serviceDown ? ['service_down'] : [])].join(', ')
}

/** The judged flow of each sentence, in their order. */
async function judgedCases(
  sentences: readonly string[],
  { site = SITE, sensor = null }: CaseOptions,
): Promise<readonly (JudgedFlow | undefined)[]> {
  const { packets, epochSeconds } = captureOf(sentences)
  const { flows } = await auditBytes(pcapOf(packets, { epochSeconds }), site, sensor)
  return sentences.map((sentence, index) => {
    const words = wordsOf(sentence, index)
    const [judged, ...others] = flows.filter(flow => isFlowOf(flow, words))
    if (others.length > 0) throw new Error(`"${sentence}" made more than one flow`)
    return judged
  })
}

function isFlowOf({ flow }: JudgedFlow, words: Words): boolean {
  if (flow.transport !== words.transport) return false
  const isIcmp = words.transport === 'icmp'
  const ends = [flow.client, flow.server].map(({ address, port }) => `${address.text} ${port}`)
  const clientEnd = `${addressOf(words.client)} ${isIcmp ? ECHO : words.clientPort}`
  const serverEnd = `${addressOf(words.server)} ${isIcmp ? ECHO_REPLY : words.port}`
  return ends.includes(clientEnd) && ends.includes(serverEnd)
}

const ECHO = 8
const ECHO_REPLY = 0
