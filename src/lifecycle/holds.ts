// Why nobody is woken: what people said, announced work, and sensors that see nothing. Whoever is blind can tell
// neither that something is missing nor that it is slow; what was seen to happen is told all the same.

import { UsageError } from '../model/errors.ts'
import type { Held, Maintenance, StoredFinding, Suppression } from '../model/lifecycle.ts'
import type { BlindInterval } from '../model/live.ts'
import { fits } from './scope.ts'

const IN_FORCE_MAX = 1_000
const BLIND_MAX = 1_024
const RESTS_ON_SILENCE: readonly string[] = ['missing', 'degraded']

export class Holds {
  readonly #suppressions: Map<string, Suppression>
  readonly #maintenances: Map<string, Maintenance>
  /** Sensors by the id of their interval; null is the whole monitor. */
  readonly #blind = new Map<string, string | null>()
  /**
   * Something that may have held pages is over, and nobody has looked yet at what it held: so it is in the beginning,
   * after what ended while nobody ran.
   */
  #isLifted = true

  constructor(suppressions: readonly Suppression[], maintenances: readonly Maintenance[]) {
    this.#suppressions = new Map(suppressions.map(one => [one.id, one]))
    this.#maintenances = new Map(maintenances.map(one => [one.id, one]))
  }

  get suppressions(): readonly Suppression[] {
    return [...this.#suppressions.values()]
  }

  get maintenances(): readonly Maintenance[] {
    return [...this.#maintenances.values()]
  }

  /** @throws UsageError where there are too many, or just this one. */
  checkRoomFor(id: string): void {
    if (this.#suppressions.has(id) || this.#maintenances.has(id))
      throw new UsageError(`${id} is in force already, with the same scope, reason and end.`)
    if (this.#suppressions.size + this.#maintenances.size >= IN_FORCE_MAX)
      throw new UsageError(`${IN_FORCE_MAX} are in force. End some that are no longer needed.`)
  }

  /** @throws UsageError where nothing of that id is in force. */
  checkHas(id: string): void {
    if (this.#suppressions.has(id) || this.#maintenances.has(id)) return
    const ids = [...this.#suppressions.keys(), ...this.#maintenances.keys()].slice(0, 10)
    const known = ids.length === 0 ? 'There are none' : `In force are ${ids.join(', ')}`
    throw new UsageError(
      `No suppression or maintenance "${id.slice(0, 64)}" is in force. ${known}.`,
    )
  }

  suppress(suppression: Suppression): void {
    this.#suppressions.set(suppression.id, suppression)
  }

  maintain(maintenance: Maintenance): void {
    this.#maintenances.set(maintenance.id, maintenance)
  }

  end(id: string): void {
    this.#suppressions.delete(id)
    this.#maintenances.delete(id)
    this.#isLifted = true
  }

  /** Whether pages that were held must be looked at again at that moment. */
  isLifted(atMs: number, blind: readonly BlindInterval[]): boolean {
    return this.#isLifted || this.#over(atMs).length > 0 || blind.some(({ toMs }) => toMs !== null)
  }

  /** Lets time pass, and takes in who has become blind or sees again. Returns as `isLifted`. */
  advance(atMs: number, blind: readonly BlindInterval[]): boolean {
    const isLifted = this.isLifted(atMs, blind)
    for (const id of this.#over(atMs)) this.end(id)
    for (const { id, sensor, interface: name, toMs } of blind) {
      if (toMs !== null) this.#blind.delete(id)
      else if (this.#blind.size < BLIND_MAX) this.#blind.set(id, name === null ? null : sensor)
    }
    this.#isLifted = false
    return isLifted
  }

  /** Why a page of the finding is held, storms apart; null where it is not. What is over by now has been let go. */
  on({ finding, acknowledgement }: StoredFinding, atMs: number): Held | null {
    if (acknowledgement !== null) return { by: 'acknowledged', id: null }
    const suppression = this.suppressions.find(({ scope }) => fits(scope, finding))
    if (suppression !== undefined) return { by: 'suppressed', id: suppression.id }
    const maintenance = this.maintenances.find(
      ({ scope, fromMs }) => atMs >= fromMs && fits(scope, finding),
    )
    if (maintenance !== undefined) return { by: 'maintenance', id: maintenance.id }
    return this.#isBlindFor(finding) ? { by: 'blind', id: null } : null
  }

  #isBlindFor({ verdict, examples }: StoredFinding['finding']): boolean {
    if (this.#blind.size === 0 || !RESTS_ON_SILENCE.includes(verdict)) return false
    const sensors = new Set(examples.flatMap(example => example.sensors))
    return [...this.#blind.values()].some(
      sensor => sensor === null || sensors.size === 0 || sensors.has(sensor),
    )
  }

  #over(atMs: number): readonly string[] {
    return [...this.#suppressions.values(), ...this.#maintenances.values()]
      .filter(({ untilMs }) => untilMs <= atMs)
      .map(({ id }) => id)
  }
}
