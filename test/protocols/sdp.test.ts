// What a description of media announces: session and media addresses, several media, RTCP.

import { expect, test } from 'vitest'
import { sdp } from '../../fixtures/scenario/payloads.ts'
import { announce } from '../../src/protocols/sdp.ts'
import { mediaOf, watched, within } from './watched.ts'

const announced = (...lines: readonly string[]): readonly string[] =>
  mediaOf(listener => announce(within(lines.map(line => `${line}\r\n`).join('')), listener))

const SESSION = ['v=0', 'c=IN IP4 10.1.1.1', 't=0 0']
const both = (address: string, port: number) => [
  `media ${address} ${port}`,
  `media ${address} ${port + 1}`,
]

const cases: readonly [what: string, lines: readonly string[], heard: readonly string[]][] = [
  ['one medium', ['m=audio 5004 RTP/AVP 0'], both('10.1.1.1', 5004)],
  [
    'several media, one with its own address',
    ['m=audio 5004 RTP/AVP 0', 'm=video 5006 RTP/SAVPF 96', 'c=IN IP4 10.1.1.2'],
    [...both('10.1.1.1', 5004), ...both('10.1.1.2', 5006)],
  ],
  [
    'a medium in IPv6',
    ['m=audio 5004 UDP/TLS/RTP/SAVPF 0', 'c=IN IP6 2001:db8::1'],
    both('32.1.13.184.0.0.0.0.0.0.0.0.0.0.0.1', 5004),
  ],
  ['a group', ['m=audio 5004 RTP/AVP 0', 'c=IN IP4 224.2.1.1/127'], both('224.2.1.1', 5004)],
  [
    'several ports',
    ['m=video 5004/2 RTP/AVP 0'],
    [...both('10.1.1.1', 5004), ...both('10.1.1.1', 5006)],
  ],
  [
    'another port for RTCP',
    ['m=audio 5004 RTP/AVP 0', 'a=rtcp:53020'],
    ['media 10.1.1.1 5004', 'media 10.1.1.1 53020'],
  ],
  [
    'another place for RTCP',
    ['m=audio 5004 RTP/AVP 0', 'a=rtcp:53020 IN IP4 10.1.1.3'],
    ['media 10.1.1.1 5004', 'media 10.1.1.3 53020'],
  ],
  ['the last port', ['m=audio 65535 RTP/AVP 0'], ['media 10.1.1.1 65535']],
  ['a medium that is refused', ['m=audio 0 RTP/AVP 0'], []],
  ['a port that does not exist', ['m=audio 70000 RTP/AVP 0'], []],
  ['a medium on hold', ['m=audio 5004 RTP/AVP 0', 'c=IN IP4 0.0.0.0'], []],
  ['a medium at a name', ['m=audio 5004 RTP/AVP 0', 'c=IN IP4 host.example.com'], []],
  [
    'a fax and audio behind it',
    ['m=image 6000 udptl t38', 'c=IN IP4 10.1.1.9', 'm=audio 5004 RTP/AVP 0'],
    both('10.1.1.1', 5004),
  ],
  ['a second description without an address', ['v=0', 'm=audio 5004 RTP/AVP 0'], []],
]
for (const [what, lines, heard] of cases)
  test(`SDP with ${what} announces ${heard.length === 0 ? 'nothing' : heard.join(', ')}`, () => {
    expect(announced(...SESSION, ...lines)).toEqual(heard)
  })

test('a description that is cut off announces what is there', () => {
  const whole = sdp('10.1.1.1', 5004)
  const heard = (length: number) =>
    mediaOf(listener => announce(within(whole.slice(0, length), 0x37), listener))
  expect(heard(whole.length)).toEqual(both('10.1.1.1', 5004))
  for (let length = 0; length < whole.indexOf('m='); length++) expect(heard(length)).toEqual([])
})

test('no message announces more than sixteen ports', () => {
  const many = Array.from({ length: 1000 }, (_, index) => `m=audio ${5000 + 2 * index} RTP/AVP 0`)
  expect(announced(...SESSION, ...many)).toHaveLength(16)
  expect(announced(...SESSION, 'm=audio 5000/999 RTP/AVP 0')).toHaveLength(16)
})

test('nothing is read outside of it', () => {
  const opening = watched(sdp())
  announce(opening, { wantsName: () => true, answered() {}, dataChannel() {}, media() {} })
  expect(opening.outside).toBe(0)
})

const directionsIn = (...lines: readonly string[]): readonly string[] => {
  const told: string[] = []
  announce(within(lines.map(line => `${line}\r\n`).join('')), {
    ...{ wantsName: () => true, answered() {}, dataChannel() {}, media() {} },
    directed: (address, port, direction) =>
      void told.push(`${address.join('.')} ${port} ${direction}`),
  })
  return told
}

const ORIGIN = ['v=0', 'o=- 1 1 IN IP4 10.1.1.9', 's=-']
const AT_ONE = ['c=IN IP4 10.1.1.1', 't=0 0']
test.each<[string, readonly string[], readonly string[]]>([
  ['nothing said of it', ['m=audio 5004 RTP/AVP 0'], ['10.1.1.1 5004 sendrecv']],
  ['one way', ['m=audio 5004 RTP/AVP 0', 'a=sendonly'], ['10.1.1.1 5004 sendonly']],
  ['all of the session', ['a=inactive', 'm=audio 5004 RTP/AVP 0'], ['10.1.1.1 5004 inactive']],
  [
    'one medium otherwise than the session',
    ['a=recvonly', 'm=audio 5004 RTP/AVP 0', 'm=video 5006 RTP/AVP 34', 'a=sendrecv'],
    ['10.1.1.1 5004 recvonly', '10.1.1.1 5006 sendrecv'],
  ],
  [
    'a hold by the address of nobody',
    ['m=audio 5004 RTP/AVP 0', 'c=IN IP4 0.0.0.0'],
    ['10.1.1.9 5004 inactive'],
  ],
  ['a word that goes on', ['m=audio 5004 RTP/AVP 0', 'a=sendonlyx'], ['10.1.1.1 5004 sendrecv']],
  ['a medium that is refused', ['m=audio 0 RTP/AVP 0', 'a=sendonly'], []],
])('SDP with %s', (_, lines, told) => {
  expect(directionsIn(...ORIGIN, ...AT_ONE, ...lines)).toEqual(told)
})

test('a session on hold by the address of nobody holds all of its media', () => {
  const media = ['m=audio 5004 RTP/AVP 0', 'm=video 5006 RTP/AVP 34', 'c=IN IP4 10.1.1.2']
  expect(directionsIn(...ORIGIN, 'c=IN IP4 0.0.0.0', ...media)).toEqual([
    '10.1.1.9 5004 inactive',
    '10.1.1.2 5006 sendrecv',
  ])
})
