// Stories about several flows, told with the people of the row cases and audited whole.

import { stripDirection } from '../../fixtures/scenario/edit.ts'
import { type Packet, pcapOf } from '../../fixtures/scenario/pcap.ts'
import { type Scenario, scenario } from '../../fixtures/scenario/scenario.ts'
import type { Host } from '../../fixtures/scenario/stage.ts'
import type { JudgedFlow } from '../../src/model/verdict.ts'
import { type Audited, auditBytes, verdictText } from '../support/audit.ts'
import { SITE } from './rows/site.ts'
import { addressOf } from './rows/telling.ts'

export type Tell = (net: Scenario, host: (name: string) => Host) => void
type Loses = (packet: Packet) => boolean

/** Longer than the hold time of anybody's last attempt. */
const END_SECONDS = 300

/** `loses` chooses what the sensor does not see. */
export function captureOf(tell: Tell, loses: Loses = () => false): Uint8Array {
  const net = scenario({ start: '2026-03-02T10:15:00Z', seed: 5 })
  const hosts = new Map<string, Host>()
  const host = (name: string): Host => {
    const known = hosts.get(name) ?? net.host(name, { ip: addressOf(name) })
    hosts.set(name, known)
    return known
  }
  tell(net, host)
  net.at(END_SECONDS).udp(host('bystander'), host('passerby'), 9)
  return pcapOf(stripDirection(net.packets(), loses), net)
}

export const audited = (tell: Tell, loses?: Loses): Promise<Audited> =>
  auditBytes(captureOf(tell, loses), SITE)

/** The flow with this port at one of its ends. */
export function flowOn({ flows }: Audited, port: number): JudgedFlow {
  const found = flows.filter(({ flow }) => [flow.client.port, flow.server.port].includes(port))
  const [judged, ...others] = found
  if (judged === undefined || others.length > 0)
    throw new Error(`${found.length} flows have port ${port}`)
  return judged
}

/** `permitted I-14, verified signature`. */
export const remarkOf = (judged: JudgedFlow): string =>
  `${verdictText(judged)}, verified ${judged.verdict.verified}`
