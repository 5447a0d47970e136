// What the conversations say: message beginnings that a dissector accepts, each with the running
// sums that make a checksum over it cost two look-ups (RFC 1071).

/** Bytes to send from the start of, up to any length. */
export interface Pattern {
  readonly bytes: Buffer
  /** `sums[n]`: one's-complement sum, not folded, of the first n bytes. */
  readonly sums: Uint32Array
}

/** A payload: a few 16-bit words that vary, then the rest of a pattern that does not. */
export interface Payload {
  readonly head: readonly number[]
  readonly pattern: Pattern
  /** Bytes, the head included. */
  readonly length: number
}

const PATTERN_BYTES = 1472

/** A pattern that begins with the message and goes on with filler up to a full segment. */
function patternOf(message: Uint8Array | string): Pattern {
  const start = typeof message === 'string' ? Buffer.from(message, 'latin1') : message
  const bytes = Buffer.alloc(
    Math.max(PATTERN_BYTES, start.length),
    'Every packet is accounted for. ',
  )
  bytes.set(start)
  const sums = new Uint32Array(bytes.length + 1)
  for (const [index, byte] of bytes.entries())
    sums[index + 1] = (sums[index] ?? 0) + (index % 2 === 0 ? byte << 8 : byte)
  return { bytes, sums }
}

const FILLER = patternOf('')

export const NOTHING: Payload = { head: [], pattern: FILLER, length: 0 }
export const filler = (length: number): Payload => ({ head: [], pattern: FILLER, length })

/** A request and its answer, each at a length of its own. */
export interface Exchange {
  readonly request: Message
  readonly response: Message
}

export interface Message {
  readonly pattern: Pattern
  readonly length: number
}

const messageOf = (content: Uint8Array | string): Message => ({
  pattern: patternOf(content),
  length: content.length,
})

const exchange = (request: Uint8Array | string, response: Uint8Array | string): Exchange => ({
  request: messageOf(request),
  response: messageOf(response),
})

export const httpExchange = exchange(
  'GET /mpweb/scripts/wcviewer.dll HTTP/1.1\r\nHost: meeting.example.com\r\nAccept: */*\r\n\r\n',
  'HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nConnection: close\r\n\r\n',
)

/** ClientHello and ServerHello without extensions but the name (RFC 5246, 7.4.1; RFC 6066, 3). */
export const tlsHello = exchange(
  tlsHandshake(1, [...new Array(32).fill(0x11), 0, 0, 2, 0xc0, 0x2f, 1, 0, ...serverName()]),
  tlsHandshake(2, [...new Array(32).fill(0x22), 0, 0xc0, 0x2f, 0]),
)

/**
 * The first three words of an application data record that fills `length` bytes (RFC 5246, 6.2.3).
 */
export function tlsRecordHead(length: number): readonly number[] {
  const recordBytes = length - 5
  return [0x1703, 0x0300 | (recordBytes >> 8), ((recordBytes & 0xff) << 8) | 0x5a]
}

/** TDS pre-login and its answer: one VERSION option each (MS-TDS 2.2.6.5). */
export const tdsPrelogin = exchange(
  hex('12010014000001 00 0000060006ff 000000000000'),
  hex('04010014000001 00 0000060006ff 0a0000000000'),
)

/** No protocol that anybody knows. */
export const opaqueExchange = exchange(hex('8f07a1d2 00000040'), hex('8f07a1d3 00000400'))

/** Without the first word, the transaction id, which varies (RFC 1035, 4.1). */
export const dnsExchange = exchange(
  hex(`0000 0100 0001000000000000 ${dnsName()} 00010001`),
  hex(`0000 8180 0001000100000000 ${dnsName()} 00010001 c00c00010001 0000012c 0004 0a0a140b`),
)

const NTP_STAMP = 'ed4f1c2080000000'
const NTP_ZERO = '0000000000000000'
/**
 * Version 3, client and server mode; the answer's origin is the request's transmit time (RFC 5905).
 */
export const ntpExchange = exchange(
  hex(`1b000600 ${'00000000'.repeat(3)} ${NTP_ZERO.repeat(3)} ${NTP_STAMP}`),
  hex(`1c0206ec 00000100 00000200 0a0a1e29 ${NTP_STAMP.repeat(4)}`),
)

/** SNMPv2c get of sysUpTime.0 and its answer (RFC 3416). */
export const snmpExchange = exchange(
  hex('3026 020101 040562656e6368 a01a 02022211 020100 020100 300e 300c 06082b06010201010300 0500'),
  hex(
    '3028 020101 040562656e6368 a21c 02022211 020100 020100 3010 300e 06082b06010201010300 43020fa0',
  ),
)

export const sipExchange = exchange(
  sipText('OPTIONS sip:meetingplace@app.example.com SIP/2.0'),
  sipText('SIP/2.0 200 OK'),
)

export const rtpSamples = patternOf(new Uint8Array(184).fill(0xff))

function sipText(firstLine: string): string {
  return [
    firstLine,
    'Via: SIP/2.0/UDP cucm.example.com:5060;branch=z9hG4bKbench',
    'From: <sip:cucm.example.com>;tag=1',
    'To: <sip:meetingplace@app.example.com>',
    'Call-ID: bench@cucm.example.com',
    'CSeq: 1 OPTIONS',
    'Content-Length: 0\r\n\r\n',
  ].join('\r\n')
}

function tlsHandshake(type: number, afterVersion: readonly number[]): Uint8Array {
  const body = [3, 3, ...afterVersion]
  const handshake = [type, 0, ...word(body.length), ...body]
  return Uint8Array.from([22, 3, 1, ...word(handshake.length), ...handshake])
}

function serverName(): number[] {
  const name = [...Buffer.from('meeting.example.com')]
  const entry = [0, ...word(name.length), ...name]
  const list = [...word(entry.length), ...entry]
  const extension = [0, 0, ...word(list.length), ...list]
  return [...word(extension.length), ...extension]
}

function word(value: number): number[] {
  return [value >> 8, value & 0xff]
}

function dnsName(): string {
  const labels = ['meetingplace', 'example', 'com']
  const parts = labels.map(label => [label.length, ...Buffer.from(label)])
  return `${Buffer.from(parts.flat()).toString('hex')}00`
}

function hex(digits: string): Uint8Array {
  return Uint8Array.from(Buffer.from(digits.replaceAll(' ', ''), 'hex'))
}
