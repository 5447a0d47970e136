// Stories about statements, in the sentences of the row cases (`admin -> app tcp/22 ssh`) or of the WebEx
// cases (`enduser -> webex 443 tls acme.webex.com`) or as scenes, and what coverage makes of them.

import { stripDirection } from '../../fixtures/scenario/edit.ts'
import { pcapOf } from '../../fixtures/scenario/pcap.ts'
import type { Coverage, CoveredStatement } from '../../src/model/coverage.ts'
import { SITE } from '../policy/rows/site.ts'
import { captureOf, wordsOf } from '../policy/rows/telling.ts'
import { auditStories } from '../policy/webex/telling.ts'
import { type Audited, auditBytes } from '../support/audit.ts'
import type { Scene } from './scenes.ts'

export interface Story {
  readonly tell: readonly string[]
  readonly site?: string
  readonly sensor?: string | null
  /** WebEx only: what name servers told before, and when the story begins. */
  readonly before?: readonly string[]
  readonly atSeconds?: number
  /** Rows only: the sensor sees nothing of what servers say. */
  readonly isHalf?: boolean
}

async function auditOf(story: Story | Scene): Promise<Audited> {
  if ('capture' in story) return auditBytes(story.capture(), story.site)
  const { tell, site = SITE, sensor = null, isHalf = false, ...when } = story
  if (tell.some(isOfWebex)) return auditStories(tell, { site, sensor, ...when })
  const { packets, epochSeconds } = captureOf(tell)
  const servers = tell.map((sentence, index) => wordsOf(sentence, index).server)
  const seen = isHalf ? stripDirection(packets, ({ from }) => servers.includes(from)) : packets
  return auditBytes(pcapOf(seen, { epochSeconds }), site, sensor)
}

export const coverageOf = async (story: Story | Scene): Promise<Coverage> =>
  (await auditOf(story)).coverage

export function statementIn({ statements }: Coverage, id: string): CoveredStatement {
  const found = statements.find(one => one.id === id)
  if (found === undefined) throw new Error(`no statement is called ${id}`)
  return found
}

/** What happens in it, in words. */
export const titleOf = (story: Story | Scene): string =>
  'title' in story ? story.title : story.tell.join('; ')

/** `kept`, or `kept, unverified`. */
export const stateOf = (coverage: Coverage, id: string): string => {
  const { state, unverified } = statementIn(coverage, id)
  return unverified ? `${state}, unverified` : state
}

/** The service of a row case has its transport: `tcp/22`. */
const isOfWebex = (sentence: string): boolean => !(sentence.split(' ')[3] ?? '').includes('/')
