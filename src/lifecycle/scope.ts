// What a suppression or a window of maintenance is about.

import { UsageError } from '../model/errors.ts'
import type { Scope } from '../model/lifecycle.ts'
import type { ReportedFinding } from '../model/result.ts'
import { visible } from '../model/text.ts'

type Member = keyof Scope

/** The words of a finding that each member of a scope is held against. */
const WORDS: Readonly<Record<Member, (finding: ReportedFinding) => readonly (string | null)[]>> = {
  ids: ({ id }) => [id],
  rows: ({ row }) => [row],
  verdicts: ({ verdict }) => [verdict],
  reasons: ({ reason }) => [reason],
  severities: ({ severity }) => [severity],
  nodes: ({ source, destination }) => [source, destination],
  sources: ({ source }) => [source],
  destinations: ({ destination }) => [destination],
}
const MEMBERS = Object.keys(WORDS) as readonly Member[]

const WORDS_MAX = 100
const WORD_CHARACTERS_MAX = 256

/** Whether each member that is given fits. An empty scope fits everything. */
export const fits = (scope: Scope, finding: ReportedFinding): boolean =>
  MEMBERS.every(member => {
    const words = scope[member]
    return words === undefined || WORDS[member](finding).some(word => isAmong(words, word))
  })

const isAmong = (words: readonly string[], word: string | null): boolean =>
  word !== null && words.includes(word)

/**
 * The scope with its members in a fixed order, those that were not given left out.
 *
 * @throws UsageError where it means nothing, or is larger than anybody would read.
 */
export function checkedScope(scope: Scope, may: { readonly beEmpty: boolean }): Scope {
  const given = MEMBERS.filter(member => scope[member] !== undefined)
  if (given.length === 0 && !may.beEmpty)
    throw new UsageError(`The scope is empty. Give at least one of ${MEMBERS.join(', ')}.`)
  for (const member of given) checkWords(member, scope[member] ?? [])
  return Object.fromEntries(given.map(member => [member, [...(scope[member] ?? [])]]))
}

function checkWords(member: Member, words: readonly string[]): void {
  if (words.length === 0)
    throw new UsageError(
      `The scope's ${member} are an empty list, which fits nothing. Leave it out.`,
    )
  if (words.length > WORDS_MAX)
    throw new UsageError(`The scope has ${words.length} ${member}. At most ${WORDS_MAX} are taken.`)
  const bad = words.find(word => word === '' || word.length > WORD_CHARACTERS_MAX)
  if (bad !== undefined)
    throw new UsageError(
      `The scope's ${member} hold a word of ${bad.length} characters. Each has 1 to ${WORD_CHARACTERS_MAX}.`,
    )
  const hidden = words.find(word => visible(word) !== word)
  if (hidden !== undefined)
    throw new UsageError(`The scope's ${member} hold "${visible(hidden)}", which cannot be seen.`)
}
