// Goal: no protocol is taken for another, not even for a moment that counts.
// Method: every payload of the scenarios before every recogniser of binary protocols but its own; then
// the same with one byte repeated 64 KB long, of which little may be read.

import { describe, expect, test } from 'vitest'
import { type Bytes, bytesOf } from '../../fixtures/scenario/bytes.ts'
import * as office from '../../fixtures/scenario/office-payloads.ts'
import * as text from '../../fixtures/scenario/payloads.ts'
import * as binary from '../../fixtures/scenario/payloads-binary.ts'
import { ipv4 } from '../../src/model/address.ts'
import type { Protocol } from '../../src/model/app.ts'
import { dns, dnsDatagram } from '../../src/protocols/dns.ts'
import { ldap, ldapDatagram } from '../../src/protocols/ldap.ts'
import { ntp } from '../../src/protocols/ntp.ts'
import {
  type DatagramRecogniser,
  Guess,
  Sender,
  type StreamRecogniser,
} from '../../src/protocols/recogniser.ts'
import { rmi } from '../../src/protocols/rmi.ts'
import { rtcp } from '../../src/protocols/rtcp.ts'
import { rtp } from '../../src/protocols/rtp.ts'
import { smb } from '../../src/protocols/smb.ts'
import { snmp } from '../../src/protocols/snmp.ts'
import { socks } from '../../src/protocols/socks.ts'
import { tds } from '../../src/protocols/tds.ts'
import { tls } from '../../src/protocols/tls.ts'
import { guess, senderOf } from './openings.ts'
import { watched } from './watched.ts'

const STREAMS: readonly StreamRecogniser[] = [tls, dns, tds, ldap, socks, rmi, smb]
const DATAGRAMS: readonly DatagramRecogniser[] = [dnsDatagram, ntp, snmp, rtp, rtcp, ldapDatagram]
const HOST = ipv4(0x0a0a140b)
/** Of all recognisers together. */
const READS_MAX = 20_000

const PAYLOADS: readonly (readonly [Protocol | null, string, Bytes])[] = [
  ...([
    ['http', 'request', text.httpRequest()],
    ['http', 'response', text.httpResponse()],
  ] as const),
  ...([
    ['ssh', 'banner', text.sshBanner()],
    ['ftp', 'greeting', text.ftpGreeting()],
  ] as const),
  ...([
    ['smtp', 'greeting', text.smtpGreeting()],
    ['smtp', 'hello', text.smtpHello()],
  ] as const),
  ...([
    ['ftp', 'user', text.ftpUser()],
    ['xml', 'control', text.xmlControl()],
  ] as const),
  ...([
    ['sip', 'invitation', text.sipInvite()],
    ['sip', 'answer', text.sipOk()],
  ] as const),
  ...([
    ['h248', 'audit', text.h248Audit()],
    [null, 'job', office.printJob()],
  ] as const),
  ...([
    ['tls', 'hello', binary.tlsClientHello()],
    ['tls', 'answer', binary.tlsServerHello()],
  ] as const),
  ...([
    ['ntp', 'request', binary.ntpRequest()],
    ['ntp', 'reply', binary.ntpReply()],
  ] as const),
  ...([
    ['snmp', 'get', binary.snmpGet()],
    ['snmp', 'response', binary.snmpResponse()],
  ] as const),
  ...([['dns', 'query', binary.dnsQuery('a.example')]] as const),
  ...([['dns', 'answer', binary.dnsAnswer('a.example', HOST)]] as const),
  ...([
    ['ldap', 'bind', binary.ldapBind()],
    ['ldap', 'answer', binary.ldapBindResponse()],
  ] as const),
  ...([
    ['telnet', 'offer', binary.telnetOffer()],
    ['rtmp', 'hello', binary.rtmpHello()],
  ] as const),
  ...([['tds', 'pre-login', binary.tdsPrelogin()]] as const),
  ...([['tds', 'answer', binary.tdsPreloginAnswer()]] as const),
  ...([['socks', 'connection', binary.socksConnect(HOST, 443)]] as const),
  ...([
    ['rmi', 'hello', binary.rmiHello()],
    ['rmi', 'answer', binary.rmiAnswer()],
  ] as const),
  ...([['rtcp', 'report', binary.rtcpSenderReport(1, 9)]] as const),
  ...([
    ['smb', 'request', office.smbRequest()],
    ['smb', 'response', office.smbResponse()],
  ] as const),
  ...([[null, 'DHCP', office.dhcpDiscover('02:00:0a:01:02:03')]] as const),
  ...([[null, 'NetBIOS', office.netbiosQuery('fileserver')]] as const),
  ...([
    [null, 'SSDP', office.ssdpSearch()],
    [null, 'opaque', binary.opaque(200)],
  ] as const),
  ...([['tls', 'data', office.tlsData(100)]] as const),
]

describe.each(PAYLOADS)('%s %s', (own, _, words) => {
  const bytes = bytesOf(words)

  test('is no other protocol over TCP', () => {
    // The half header of a DNS message could be anything; nothing longer is in doubt.
    const worst = bytes.length < 8 ? Guess.Unsure : Guess.No
    for (const { name, client, server } of STREAMS.filter(one => one.name !== own)) {
      expect(guess(client, bytes), `client of ${name}`).toBeLessThanOrEqual(worst)
      expect(guess(server, bytes), `server of ${name}`).toBeLessThanOrEqual(worst)
    }
  })

  test('is no other protocol over UDP', () => {
    for (const one of DATAGRAMS.filter(({ name }) => name !== own))
      expect([one.name, senderOf(one, bytes)]).toEqual([one.name, Sender.Nobody])
  })
})

test('64 KB of any one byte are nothing, of which little is read', () => {
  for (let byte = 0; byte < 256; byte++) {
    const bytes = new Uint8Array(65_536).fill(byte)
    const all = watched(bytes)
    for (const { client, server } of STREAMS) {
      expect(client.look(all)).not.toBe(Guess.Yes)
      expect(server.look(all)).not.toBe(Guess.Yes)
    }
    for (const one of DATAGRAMS.filter(({ name }) => name !== 'rtp'))
      expect(one.sender(all.bytes, all.at, all.end)).toBe(Sender.Nobody)
    expect(all.reads).toBeLessThan(READS_MAX)
  }
})
