// I-28.2: port 80 of a Web Server may be closed where 443 serves HTTPS. Whether it does is told apart by
// the zone of those who ask, since a firewall may treat each zone in its own way.

import type { Placement } from '../model/inventory.ts'
import { PairTable } from '../model/pair-table.ts'
import type { Connection } from '../model/sighting.ts'
import type { JudgedFlow, Verdict } from '../model/verdict.ts'
import type { Oriented } from './orientation.ts'

const CLEAR: readonly (string | null)[] = ['I-28', 'I-28.1']
const ENCRYPTED: readonly (string | null)[] = ['I-29', 'I-29.1']
const CONDITION = 'I-28.2'
const HTTPS_PORT = 443

/** What 443 of a Web Server last did for those of a zone. */
type Path = 'answered' | 'tls' | 'stopped'

export class HttpsPaths {
  readonly #isDeclared: boolean
  #paths = new PairTable<{ path: Path }>()

  /** `isDeclared`: the site says that its Web Servers are configured for HTTPS. */
  constructor(isDeclared: boolean) {
    this.#isDeclared = isDeclared
  }

  /** Goes on with what was learned of the same Web Servers. */
  inherit(former: HttpsPaths): void {
    this.#paths = former.#paths
  }

  connected({ transport, client, server, serverPort, isReset }: Connection): void {
    if (transport !== 'tcp' || serverPort !== HTTPS_PORT || isReset) return
    if (!server.labels.has('web')) return
    const known = this.#paths.take(client.zone, server.name, () => ({ path: 'answered' }))
    if (known.path === 'stopped') known.path = 'answered'
  }

  ended({ flow, client, server, verdict }: JudgedFlow): void {
    const { state } = verdict.outcome
    if (!ENCRYPTED.includes(verdict.row)) return
    const { protocol, by } = flow.app
    const isTls = state === 'answered' && protocol === 'tls' && by.server
    const isStopped = state === 'blocked' || state === 'refused'
    if (!isTls && !isStopped) return
    const path: Path = isTls ? 'tls' : 'stopped'
    this.#paths.take(client.zone, server.name, () => ({ path })).path = path
  }

  /** The verdict on a flow to port 80 that did not get through, given what 443 does. */
  decide(verdict: Verdict, { client, server }: Oriented): Verdict {
    const isStopped = verdict.kind === 'misdropped' || verdict.serviceDown
    if (!isStopped || !CLEAR.includes(verdict.row) || !this.#isOpen(client, server)) return verdict
    return {
      ...verdict,
      ...{ kind: 'rejected', reason: 'https_only', row: CONDITION },
      ...{ serviceDown: false, advisories: [] },
      why: [...verdict.why, `Port 443 of ${server.name} serves HTTPS to ${client.zone}.`],
    }
  }

  #isOpen(client: Placement, server: Placement): boolean {
    const path = this.#paths.get(client.zone, server.name)?.path
    return path === 'tls' || (path === 'answered' && this.#isDeclared)
  }
}
