// Which entries of the journal a route must tell, and what others say of findings that it has told.

import type { FindingEvent } from '../model/lifecycle.ts'
import type { NumberedEntry, Store } from '../model/store.ts'
import type { RouteConfig } from '../model/watch-config.ts'
import { fitsRoute, groupOf, isSevere, keyOf, nameOf, TROUBLE_SEVERITY } from './filter.ts'
import type { Tally } from './tally.ts'
import type { Told } from './told.ts'
import type { Item, Waiting } from './waiting.ts'

const READ_AT_ONCE = 200

type Kind = 'finding' | 'blind' | 'output'
type Numbered = NumberedEntry<Kind>

export interface IntakeOptions {
  readonly config: Pick<RouteConfig, 'name' | 'filter' | 'tells'>
  readonly store: Pick<Store, 'entriesAfter'>
  readonly site: string
  readonly waiting: Waiting
  readonly told: Told
  readonly tally: Tally
}

export class Intake {
  readonly #options: IntakeOptions
  readonly #kinds: readonly Kind[]
  /** The number of the entry that was read last. */
  position = 0

  constructor(options: IntakeOptions) {
    this.#options = options
    this.#kinds = options.config.tells === 'events' ? ['finding'] : ['finding', 'blind', 'output']
  }

  /** The number up to which everything is answered, or needs no answer. */
  get upTo(): number {
    const { first } = this.#options.waiting
    return first === null ? this.position : first - 1
  }

  /** Reads what is new, as far as there is room for it; whether that was everything. */
  async read(): Promise<boolean> {
    const { store, waiting, told } = this.#options
    for (;;) {
      const limit = Math.min(READ_AT_ONCE, waiting.room(told.owedCount))
      if (limit === 0) return false
      const entries = await store.entriesAfter(this.position, limit, this.#kinds)
      for (const entry of entries) this.#take(entry)
      if (entries.length < limit) return true
    }
  }

  #take(numbered: Numbered): void {
    const { number, entry } = numbered
    this.position = number
    if (entry.kind === 'finding')
      this.#options.told.stands(entry.stored.finding.id, entry.stored.state === 'open', entry.atMs)
    if (this.#options.told.isAnswered(number)) return
    const item = this.#itemOf(numbered)
    if (item === null) return
    this.#options.waiting.add(item)
    this.#options.tally.enqueue(1)
  }

  #itemOf({ number, entry }: Numbered): Item | null {
    if (entry.kind === 'finding') return this.#findingItem(number, entry)
    if (entry.kind === 'blind') {
      const { id, toMs } = entry.interval
      return this.#troubleItem(number, { kind: 'blind', id, isOver: toMs !== null }, entry.atMs)
    }
    const { output: id, state, atMs } = entry
    if (id === this.#options.config.name) return null
    return this.#troubleItem(number, { kind: 'output', id, isOver: state === 'recovered' }, atMs)
  }

  #findingItem(number: number, event: FindingEvent): Item | null {
    const { config, site } = this.#options
    const { stored, phase, captureMs, atMs } = event
    const { finding } = stored
    if (config.tells === 'pages' && !isPage(event)) return null
    if (!fitsRoute(config.filter, finding, site)) return null
    const { id, severity } = finding
    const group = keyOf(groupOf(finding))
    return { number, kind: 'finding', id, group, severity, phase, captureMs, atMs }
  }

  /**
   * That it is over is told where it was told, or will be, that it began. One that lasts and is recorded anew, as an output
   * that fails still when the monitor is started again, is told no second time.
   */
  #troubleItem(
    number: number,
    one: { readonly kind: 'blind' | 'output'; readonly id: string; readonly isOver: boolean },
    atMs: number,
  ): Item | null {
    const { config, waiting, told } = this.#options
    const { kind, id, isOver } = one
    if (!isSevere(config.filter, TROUBLE_SEVERITY)) return null
    const group = nameOf(kind, id)
    const isKnown = told.isNamed(group)
    if (isOver !== isKnown && !waiting.has(group)) return null
    const phase = isOver ? 'close' : 'open'
    return { number, kind, id, group, severity: TROUBLE_SEVERITY, phase, captureMs: atMs, atMs }
  }
}

/** Storms speak for their findings only to those who hear of the storm, which is seen when it is told. */
const isPage = ({ isPage, held }: FindingEvent): boolean =>
  isPage && (held === null || held.by === 'storm')
