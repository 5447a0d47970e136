// What each payload begins with, and which protocol an independent dissector takes it for.

import { describe, expect, test } from 'vitest'
import { type Bytes, bytesOf } from '../../fixtures/scenario/bytes.ts'
import * as text from '../../fixtures/scenario/payloads.ts'
import * as binary from '../../fixtures/scenario/payloads-binary.ts'
import { type Scenario, scenario } from '../../fixtures/scenario/scenario.ts'
import type { Line } from '../../fixtures/scenario/tcp.ts'
import { ipv4 } from '../../src/model/address.ts'
import { faulty, hasTshark, tshark } from './oracles.ts'

const HOST = ipv4(0x0a0a140b)

const hex = (value: Bytes): string => Buffer.from(bytesOf(value)).toString('hex')

test.each([
  ['HTTP request', text.httpRequest('/x'), 'GET /x HTTP/1.1\r\n'],
  ['HTTP response', text.httpResponse('é'), 'HTTP/1.1 200 OK\r\n'],
  ['SSH banner', text.sshBanner(), 'SSH-2.0-OpenSSH_5.3\r\n'],
  ['SMTP greeting', text.smtpGreeting(), '220 mail.example.com '],
  ['SMTP hello', text.smtpHello(), 'EHLO app-a.example.com\r\n'],
  ['FTP greeting', text.ftpGreeting(), '220 FTP'],
  ['FTP user', text.ftpUser(), 'USER logs\r\n'],
  ['SIP invitation', text.sipInvite(), 'INVITE sip:2001@10.10.20.11 SIP/2.0\r\n'],
  ['SIP answer', text.sipOk(), 'SIP/2.0 200 OK\r\n'],
  ['H.248 audit', text.h248Audit(), 'MEGACO/1 [10.10.20.11]:2944 '],
  ['RTMPT request', text.rtmptRequest('/open/1'), 'POST /open/1 HTTP/1.1\r\n'],
  [
    'RTMPT response',
    text.rtmptResponse('1\n'),
    'HTTP/1.1 200 OK\r\nContent-Type: application/x-fcs',
  ],
  ['XML control', text.xmlControl('ping'), '<?xml version="1.0" encoding="UTF-8"?><ping>'],
])('%s begins with its words', (_, payload, start) => {
  expect(payload.slice(0, start.length)).toBe(start)
})

test('a call says what its body is and how long', () => {
  const invite = text.sipInvite({ body: text.sdp('2001:db8::1', 5004) })
  expect(invite).toContain('Content-Type: application/sdp\r\nContent-Length: 91\r\n')
  expect(invite).toContain('c=IN IP6 2001:db8::1\r\nt=0 0\r\nm=audio 5004 RTP/AVP 0\r\n')
})

test('a response counts the bytes of its body, not the letters', () => {
  expect(text.httpResponse('é')).toContain('Content-Length: 2\r\n\r\né')
})

test.each([
  ['TLS client hello', binary.tlsClientHello(), '160301', 79],
  ['TLS server hello', binary.tlsServerHello(), '160303', 47],
  ['NTP request', binary.ntpRequest(), '1b', 48],
  ['NTP reply', binary.ntpReply(), '1c02', 48],
  ['NTP request at a time', binary.ntpRequestAt(1.5), '1b', 48],
  ['NTP reply at a time', binary.ntpReplyAt(1.5, 2.5), '1c03', 48],
  ['SNMP get', binary.snmpGet(), '3026', 40],
  ['SNMP version 3', binary.snmpSecureGet(), '307d020103', 127],
  ['longer than 127 bytes', binary.snmpSecureGet(70_000), '308181020103', 132],
  ['DNS query', binary.dnsQuery('a.example', 7), '00070100' + '0001', 27],
  ['DNS answer', binary.dnsAnswer('a.example', HOST, 7), '00078180' + '00010001', 43],
  ['LDAP bind', binary.ldapBind(), '3012', 20],
  ['Telnet offer', binary.telnetOffer(), 'fffb01' + 'fffd18', 6],
  ['Telnet answer', binary.telnetAnswer(), 'fffd01' + 'fffb18', 6],
  ['RTMP C0 and C1', binary.rtmpHello(), '0300000000' + '00000000', 1537],
  ['RTMP S0, S1 and S2', binary.rtmpAnswer(), '03', 3073],
  ['TDS prelogin', binary.tdsPrelogin(), '1201001a', 26],
  ['SOCKS greeting', binary.socksGreeting(), '050100', 3],
  ['SOCKS connect', binary.socksConnect(HOST, 443), '05010001' + '0a0a140b' + '01bb', 10],
  ['RMI hello', binary.rmiHello(), '4a524d49' + '0002' + '4b', 7],
  ['RTCP report', binary.rtcpSenderReport(1, 9), '80c80006' + '00000001', 44],
])('%s begins with its bytes', (_, payload, start, length) => {
  expect(hex(payload).slice(0, start.length)).toBe(start)
  expect(payload.length).toBe(length)
})

