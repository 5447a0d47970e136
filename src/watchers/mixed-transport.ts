// O-01 and O-02: the Application Server reaches Exchange in clear text or by TLS. Both to the same server
// mean that somebody turned TLS on and left the other path behind.

import { PairTable } from '../model/pair-table.ts'
import type { JudgedFlow } from '../model/verdict.ts'
import type { Watch, Watcher } from './watcher.ts'

const CLEAR = 'O-01'
const ENCRYPTED = 'O-02'

/** The latest flow of each transport between one pair. */
interface Paths {
  clear: JudgedFlow | null
  encrypted: JudgedFlow | null
}

export class MixedTransport implements Watcher {
  readonly #watch: Watch
  readonly #pairs = new PairTable<Paths>()

  constructor(watch: Watch) {
    this.#watch = watch
  }

  ended(judged: JudgedFlow): void {
    const { row, outcome } = judged.verdict
    if ((row !== CLEAR && row !== ENCRYPTED) || outcome.state !== 'answered') return
    const { client, server } = judged
    const paths = this.#pairs.take(client.name, server.name, () => NO_PATHS())
    if (row === CLEAR) paths.clear = judged
    else paths.encrypted = judged
    if (paths.clear !== null && paths.encrypted !== null) this.#tell(paths.clear, paths.encrypted)
  }

  #tell(clear: JudgedFlow, encrypted: JudgedFlow): void {
    const { client, server } = clear
    this.#watch.observe({
      ...{ verdict: 'advisory', reason: 'mixed_transport', row: ENCRYPTED },
      ...{ source: client, destination: server, service: null },
      ...{ confidence: 'confirmed', proofs: 1 },
      title: `${client.name} reaches ${server.name} both in clear text and by TLS`,
      fix: `Turn SSL on for ${server.name} on ${client.name} throughout, and close port 80 between them.`,
      expected: 'app -> exchange tcp/80, or tcp/443 where SSL is enabled',
      why: ['Flows of row O-01 and of row O-02 were answered by the same server.'],
      firstNs: Math.min(clear.flow.firstNs, encrypted.flow.firstNs),
      lastNs: Math.max(clear.flow.lastNs, encrypted.flow.lastNs),
      flows: [clear, encrypted],
      frames: [],
    })
  }
}

const NO_PATHS = (): Paths => ({ clear: null, encrypted: null })
