// What the makers of all captures share: hosts, ports, randomness, and how conversations arrive.

import type { GroupName, Host, Hosts, Ports } from './hosts.ts'
import type { Talk, Tally } from './packet.ts'
import type { Random } from './random.ts'
import type { Step } from './schedule.ts'

export interface World {
  readonly hosts: Readonly<Record<GroupName, Hosts>>
  readonly ports: Ports
  readonly random: Random
  readonly tally: Tally
  readonly scale: number
}

export const NS_PER_S = 1_000_000_000

/** Openings spread evenly over the time, each somewhere within its share of it. */
export function* arrivals(
  { random, scale }: World,
  fullCount: number,
  seconds: number,
  open: (at: number) => Iterator<Step>,
): Generator<Step> {
  const count = Math.round(fullCount * scale)
  const shareNs = (seconds * NS_PER_S) / count
  for (let index = 0; index < count; index++) {
    const at = Math.floor((index + random.between(0, 1)) * shareNs)
    yield { at, opens: open(at) }
  }
}

/** Media ports of the audio blades (I-25) and the video blades (I-26). */
export function callTalk(
  { hosts, ports, random }: World,
  caller: Host,
  blade: 'audio' | 'video',
): Talk {
  const serverPort =
    blade === 'audio' ? 16384 + 2 * random.below(150) : 20000 + 2 * random.below(900)
  return {
    transport: 'udp',
    client: caller,
    clientPort: ports.media(caller),
    server: random.pick(hosts[blade]),
    serverPort,
    version: 4,
    vlan: 0,
  }
}
