// Clients that hide their clock: what they send as their time is drawn at random, so that nobody can follow
// them by it (draft-ietf-ntp-data-minimization, 4). A clock that is merely wrong is wrong twice in the same way.

import { Recent } from '../model/recent.ts'

const CLIENTS_MAX = 4096
/** Of all numbers that hide a clock, one in 25,000 falls so near to the one before. */
const NEAR_NS = 86_400e9
/** So many leaps are no accidents. */
const LEAPS_MAX = 3

interface Client {
  readonly offsetNs: number
  readonly leaps: number
}

export class HidingClients {
  readonly #clients = new Recent<string, Client>(CLIENTS_MAX)

  /** Whether this offset of the client's clock from its server's is one; `name` is who asks whom. */
  shows(name: string, offsetNs: number): boolean {
    const known = this.#clients.get(name)
    const isNear = Math.abs(offsetNs - (known?.offsetNs ?? 0)) <= NEAR_NS
    const leaps = (known?.leaps ?? 0) + (isNear ? 0 : 1)
    this.#clients.set(name, { offsetNs, leaps })
    return isNear && leaps < LEAPS_MAX
  }
}
