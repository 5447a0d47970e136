// The enterprise mix: web meetings, attachments, directory and mail over TCP, calls over RTP, and
// the small change of a network, DNS, NTP, SNMP and SIP. The remark behind a kind names the row of
// the policy that decides it.

import { assert } from '../../src/model/errors.ts'
import type { GroupName, Host } from './hosts.ts'
import type { Packet, Talk } from './packet.ts'
import * as say from './payloads.ts'
import type { Random } from './random.ts'
import { merged, type Step } from './schedule.ts'
import { type RoundTrips, type TcpService, tcpConnection } from './tcp.ts'
import { type IdPlace, rtpCall, udpExchange } from './udp.ts'
import { arrivals, callTalk, type World } from './world.ts'

const MIX = { connections: 34_360, calls: 2_107, exchanges: 180_913 }
const MIX_SECONDS = 12
/** Connections begin early enough for most to end within the capture. */
const MIX_CONNECTION_START_SECONDS = 11
const MIX_CALL_FRAMES = 285

/** Twelve seconds at 3 million packets. */
export function mix(world: World): Generator<Packet> {
  const callSeconds = (MIX_CALL_FRAMES * 20) / 1000
  return merged([
    arrivals(world, MIX.connections, MIX_CONNECTION_START_SECONDS, at => mixConnection(world, at)),
    arrivals(world, MIX.calls, MIX_SECONDS - callSeconds, at => mixCall(world, at)),
    arrivals(world, MIX.exchanges, MIX_SECONDS, at => mixExchange(world, at)),
  ])
}

const noHead = (): readonly number[] => []

function service(
  port: number,
  hello: say.Exchange | null,
  exchange: say.Exchange | null,
  recordHead: TcpService['recordHead'] = noHead,
): TcpService {
  return { port, hello, exchange, recordHead }
}

const http = (port: number) => service(port, null, say.httpExchange)
const tls = (port: number) => service(port, say.tlsHello, null, say.tlsRecordHead)
const opaque = (port: number) => service(port, null, say.opaqueExchange)
const tds = service(1433, say.tdsPrelogin, null)

interface Kind<Service> {
  readonly share: number
  readonly from: GroupName
  readonly to: GroupName
  readonly service: Service
}

/** Shares of a thousand. The last four are what an audit must find. */
const CONNECTIONS: readonly Kind<TcpService>[] = [
  { share: 200, from: 'user', to: 'webInside', service: http(80) }, // I-28
  { share: 260, from: 'user', to: 'webInside', service: tls(443) }, // I-29
  { share: 150, from: 'external', to: 'webDmz', service: tls(443) }, // I-29.1
  { share: 80, from: 'external', to: 'webDmz', service: http(80) }, // I-28.1
  { share: 60, from: 'webDmz', to: 'app', service: http(61004) }, // I-12
  { share: 40, from: 'webInside', to: 'app', service: http(61004) }, // I-12
  { share: 40, from: 'webInside', to: 'app', service: opaque(5003) }, // I-06
  { share: 40, from: 'webInside', to: 'sql', service: tds }, // I-31
  { share: 40, from: 'app', to: 'cucm', service: tls(8443) }, // O-11
  { share: 40, from: 'app', to: 'exchange', service: tls(443) }, // O-02
  { share: 25, from: 'admin', to: 'app', service: tls(443) }, // I-02
  { share: 10, from: 'admin', to: 'audio', service: http(80) }, // I-16
  { share: 10, from: 'user', to: 'exchange', service: tls(443) }, // not MeetingPlace
  { share: 2, from: 'user', to: 'app', service: http(80) }, // over_exposed I-02
  { share: 1, from: 'external', to: 'app', service: http(61004) }, // over_exposed I-12
  { share: 1, from: 'external', to: 'webDmz', service: opaque(3389) }, // unlisted
  { share: 1, from: 'app', to: 'webDmz', service: http(61004) }, // wrong_direction S-10
]