test('clocks in NTP count from 1900, and give back whose question it was', () => {
  const [request, reply] = [binary.ntpRequestAt(1.5), binary.ntpReplyAt(1.5, 2.25)]
  const [asked, answered] = ['83aa7e81' + '80000000', '83aa7e82' + '40000000']
  expect(hex(request.subarray(40))).toBe(asked)
  expect(hex(reply.subarray(24))).toBe(asked + answered + answered)
})

test('opaque bytes are neither text nor any protocol, and each seed has its own', () => {
  const bytes = binary.opaque(100, 1)
  expect(bytes.every(byte => byte >= 0xc0 && byte <= 0xdf)).toBe(true)
  expect(hex(bytes)).not.toBe(hex(binary.opaque(100, 2)))
})

const client = (words: Bytes): Line => ({ client: words })
const server = (words: Bytes): Line => ({ server: words })

const TALKS: Readonly<Record<string, [port: number, ...talk: readonly Line[]]>> = {
  HTTP: [80, client(text.httpRequest()), server(text.httpResponse())],
  TLS: [443, client(binary.tlsClientHello()), server(binary.tlsServerHello())],
  SSH: [22, server(text.sshBanner()), client(text.sshBanner())],
  SMTP: [25, server(text.smtpGreeting()), client(text.smtpHello())],
  FTP: [21, server(text.ftpGreeting()), client(text.ftpUser())],
  MEGACO: [2944, client(text.h248Audit())],
  LDAP: [389, client(binary.ldapBind()), server(binary.ldapBindResponse())],
  TELNET: [23, server(binary.telnetOffer()), client(binary.telnetAnswer())],
  RTMPT: [1935, client(binary.rtmpHello()), server(binary.rtmpAnswer())],
  TDS: [1433, client(binary.tdsPrelogin()), server(binary.tdsPreloginAnswer())],
  Socks: [
    1080,
    ...[client(binary.socksGreeting()), server(binary.socksGreetingAnswer())],
    ...[client(binary.socksConnect(HOST, 443)), server(binary.socksConnectAnswer())],
  ],
  RMI: [1099, client(binary.rmiHello()), server(binary.rmiAnswer())],
}

const DATAGRAMS: Readonly<Record<string, [port: number, request: Bytes, response: Bytes]>> = {
  NTP: [123, binary.ntpRequest(), binary.ntpReply()],
  SNMP: [161, binary.snmpGet(), binary.snmpResponse()],
  DNS: [53, binary.dnsQuery('a.example'), binary.dnsAnswer('a.example', HOST)],
  SIP: [5060, text.sipInvite({ body: text.sdp() }), text.sipOk({ body: text.sdp() })],
  RTCP: [5005, binary.rtcpSenderReport(1, 9), binary.rtcpSenderReport(2, 9)],
}

/** The same protocols in other words. */
const MORE_DATAGRAMS: readonly [port: number, request: Bytes, response: Bytes][] = [
  [161, binary.snmpSecureGet(), binary.snmpSecureResponse()],
  [123, binary.ntpRequestAt(1.5e9), binary.ntpReplyAt(1.5e9, 1.5e9)],
]

/** Each protocol on its port, in one capture. */
function everyPayload(): Scenario {
  const net = scenario({ start: '2026-03-02T10:15:00Z' })
  const [app, peer] = [
    net.host('app', { ip: '10.10.20.11' }),
    net.host('peer', { ip: '10.10.20.50' }),
  ]
  for (const [port, ...talk] of Object.values(TALKS)) net.tcp(app, peer, port, { talk })
  for (const [port, request, response] of [...Object.values(DATAGRAMS), ...MORE_DATAGRAMS]) {
    net.udp(app, peer, port, { request, response })
  }
  return net
}

describe.runIf(hasTshark)('to a dissector', () => {
  const file = everyPayload().pcap()

  test('every payload is the protocol that it plays', () => {
    const fields = ['frame.protocols']
    const stacks = tshark(file, { filter: 'tcp.len > 0 || udp', fields })
    const names = [...Object.keys(TALKS), ...Object.keys(DATAGRAMS)].map(name => name.toLowerCase())
    const unseen = names.filter(name => !stacks.some(stack => stack.split(':').includes(name)))
    expect(unseen).toEqual([])
  })

  test('version 3 of SNMP tells its user and hides the rest', () => {
    const fields = ['snmp.msgUserName', 'snmp.data']
    expect(tshark(file, { filter: 'snmp.msgVersion == 3', fields })).toHaveLength(2)
    expect(tshark(file, { filter: 'snmp.encryptedPDU', fields: ['snmp.msgUserName'] })).toEqual([
      ...['monitor', 'monitor'],
    ])
  })

  test('no payload is malformed', () => {
    expect(faulty(file)).toEqual([])
  })

  test('nothing is left that it takes for mere data', () => {
    expect(tshark(file, { filter: 'data', fields: ['tcp.port', 'udp.port'] })).toEqual([])
  })
})
