// What a statement's cell may hold: a story with the state that coverage must have afterwards, or why there is none.

import type { CoverageState } from '../../src/model/coverage.ts'
import type { Scene } from './scenes.ts'
import type { Story } from './telling.ts'

export type Told = (Story | Scene) & { readonly state: CoverageState }

export type Cell =
  | Told
  /** No story could show it. */
  | { readonly impossible: string }

export interface Cells {
  readonly confirms: Cell
  readonly violates: Cell
  readonly cannotTell: Cell
}

/** Sentences, or one scene. */
type Tell = readonly string[] | readonly [Scene]

const told = (tell: Tell, state: CoverageState): Told => {
  const [first] = tell
  if (typeof first === 'object') return { ...first, state }
  return { tell: tell.filter(sentence => typeof sentence === 'string'), state }
}

export const kept = (...tell: Tell): Told => told(tell, 'kept')
export const violated = (...tell: Tell): Told => told(tell, 'violated')
export const absent = (...tell: Tell): Told => told(tell, 'absent')
export const hidden = (...tell: Tell): Told => told(tell, 'unobservable')

/** The good flow, with nothing of what the server says. */
export const half = (...tell: readonly string[]): Told => ({
  ...{ tell, state: 'unobservable', isHalf: true },
})

/** A row whose good flow, told by half, shows nothing. */
export const row = (good: string, bad: string): Cells => ({
  confirms: kept(good),
  violates: violated(bad),
  cannotTell: half(good),
})
