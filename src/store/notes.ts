// What was found wrong with a store, told once each.

import { grouped } from '../model/text.ts'
import type { Defects } from './journal-segments.ts'

const NOTES_MAX = 100

export class Notes implements Defects {
  /** Told of each new note; null while the store is being opened, whose notes are told together. */
  listener: ((note: string) => void) | null = null
  readonly #told = new Set<string>()
  #untold = 0
  /** Entries that are missing by their numbers. */
  lost = 0

  damaged(note: string): void {
    this.note(note)
  }

  missing(count: number, note: string): void {
    if (this.note(note)) this.lost += count
  }

  /** Whether it is new. */
  note(text: string): boolean {
    if (this.#told.has(text)) return false
    if (this.#told.size < NOTES_MAX) this.#told.add(text)
    else this.#untold += 1
    this.listener?.(text)
    return true
  }

  get all(): readonly string[] {
    const rest = `and ${grouped(this.#untold)} more places`
    return this.#untold === 0 ? [...this.#told] : [...this.#told, rest]
  }
}