interface UdpService {
  readonly port: number
  readonly exchange: say.Exchange
  readonly idPlace: IdPlace
}

const dns: UdpService = { port: 53, exchange: say.dnsExchange, idPlace: 'first' }
const ntp: UdpService = { port: 123, exchange: say.ntpExchange, idPlace: 'none' }
const snmp: UdpService = { port: 161, exchange: say.snmpExchange, idPlace: 'none' }
const sip: UdpService = { port: 5060, exchange: say.sipExchange, idPlace: 'none' }

/** Shares of a thousand. */
const EXCHANGES: readonly Kind<UdpService>[] = [
  { share: 450, from: 'user', to: 'dns', service: dns }, // not MeetingPlace
  { share: 80, from: 'app', to: 'dns', service: dns }, // O-05
  { share: 110, from: 'webInside', to: 'dns', service: dns }, // O-05
  { share: 60, from: 'audio', to: 'dns', service: dns }, // O-05
  { share: 50, from: 'audio', to: 'app', service: ntp }, // I-03
  { share: 30, from: 'app', to: 'ntp', service: ntp }, // O-06
  { share: 80, from: 'admin', to: 'app', service: snmp }, // I-04
  { share: 40, from: 'admin', to: 'audio', service: snmp }, // I-18
  { share: 100, from: 'cucm', to: 'app', service: sip }, // I-07
]

function chosen<Service>(kinds: readonly Kind<Service>[], random: Random): Kind<Service> {
  let left = random.below(1000)
  const kind = kinds.find(({ share }) => {
    left -= share
    return left < 0
  })
  assert(kind !== undefined, 'the shares add up to a thousand')
  return kind
}

function mixConnection(world: World, at: number): Iterator<Step> {
  const { random, tally } = world
  const { from, to, service } = chosen(CONNECTIONS, random)
  const talk = opened(world, 'tcp', random.pick(world.hosts[from]), {
    server: random.pick(world.hosts[to]),
    serverPort: service.port,
  })
  const trips = tripsOf(from, random)
  return tcpConnection({ talk, service, trips }, at, random, tally).values()
}

function mixExchange(world: World, at: number): Iterator<Step> {
  const { random, tally } = world
  const { from, to, service } = chosen(EXCHANGES, random)
  const talk = opened(world, 'udp', random.pick(world.hosts[from]), {
    server: random.pick(world.hosts[to]),
    serverPort: service.port,
  })
  return udpExchange(talk, service.exchange, service.idPlace, at, random, tally).values()
}

interface Target {
  readonly server: Host
  readonly serverPort: number
}

/** A new talk in the client's family and on its VLAN, with a client port never used before. */
function opened(world: World, transport: Talk['transport'], client: Host, target: Target): Talk {
  return {
    ...target,
    transport,
    client,
    clientPort: world.ports.ephemeral(client),
    version: client.version,
    vlan: client.isTagged ? client.vlan : 0,
  }
}

function tripsOf(from: GroupName, random: Random): RoundTrips {
  const serverMs = random.between(0.15, 0.6)
  if (from === 'external') return { serverMs, clientMs: random.between(15, 90) }
  if (from === 'user') return { serverMs, clientMs: random.between(0.8, 12) }
  return { serverMs, clientMs: random.between(0.2, 1) }
}

function mixCall(world: World, at: number): Iterator<Step> {
  const { random, hosts } = world
  const isVideo = random.chance(0.2)
  const caller = random.pick(isVideo ? hosts.user : hosts.phone)
  const talk = {
    ...callTalk(world, caller, isVideo ? 'video' : 'audio'),
    version: caller.version,
    vlan: caller.isTagged ? caller.vlan : 0,
  }
  const call = { talk, frames: MIX_CALL_FRAMES, silentOf64: 16, removedShare: 0.003 }
  return rtpCall(call, at, random, world.tally)
}
