// What is said of a word that is none of the valid ones.

import { nearest } from '../model/nearest.ts'
import { quoted } from './reading.ts'

/** `no role is called "wbe". Did you mean web? Roles are: app, web.` */
export function noSuch(noun: string, word: string, valid: readonly string[]): string {
  const near = nearest(word, valid)
  const hint = near === undefined ? '' : ` Did you mean ${near}?`
  const plural = PLURALS.get(noun) ?? `${noun}s`
  const heading = `${plural.charAt(0).toUpperCase()}${plural.slice(1)}`
  const list = valid.length === 0 ? `There are no ${plural}.` : `${heading} are: ${listed(valid)}.`
  return `no ${noun} is called ${quoted(word)}.${hint} ${list}`
}

const PLURALS: ReadonlyMap<string, string> = new Map([
  ['advisory', 'advisories'],
  ['basis', 'bases'],
  ['severity', 'severities'],
])

const LISTED_MAX = 48

function listed(words: readonly string[]): string {
  const shown = words.slice(0, LISTED_MAX).join(', ')
  return words.length > LISTED_MAX ? `${shown}, and ${words.length - LISTED_MAX} more` : shown
}
