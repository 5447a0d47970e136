// Goal: nothing random passes for a protocol over UDP, so that what is named can be relied on.
// Method: a million datagrams of 1 to 100 bytes from a fixed seed; then as many that begin with the first
// two bytes of true ones, as a hostile or unlucky protocol might. What passes is counted exactly.

import { expect, test } from 'vitest'
import * as payloads from '../../fixtures/scenario/payloads-binary.ts'
import { seeded } from '../../fixtures/scenario/random.ts'
import { ipv4 } from '../../src/model/address.ts'
import { dnsDatagram } from '../../src/protocols/dns.ts'
import { ldapDatagram } from '../../src/protocols/ldap.ts'
import { ntp } from '../../src/protocols/ntp.ts'
import { Sender } from '../../src/protocols/recogniser.ts'
import { rtcp } from '../../src/protocols/rtcp.ts'
import { snmp } from '../../src/protocols/snmp.ts'

const COUNT = 1_000_000
const BYTES_MAX = 100
const RECOGNISERS = [dnsDatagram, ntp, snmp, rtcp, ldapDatagram]

/** How many of a million random datagrams each recogniser takes for its own. */
function passing(seed: number, starts: readonly Uint8Array[]): Record<string, number> {
  const random = seeded(seed)
  const words = new Uint32Array(BYTES_MAX / 4)
  const bytes = new Uint8Array(words.buffer)
  const hits: Record<string, number> = {}
  for (let count = 0; count < COUNT; count++) {
    for (let index = 0; index < words.length; index++) words[index] = random()
    const start = starts[count % starts.length]
    if (start !== undefined) bytes.set(start)
    const end = 1 + (random() % BYTES_MAX)
    for (const recogniser of RECOGNISERS)
      if (recogniser.sender(bytes, 0, end) !== Sender.Nobody)
        hits[recogniser.name] = (hits[recogniser.name] ?? 0) + 1
  }
  return hits
}

test('of a million random datagrams none passes', () => {
  expect(passing(1, [])).toEqual({})
}, 60_000)

test('of a million with true beginnings one passes, for a reduced report of RTCP', () => {
  const starts = [
    ...[payloads.dnsQuery('a.example'), payloads.dnsAnswer('a.example', ipv4(1))],
    ...[payloads.ntpRequest(), payloads.ntpReply(), payloads.snmpGet()],
    ...[payloads.rtcpSenderReport(1, 1), Uint8Array.of(0x80, 201), Uint8Array.of(0x81, 205)],
    ...[Uint8Array.of(0x16, 0x01), Uint8Array.of(0x17, 0x00)],
  ].map(bytes => bytes.slice(0, 2))
  expect(passing(2, starts)).toEqual({ rtcp: 1 })
}, 60_000)
