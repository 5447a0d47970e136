// What each protocol sounds like on the wire: whole conversations of both sides, from the first message on,
// as their documents write them. Opaque stands for the vendor's own protocols, which nobody knows.

import { type Bytes, join, type Part, u16, u32, zeros } from '../../fixtures/scenario/bytes.ts'
import * as office from '../../fixtures/scenario/office-payloads.ts'
import * as text from '../../fixtures/scenario/payloads.ts'
import * as binary from '../../fixtures/scenario/payloads-binary.ts'
import type { Line } from '../../fixtures/scenario/tcp.ts'
import { ipv4 } from '../../src/model/address.ts'

const CRLF = '\r\n'
const HOST = ipv4(0x0a0a140b)
const WEBEX = ipv4(0x40446401)
const NAME = 'meet.example.com'
const SSRC = 0x5eed5eed
const MEDIA_PACKETS = 10

const client = (...parts: readonly Part[]): Line => ({ client: join(...parts) })
const server = (...parts: readonly Part[]): Line => ({ server: join(...parts) })

/** A tag, a length and what it holds: X.690, 8.1. */
function ber(tag: number, ...parts: readonly Part[]): Uint8Array {
  const value = join(...parts)
  return join([tag], value.length < 0x80 ? [value.length] : [0x82, ...u16(value.length)], value)
}

/** RFC 4253, 6 and 7.1: length, padding, SSH_MSG_KEXINIT, a cookie, and lists of names. */
function keyExchange(seed: number): Uint8Array {
  const names = ['diffie-hellman-group14-sha1', 'ssh-rsa', 'aes128-cbc', 'hmac-sha1', 'none']
  const lists = names.flatMap(name => [...u32(name.length), ...join(name)])
  const body = join([4, 20], binary.opaque(16, seed), lists, zeros(9))
  return join(u32(body.length), body)
}

/** MS-TDS, 2.2.6.4: a login of TDS 7.2 whose fields follow its 94 bytes; passwords are only scrambled. */
export function tdsLogin(user = 'sa', password = 'secret'): Uint8Array {
  const wide = (word: string) => [...join(word)].flatMap(byte => [byte, 0])
  const scrambled = wide(password).map(byte => (((byte << 4) & 0xf0) | (byte >> 4)) ^ 0xa5)
  const fields = [...wide(user), ...scrambled]
  const little = (value: number) => [value & 0xff, value >> 8]
  const offsets = [
    ...[...little(94), ...little(0)],
    ...[...little(94), ...little(user.length)],
    ...[...little(94 + 2 * user.length), ...little(password.length)],
  ]
  const length = 94 + fields.length
  const head = [...little(length), 0, 0, 2, 0, 9, 0x72]
  const body = join(head, zeros(28), offsets, zeros(94 - 36 - offsets.length), fields)
  return join([0x10, 1], u16(8 + body.length), zeros(2), [1, 0], body)
}

/** RFC 4511, 4.2: a simple bind. */
export const ldapLogin = (name: string, password: string): Uint8Array =>
  ber(0x30, ber(2, [1]), ber(0x60, ber(2, [3]), ber(4, name), ber(0x80, password)))

/** RFC 4511, 4.5.1: the root's own attributes. */
const ldapSearch = (): Uint8Array => {
  const scope = [0x0a, 1, 0, 0x0a, 1, 0, 2, 1, 0, 2, 1, 0, 1, 1, 0]
  return ber(0x30, ber(2, [2]), ber(0x63, ber(4), scope, ber(0x87, 'objectClass'), ber(0x30)))
}
const ldapFound = (): Uint8Array => ber(0x30, ber(2, [2]), ber(0x65, [0x0a, 1, 0], ber(4), ber(4)))

const overTcp = (message: Uint8Array): Uint8Array => join(u16(message.length), message)

/** A message of SIP within the call that `sipInvite()` begins. */
const sipLater = (start: string, sequence: string, transport: 'TCP' | 'UDP'): string =>
  text
    .sipOk({ transport })
    .replace('SIP/2.0 200 OK', start)
    .replace('CSeq: 1 INVITE', `CSeq: ${sequence}`)

