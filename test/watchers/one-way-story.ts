// Calls between a phone and a blade, of which both ways, one or none are heard.

import { sdp, sipInvite } from '../../fixtures/scenario/payloads.ts'
import type { Packet } from '../../fixtures/scenario/pcap.ts'
import { type Scenario, scenario } from '../../fixtures/scenario/scenario.ts'
import type { Host } from '../../fixtures/scenario/stage.ts'
import { fileOf } from './story.ts'

const EVERY_MS = 20

export interface Cast {
  readonly audio: Host
  readonly audio2: Host
  readonly video: Host
  readonly app: Host
  readonly cucm: Host
  readonly phone: Host
  readonly phone2: Host
  readonly stranger: Host
  readonly group: Host
}

export interface Voice {
  /** Seconds since the story began, of the first packet and of the last. */
  readonly from: number
  readonly to: number
  readonly payloadType?: number
  readonly ssrc?: number
  readonly ports?: readonly [source: number, target: number]
  readonly everyMs?: number
  readonly payloadBytes?: number
  readonly ticksPerMs?: number
  readonly sequence?: number
}

export interface Told {
  readonly net: Scenario
  readonly cast: Cast
  /** One end speaks to the other. */
  say(source: Host, target: Host, voice: Voice): void
  /** SDP with these lines more, about what the host receives at the port. */
  describe(at: number, host: Host, port: number, ...more: readonly string[]): void
  rtcp(
    at: number,
    source: Host,
    target: Host,
    report: Uint8Array,
    ports?: readonly [number, number],
  ): void
}

export const PHONE_PORT = 24_580
export const BLADE_PORT = 16_400

/** Who sends from which port to which, where nobody says otherwise. */
const portsOf = (isBlade: boolean): readonly [number, number] =>
  isBlade ? [BLADE_PORT, PHONE_PORT] : [PHONE_PORT, BLADE_PORT]

/** So many seconds; two strangers are heard in each, so that the clock goes on. */
export function callStory(seconds: number, tell: (told: Told) => void): readonly Packet[] {
  const net = scenario({ start: '2026-03-02T10:00:00Z' })
  const cast: Cast = {
    audio: net.host('audio', { ip: '10.10.20.31' }),
    audio2: net.host('audio 2', { ip: '10.10.20.33' }),
    video: net.host('video', { ip: '10.10.20.32' }),
    app: net.host('app', { ip: '10.10.20.11' }),
    cucm: net.host('cucm', { ip: '10.10.20.50' }),
    phone: net.host('phone', { ip: '10.30.0.7' }),
    phone2: net.host('phone 2', { ip: '10.30.0.8' }),
    stranger: net.host('stranger', { ip: '203.0.113.9' }),
    group: net.host('group', { ip: '239.1.1.1' }),
  }
  const [one, other] = [
    net.host('printer', { ip: '10.99.0.1' }),
    net.host('another printer', { ip: '10.99.0.2' }),
  ]
  for (let second = 0; second <= seconds; second++)
    net.at(second).udpOneWay(one, other, 9, { clientPort: 1000, count: 1 })
  const isBlade = (host: Host) => [cast.audio, cast.audio2, cast.video].includes(host)
  tell({
    net,
    cast,
    say(source, target, { from, to, ports, everyMs = EVERY_MS, ...more }) {
      const [sourcePort, port] = ports ?? portsOf(isBlade(source))
      const packets = Math.round(((to - from) * 1000) / everyMs) + 1
      net.at(from).rtp(source, target, { sourcePort, port, packets, everyMs, ...more })
    },
    describe(at, host, port, ...more) {
      const body = `${sdp(host.address.text, port)}${more.map(line => `${line}\r\n`).join('')}`
      const request = sipInvite({ body })
      net.at(at).udpOneWay(cast.cucm, cast.audio, 5060, { clientPort: 5060, request })
    },
    rtcp(at, source, target, request, ports) {
      const [clientPort, port] = ports ?? portsOf(isBlade(source)).map(one => one + 1)
      net
        .at(at)
        .udpOneWay(source, target, port as number, { clientPort: clientPort as number, request })
    },
  })
  return net.packets()
}

export const callFile = (seconds: number, tell: (told: Told) => void): Uint8Array =>
  fileOf(callStory(seconds, tell))

/** Another call, of which both ways are heard: whoever calls that blade would be heard here. */
export function provenVisible({ cast, say }: Told, blade = cast.audio, at = 1.2): void {
  const ports = [30_000, 16_600] as const
  say(cast.phone2, blade, { from: at, to: at + 0.2, ports })
  say(blade, cast.phone2, { from: at + 0.01, to: at + 0.21, ports: [ports[1], ports[0]] })
}
