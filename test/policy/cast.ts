// A small cast on the site of the row cases, for stories about one flow: who is on the stage, and
// what became of the flow that the story is about.

import { stripDirection } from '../../fixtures/scenario/edit.ts'
import { type Packet, pcapOf } from '../../fixtures/scenario/pcap.ts'
import { type Scenario, scenario } from '../../fixtures/scenario/scenario.ts'
import type { Host, Told } from '../../fixtures/scenario/stage.ts'
import type { JudgedFlow } from '../../src/model/verdict.ts'
import { auditBytes, verdictText } from '../support/audit.ts'
import { SITE } from './rows/site.ts'

export interface Cast {
  readonly net: Scenario
  readonly admin: Host
  readonly enduser: Host
  readonly external: Host
  readonly app: Host
  readonly appB: Host
  readonly web: Host
  readonly audio: Host
  /** Firewall, whose TTL is nobody else's. */
  readonly wall: Host
}

/** Tells a story; gives the episode that it is about. */
export type Story = (cast: Cast) => Told

export interface Stage {
  readonly version?: 4 | 6
  readonly sensor?: string | null
  readonly site?: string
  /** What the sensor does not see. */
  readonly loses?: (packet: Packet) => boolean
}

const SITE_6 = SITE.replace('10.10.20.11}', '[10.10.20.11, "2001:db8:20::11"]}')
  .replace('192.0.2.20,', '[192.0.2.20, "2001:db8:2::20"],')
  .replace(
    'networks:',
    `networks:
  - {prefix: "2001:db8:20::/64", zone: core}
  - {prefix: "2001:db8:2::/64", zone: dmz}
  - {prefix: "2001:db8:50::/64", zone: admin-net, role: admin}`,
  )

/** Client ports are dynamic, and tell by whom they were taken. */
const FIRST_PORT = 50_000
const PORTS_EACH = 100

/** Longer than the hold time of any story's last attempt. */
const END_SECONDS = 300

/** The judged flow of the episode that the story is about. */
export async function judgedIn(story: Story, options: Stage = {}): Promise<JudgedFlow> {
  const { version = 4, sensor = null, site = SITE_6, loses = () => false } = options
  const cast = castOf(version)
  const { clientPort } = story(cast)
  endOf(cast.net)
  const seen = stripDirection(cast.net.packets(), loses)
  const { flows } = await auditBytes(pcapOf(seen, cast.net), site, sensor)
  const told = flows.filter(({ flow }) => [flow.client.port, flow.server.port].includes(clientPort))
  const [judged, ...others] = told
  if (judged === undefined || others.length > 0) throw new Error(`${told.length} flows were told`)
  return judged
}

/** `misdropped I-01 by BS1, confirmed`; without a signature, by what state the flow was left in. */
export async function outcomeIn(story: Story, options: Stage = {}): Promise<string> {
  const judged = await judgedIn(story, options)
  const { outcome, confidence, serviceDown, advisories } = judged.verdict
  const remarks = [...advisories, ...(serviceDown ? ['service_down'] : [])]
  const by = outcome.signature ?? outcome.state
  return [`${verdictText(judged)} by ${by}`, confidence, ...remarks].join(', ')
}

function castOf(version: 4 | 6): Cast {
  const net = scenario({ start: '2026-03-02T10:15:00Z', seed: 3 })
  let firstPort = FIRST_PORT
  const host = (name: string, ipv4: string, ipv6: string, ttl: number) => {
    firstPort += PORTS_EACH
    return net.host(name, { ip: version === 4 ? ipv4 : ipv6, ttl, firstPort })
  }
  return {
    net,
    admin: host('admin', '10.10.50.5', '2001:db8:50::5', 127),
    enduser: host('enduser', '10.20.3.4', '2001:db8:30::4', 126),
    external: host('external', '203.0.113.9', '2001:db8:cafe::9', 50),
    app: host('app', '10.10.20.11', '2001:db8:20::11', 64),
    appB: host('app-b', '10.10.20.12', '2001:db8:20::12', 63),
    web: host('web-dmz', '192.0.2.20', '2001:db8:2::20', 128),
    audio: host('audio', '10.10.20.31', '2001:db8:20::31', 62),
    wall: host('wall', '192.0.2.1', '2001:db8:2::1', 255),
  }
}

/** Two strangers talk, so that the clock of the capture moves on. */
function endOf(net: Scenario): void {
  const [one, other] = ['10.99.0.1', '10.99.0.2'].map(ip => net.host(ip, { ip, firstPort: 7 }))
  if (one !== undefined && other !== undefined) net.at(END_SECONDS).udp(one, other, 9)
}
