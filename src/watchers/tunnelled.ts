// The web meeting room by detour: where 1627 is closed, its client falls back to RTMP in HTTP, which is
// slower (I-30, I-30.1). Told where the failed try and the tunnel follow one another.

import type { Placement } from '../model/inventory.ts'
import { Recent } from '../model/recent.ts'
import type { JudgedFlow, OutcomeState } from '../model/verdict.ts'
import { limitNs } from './limits.ts'
import type { Watch, Watcher } from './watcher.ts'

const ROOM_PORT = 1627
const TUNNEL_PORTS: readonly number[] = [80, 443]
const FAILED: readonly OutcomeState[] = ['blocked', 'refused', 'unanswered']
/** Failed tries and tunnels that are remembered, each; the older half is forgotten when it is full. */
const REMEMBERED_MAX = 16_384

export class Tunnelled implements Watcher {
  readonly #watch: Watch
  readonly #windowNs: number
  /** By client and server. The try may end after the tunnel: silence takes its time. */
  readonly #failed = new Recent<string, JudgedFlow>(REMEMBERED_MAX)
  readonly #tunnels = new Recent<string, JudgedFlow>(REMEMBERED_MAX)

  constructor(watch: Watch) {
    this.#watch = watch
    this.#windowNs = limitNs(watch.policy, 'tunnel_window_s', 60)
  }

  recordEnded(judged: JudgedFlow): void {
    const { flow, server, verdict } = judged
    if (flow.transport !== 'tcp' || !server.labels.has('web')) return
    const key = `${flow.client.address.text} ${server.name}`
    if (flow.server.port === ROOM_PORT && FAILED.includes(verdict.outcome.state)) {
      this.#failed.set(key, judged)
      this.#pair(judged, this.#tunnels.get(key))
    } else if (TUNNEL_PORTS.includes(flow.server.port) && flow.app.facts.isRtmpt) {
      this.#tunnels.set(key, judged)
      this.#pair(this.#failed.get(key), judged)
    }
  }

  #pair(failed: JudgedFlow | undefined, tunnel: JudgedFlow | undefined): void {
    if (failed === undefined || tunnel === undefined) return
    const afterNs = tunnel.flow.firstNs - failed.flow.firstNs
    const isSoon = tunnel.flow.firstNs - failed.flow.lastNs <= this.#windowNs
    if (afterNs >= 0 && isSoon) this.#tell(failed, tunnel)
  }

  #tell(failed: JudgedFlow, tunnel: JudgedFlow): void {
    const { client, server } = tunnel
    const port = tunnel.flow.server.port
    const seconds = Math.round((tunnel.flow.firstNs - failed.flow.firstNs) / 1e9)
    this.#watch.observe({
      ...{ verdict: 'advisory', reason: 'tunnelled', row: rowFor(client) },
      ...{ source: client, destination: server, service: `tcp/${ROOM_PORT}` },
      ...{ confidence: 'probable', proofs: 1 },
      title: `The meeting room on ${server.name} is tunnelled through port ${port}, for 1627 is closed`,
      fix: `Open tcp/1627 from ${client.group} to ${server.name}; without it the meeting room is slower.`,
      expected: `${client.role} -> web tcp/1627`,
      why: [
        `A connection to port 1627 of ${server.name} failed (${failed.verdict.outcome.state}).`,
        `RTMP inside HTTP to port ${port} began ${seconds} s later, from the same client.`,
      ],
      firstNs: failed.flow.firstNs,
      lastNs: Math.max(failed.flow.lastNs, tunnel.flow.lastNs),
      flows: [failed, tunnel],
      frames: [],
    })
  }
}

const rowFor = ({ labels }: Placement): string => (labels.has('external') ? 'I-30.1' : 'I-30')