const sipCall = (transport: 'TCP' | 'UDP'): readonly Line[] => [
  client(text.sipInvite({ transport, body: text.sdp() })),
  server(sipLater('SIP/2.0 180 Ringing', '1 INVITE', transport)),
  server(text.sipOk({ transport, body: text.sdp('10.10.20.11', 20_000) })),
  client(sipLater('ACK sip:2001@10.10.20.11 SIP/2.0', '1 ACK', transport)),
  client(sipLater('BYE sip:2001@10.10.20.11 SIP/2.0', '2 BYE', transport)),
  server(sipLater('SIP/2.0 200 OK', '2 BYE', transport)),
]

const h248Reply = (): string =>
  'MEGACO/1 [10.10.20.32]:2944 Reply=1{Context=-{AuditValue=ROOT{Media{}}}}'

/** Over TCP, by name. */
export const STREAM_TALKS: Readonly<Record<string, readonly Line[]>> = {
  ssh: [
    server(text.sshBanner('Cisco-1.25')),
    client(text.sshBanner('PuTTY_Release_0.60')),
    client(keyExchange(1)),
    server(keyExchange(2)),
    client(binary.opaque(200, 3)),
    server(binary.opaque(400, 4)),
  ],
  http: [
    client(text.httpRequest('/mpweb/scripts/mpx.dll', NAME)),
    server(text.httpResponse('<html><body>MeetingPlace</body></html>')),
    client(text.httpRequest('/mpweb/style.css', NAME)),
    server(text.httpResponse('body { margin: 0 }')),
  ],
  tls: [
    client(binary.tlsClientHello(NAME)),
    server(binary.tlsServerHello(), [22, 3, 3, 0, 4, 14, 0, 0, 0]),
    client([20, 3, 3, 0, 1, 1], [22, 3, 3, 0, 40], binary.opaque(40, 5)),
    server([20, 3, 3, 0, 1, 1], [22, 3, 3, 0, 40], binary.opaque(40, 6)),
    client(office.tlsData(300)),
    server(office.tlsData(900)),
  ],
  sip: sipCall('TCP'),
  ftp: [
    server(text.ftpGreeting()),
    client(text.ftpUser('admin')),
    server('331 Password required for admin.', CRLF),
    client('PASS kept-to-oneself', CRLF),
    server('230 User admin logged in.', CRLF),
    client('SYST', CRLF),
    server('215 VxWorks', CRLF),
    client('CWD logs', CRLF),
    server('250 Changed directory to "logs".', CRLF),
    client('QUIT', CRLF),
    server('221 Bye...see you later', CRLF),
  ],
  telnet: [
    server(binary.telnetOffer()),
    client(binary.telnetAnswer()),
    server(CRLF, 'login: '),
    client('admin', CRLF),
    server('Password: '),
    client('kept-to-oneself', CRLF),
    server(CRLF, '-> '),
  ],
  h248: [client(text.h248Audit()), server(h248Reply())],
  rtmp: [
    client(binary.rtmpHello()),
    server(binary.rtmpAnswer()),
    client(zeros(8), binary.opaque(1528, 7)),
    client([3, 0, 0, 0, 0, 0, 20, 20, 0, 0, 0, 0], [2, 0, 7], 'connect', zeros(10)),
    server([2, 0, 0, 0, 0, 0, 4, 5, 0, 0, 0, 0], [0, 0x26, 0x25, 0xa0]),
  ],
  tds: [
    client(binary.tdsPrelogin()),
    server(binary.tdsPreloginAnswer()),
    client(tdsLogin()),
    server([4, 1, 0, 20, 0, 51, 1, 0], [0xad, 9, 0, 1, 0x72, 9, 0, 2, 0, 0], [0, 0]),
  ],
  ldap: [
    client(ldapLogin('cn=app,dc=example,dc=com', 'kept-to-oneself')),
    server(binary.ldapBindResponse()),
    client(ldapSearch()),
    server(ldapFound()),
  ],
  smtp: [
    server(text.smtpGreeting()),
    client(text.smtpHello()),
    server('250-mail.example.com', CRLF, '250 SIZE 52428800', CRLF),
    client('MAIL FROM:<mp@example.com>', CRLF),
    server('250 2.1.0 Ok', CRLF),
    client('RCPT TO:<user@example.com>', CRLF),
    server('250 2.1.5 Ok', CRLF),
    client('DATA', CRLF),
    server('354 End data with <CR><LF>.<CR><LF>', CRLF),
    client('Subject: Meeting at ten', CRLF, CRLF, 'GET ready.', CRLF, '.', CRLF),
    server('250 2.0.0 Ok: queued', CRLF),
    client('QUIT', CRLF),
    server('221 2.0.0 Bye', CRLF),
  ],
  socks: [
    client(binary.socksGreeting()),
    server(binary.socksGreetingAnswer()),
    client(binary.socksConnect(WEBEX, 443)),
    server(binary.socksConnectAnswer()),
    client(binary.tlsClientHello('acme.webex.com')),
    server(binary.tlsServerHello()),
  ],
  dns: [
    client(overTcp(binary.dnsQuery(NAME, 7))),
    server(overTcp(binary.dnsAnswer(NAME, HOST, 7))),
    client(overTcp(binary.dnsQuery('app-a.example.com', 8))),
    server(overTcp(binary.dnsAnswer('app-a.example.com', HOST, 8))),
  ],
  rmi: [
    client(binary.rmiHello()),
    server(binary.rmiAnswer()),
    client(u16(11), '10.10.20.44', u32(0), [0x50], '\u0000\u0000'),
    server([0x51, 0x77, 0x0f, 1, 0, 0]),
  ],
  xml: [client(text.xmlControl('request')), server(text.xmlControl('response'))],
  smb: [client(office.smbRequest()), server(office.smbResponse())],
  opaque: [
    client(binary.opaque(60, 11)),
    server(binary.opaque(40, 12)),
    client(binary.opaque(500, 13)),
    server(binary.opaque(1400, 14)),
  ],
}

