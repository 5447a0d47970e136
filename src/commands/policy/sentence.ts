// The sentences of a policy's tests: `web-dmz -> app tcp/5003 established, mode reverse`. Their grammar
// is told in rules/README.md.

import { readSelector, readWord } from '../../config/readers.ts'
import { quoted, type Reading } from '../../config/reading.ts'
import type { GwsimMode } from '../../model/inventory.ts'
import type { Selector } from '../../model/policy.ts'
import { type AskedService, OUTCOMES, type OutcomeWord } from './imagined.ts'
import { readService } from './service.ts'

export interface Sentence {
  readonly from: Selector
  readonly to: Selector
  readonly service: AskedService
  readonly outcome: OutcomeWord
  /** Which side opens 5003; null where the site does not say. */
  readonly mode: GwsimMode | null
}

const SHAPE = /^(\S+) -> (\S+) (\S+) ([^\s,]+)(?:, mode (\S+))?$/
const MODES = ['normal', 'reverse'] as const

export function readSentence(text: string): Reading<Sentence> {
  const [, source = '', target = '', port = '', word = '', modeWord] = SHAPE.exec(text) ?? []
  if (source === '')
    return {
      wrong: `${quoted(text)} is no flow: write one such as "admin -> app tcp/22 established"`,
    }
  const from = readSelector(source)
  const to = readSelector(target)
  const service = readService(port)
  const outcome = readWord('outcome', OUTCOMES, word)
  const mode =
    modeWord === undefined ? { value: null } : readWord<GwsimMode>('mode', MODES, modeWord)
  if ('wrong' in from) return from
  if ('wrong' in to) return to
  if ('wrong' in service) return service
  if ('wrong' in outcome) return outcome
  if ('wrong' in mode) return mode
  return {
    value: {
      from: from.value,
      to: to.value,
      service: service.value,
      outcome: outcome.value,
      mode: mode.value,
    },
  }
}
