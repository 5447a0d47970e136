// Quality records for the tests of outputs, told by hand: the Web Server in the DMZ and the Application Server,
// a call, a look at the clock.

import type { FlowRecord } from '../../src/model/flow.ts'
import {
  type Distribution,
  type IcmpQuality,
  NO_VALUES,
  type NtpQuality,
  type RtcpQuality,
  type RtpQuality,
  type SegmentCounts,
  type TcpQuality,
} from '../../src/model/quality.ts'
import { address, echoFlow, sampleFlow, udpFlow } from './samples.ts'

export const WEB = '192.0.2.20'
export const APP = '10.10.20.11'
export const PHONE = '10.50.3.17'

export const end = (text: string, port: number) => ({ address: address(text), port })

/** web-dmz-1 to 61004 of app-a. */
export const webToApp = (changes: Partial<FlowRecord> = {}): FlowRecord =>
  sampleFlow({ client: end(WEB, 3471), server: end(APP, 61_004), vlan: null, ...changes })

export const counts = (changes: Partial<SegmentCounts> = {}): SegmentCounts => ({
  segments: 0,
  retransmissions: { total: 0, fast: 0, timeout: 0, spurious: 0 },
  ...{ outOfOrder: 0, duplicateAcks: 0, zeroWindows: 0, keepAlives: 0 },
  ...{ captureGaps: 0, lost: 0, lostBefore: 0 },
  ...changes,
})

const spread = (n: number, ms: number): Distribution =>
  n === 0 ? NO_VALUES : { n, min: ms, p50: ms, p95: ms, p99: ms, max: ms }

export const tcpQuality = (changes: Partial<TcpQuality> = {}): TcpQuality => ({
  ...counts(),
  ...{ kind: 'tcp', flow: webToApp(), from: 'client', timeNs: 44_618_233_456 },
  ...{ handshakeNs: null, legNs: null, rtt: NO_VALUES },
  ...changes,
})

/** From the Media Server to a phone: 100 expected, all came. */
export const rtpQuality = (changes: Partial<RtpQuality> = {}): RtpQuality => ({
  ...{ kind: 'rtp', from: 'client', timeNs: 30e9, firstNs: 28e9, lastNs: 30e9 },
  flow: udpFlow({ client: end('10.10.20.31', 16_402), server: end(PHONE, 20_164), vlan: null }),
  ...{ ssrc: 0x3796cb71, payloadType: 0, payloadTypeChanges: 0 },
  ...{ clockRate: 8000, clockRateBasis: 'static', packets: 100, expected: 100, lost: 0 },
  ...{ duplicates: 0, outOfOrder: 0, restarts: 0, announced: false },
  jitterMs: { mean: 0.5, max: 1 },
  ...changes,
})

export const rtcpQuality = (changes: Partial<RtcpQuality> = {}): RtcpQuality => ({
  ...{
    kind: 'rtcp',
    from: 'server',
    timeNs: 30e9,
    report: 'receiver',
    ssrc: 0xab,
    about: 0x3796cb71,
  },
  flow: udpFlow({ client: end('10.10.20.31', 16_403), server: end(PHONE, 20_165), vlan: null }),
  ...{ fractionLostPct: 0, cumulativeLost: 0, highestSequence: 100, jitterMs: 1 },
  roundTripMs: null,
  ...changes,
})

export const ntpQuality = (changes: Partial<NtpQuality> = {}): NtpQuality => ({
  ...{ kind: 'ntp', from: 'client', timeNs: 20e9, offsetMs: 12.3456, sensorOffsetMs: -3.5 },
  flow: udpFlow({ client: end(WEB, 123), server: end(APP, 123), vlan: null }),
  ...{ delayMs: 2, uncertaintyMs: 1, stratum: 3, leap: 0, kiss: null, pollS: 64 },
  ...{ sensorUncertaintyMs: 1, clientOffsetMs: 8, clientLegMs: 1, isClientLegKnown: false },
  ...{ sensor: 0, rootDelayMs: 15.25, rootDispersionMs: 30.5 },
  ...changes,
})

export const icmpQuality = (changes: Partial<IcmpQuality> = {}): IcmpQuality => ({
  ...{ kind: 'icmp', flow: echoFlow(), from: 'client', timeNs: 44_618_233_456 },
  ...{ rtt: spread(5, 1.25), requests: 6, replies: 5 },
  ...changes,
})