export interface Exchange {
  readonly request: (index: number) => Bytes
  readonly response: (index: number) => Bytes
  readonly count: number
  readonly everyMs: number
}

const asked = (
  request: (index: number) => Bytes,
  response: (index: number) => Bytes,
  count = 2,
): Exchange => ({ request, response, count, everyMs: 200 })

/** RFC 3550, 5.1: G.711, the sound of nobody. */
export const rtpMessage = (index: number, ssrc = SSRC, sequence = 700): Uint8Array =>
  join([0x80, 0], u16(sequence + index), u32(16_000 + 160 * index), u32(ssrc), zeros(160))

const SIP_CALL = sipCall('UDP')
const saidBy = (side: 'client' | 'server', index: number): Bytes => {
  const lines = SIP_CALL.flatMap(line =>
    side in line ? ['client' in line ? line.client : line.server] : [],
  )
  return lines[index % lines.length] ?? ''
}

/** Over UDP, by name: question after question with its answer. */
export const DATAGRAM_TALKS: Readonly<Record<string, Exchange>> = {
  dns: asked(
    index => binary.dnsQuery(NAME, index + 1),
    index => binary.dnsAnswer(NAME, HOST, index + 1),
  ),
  ntp: asked(
    index => binary.ntpRequest(index + 1),
    index => binary.ntpReply(index + 1),
  ),
  snmp: asked(
    index => binary.snmpGet(index + 1),
    index => binary.snmpResponse(index + 1),
  ),
  sip: asked(
    index => saidBy('client', index),
    index => saidBy('server', index),
    3,
  ),
  rtp: asked(
    index => rtpMessage(index),
    index => rtpMessage(index, SSRC + 1, 9000),
    MEDIA_PACKETS,
  ),
  rtcp: asked(
    index => binary.rtcpSenderReport(SSRC, 50 * index),
    index => binary.rtcpSenderReport(SSRC + 1, 50 * index),
  ),
  h248: asked(text.h248Audit, h248Reply),
  ldap: asked(ldapSearch, ldapFound),
  opaque: asked(
    index => binary.opaque(100, index),
    index => binary.opaque(90, 50 + index),
    MEDIA_PACKETS,
  ),
}
