// The three captures: an enterprise mix, RTP alone, and small frames of random flows. The numbers
// at scale 1 are the ones under which this project's speed is stated.

import { makeHosts, Ports } from './hosts.ts'
import { mix } from './mix.ts'
import { ACK, type Packet, type Talk, type Tally } from './packet.ts'
import * as say from './payloads.ts'
import { Random } from './random.ts'
import { merged } from './schedule.ts'
import { rtpCall } from './udp.ts'
import { arrivals, callTalk, NS_PER_S, type World } from './world.ts'

export const CAPTURE_NAMES = ['mix', 'rtp', 'small'] as const
export type CaptureName = (typeof CAPTURE_NAMES)[number]

export interface Order {
  readonly name: CaptureName
  readonly seed: number
  /** 1 is the full size, 0.05 a twentieth of the flows in the same time. */
  readonly scale: number
}

/** The packets of a capture by time. What they hold is added to the tally as they come. */
export function packetsOf({ name, seed, scale }: Order, tally: Tally): Generator<Packet> {
  const world: World = {
    hosts: makeHosts(),
    ports: new Ports(),
    random: new Random(seed),
    tally,
    scale,
  }
  return { mix, rtp, small }[name](world)
}

const RTP_CALLS = 2_500
const RTP_CALL_FRAMES = 1000

/** Twenty seconds of calls that all begin within one frame. */
function rtp(world: World): Generator<Packet> {
  const { random, hosts } = world
  return merged([
    arrivals(world, RTP_CALLS, 0.02, at => {
      const talk = callTalk(world, random.pick(hosts.phone), 'audio')
      const call = { talk, frames: RTP_CALL_FRAMES, silentOf64: 0, removedShare: 0.002964 }
      return rtpCall(call, at, random, world.tally)
    }),
  ])
}

const SMALL_PACKETS = 10_000_000
const SMALL_FLOWS = 1_000_000
const SMALL_SECONDS = 2
/** Makes a UDP frame of 64 bytes; TCP's bare acknowledgement has 66. */
const SMALL_UDP_PAYLOAD = say.filler(22)

/**
 * Each frame belongs to a flow drawn uniformly: the worst case for caches. A flow never drawn is
 * none.
 */
function* small({ hosts, random, tally, scale }: World): Generator<Packet> {
  const packets = Math.round(SMALL_PACKETS * scale)
  const flows = Math.round(SMALL_FLOWS * scale)
  const isDrawn = new Uint8Array(flows)
  const gapNs = (SMALL_SECONDS * NS_PER_S) / packets
  for (let index = 0; index < packets; index++) {
    const flow = random.below(flows)
    if (isDrawn[flow] === 0) tally.flows++
    isDrawn[flow] = 1
    yield smallPacket(smallTalk(hosts, flow), flow, Math.floor(index * gapNs), random.chance(0.5))
  }
}

/** The flow's number makes its talk: the client from the low part, the port from the high part. */
function smallTalk(hosts: World['hosts'], flow: number): Talk {
  const isTcp = flow % 2 === 0
  const clients = hosts.user
  const number = flow >> 1
  const servers = isTcp ? hosts.webInside : hosts.audio
  const scattered = Math.imul(number, 0x9e3779b1) >>> 16
  return {
    transport: isTcp ? 'tcp' : 'udp',
    client: clients[number % clients.length] ?? clients[0],
    clientPort: 32768 + Math.floor(number / clients.length),
    server: servers[scattered % servers.length] ?? servers[0],
    serverPort: isTcp ? 443 : 16384 + (scattered % 300),
    version: 4,
    vlan: 0,
  }
}

function smallPacket(talk: Talk, flow: number, at: number, toServer: boolean): Packet {
  const isTcp = talk.transport === 'tcp'
  const numbers = toServer ? { seq: flow, ack: ~flow } : { seq: ~flow, ack: flow }
  return {
    at,
    talk,
    toServer,
    tcp: isTcp ? { ...numbers, flags: ACK } : null,
    payload: isTcp ? say.NOTHING : SMALL_UDP_PAYLOAD,
  }
}
