// The rhythms of two nodes, one for each service between them, and which of them is their heartbeat.

import { Rhythm } from './rhythm.ts'

/** Services on which a heartbeat is looked for; on what comes later it is not. */
const SERVICES_MAX = 64

export class Rhythms {
  readonly #replication: string
  readonly #rhythms = new Map<string, Rhythm>()

  /** `replication` is the service whose own heartbeat wins over any other. */
  constructor(replication: string) {
    this.#replication = replication
  }

  of(service: string): Rhythm | null {
    const known = this.#rhythms.get(service)
    if (known !== undefined) return known
    if (this.#rhythms.size >= SERVICES_MAX) return null
    const rhythm = new Rhythm(service)
    this.#rhythms.set(service, rhythm)
    return rhythm
  }

  /** The sensor has not listened for a while; `listenedNs` is what it has by now. */
  interrupted(listenedNs: number): void {
    for (const rhythm of this.#rhythms.values()) rhythm.listenedNs = listenedNs
  }

  /** The one that has shown to be a heartbeat, and of several the latest; null where none has. */
  get heartbeat(): Rhythm | null {
    let latest: Rhythm | null = null
    for (const rhythm of this.#rhythms.values()) {
      if (!rhythm.isProven) continue
      if (rhythm.service === this.#replication) return rhythm
      if (latest === null || rhythm.lastNs > latest.lastNs) latest = rhythm
    }
    return latest
  }
}
