// Error messages: what they say and which packet they quote, as far as it names a flow.

import { describe, expect, test } from 'vitest'
import { errorMessage } from '../../src/wire/icmp.ts'
import { type Frame, IP_AT, icmpAbout, ip, patched, tcp, udp } from '../support/frames.ts'

const ICMP_AT = { 4: IP_AT + 20, 6: IP_AT + 40 } as const
const QUOTE_AT = { 4: ICMP_AT[4] + 8, 6: ICMP_AT[6] + 8 } as const
const SYN = tcp(0, 'a:1000 > b:80', 'SYN')
const SYN_6 = tcp(0, 'A:1000 > B:80', 'SYN')
const ERROR = icmpAbout(0, 'w > a', [3, 13], SYN)
const ERROR_6 = icmpAbout(0, 'W > A', [1, 4], SYN_6)

const viewOf = ({ bytes }: Frame) => new DataView(bytes.buffer, bytes.byteOffset, bytes.length)

const read = (frame: Frame, version: 4 | 6, end = frame.bytes.length) =>
  errorMessage(viewOf(frame), ICMP_AT[version], end, version)

describe('of an error, it reads', () => {
  test('type, code, addresses and ports', () => {
    expect(read(ERROR, 4)).toEqual({
      ...{ type: 3, code: 13 },
      quote: {
        ...{ version: 4, protocol: 6, sourcePort: 1000, targetPort: 80 },
        ...{ sourceAt: QUOTE_AT[4] + 12, targetAt: QUOTE_AT[4] + 16 },
      },
    })
  })

  test('the same in IPv6', () => {
    expect(read(ERROR_6, 6)).toEqual({
      ...{ type: 1, code: 4 },
      quote: {
        ...{ version: 6, protocol: 6, sourcePort: 1000, targetPort: 80 },
        ...{ sourceAt: QUOTE_AT[6] + 8, targetAt: QUOTE_AT[6] + 24 },
      },
    })
  })

  test('the ports behind IP options', () => {
    const query = udp(0, 'a:9 > b:53').bytes
    const options = Uint8Array.of(
      0x46,
      ...query.subarray(15, 34),
      1,
      1,
      1,
      1,
      ...query.subarray(34),
    )
    const error = icmpAbout(0, 'w > a', [3, 3], {
      timeNs: 0,
      bytes: Uint8Array.of(...Array(14), ...options),
    })
    expect(read(error, 4)?.quote).toMatchObject({ protocol: 17, sourcePort: 9, targetPort: 53 })
  })

  test('no ports where the protocol has none', () => {
    const error = icmpAbout(0, 'w > a', [3, 2], ip(0, 'a > b', 50, new Uint8Array(8)))
    expect(read(error, 4)?.quote).toMatchObject({ protocol: 50, sourcePort: 0, targetPort: 0 })
  })
})

describe('it reads nothing where the quote', () => {
  const cases: Readonly<Record<string, readonly [Frame, 4 | 6]>> = {
    'is of the other IP version': [patched(ERROR, QUOTE_AT[4], 0x65), 4],
    'is of the other IP version in IPv6': [patched(ERROR_6, QUOTE_AT[6], 0x45), 6],
    'has an impossible header length': [patched(ERROR, QUOTE_AT[4], 0x44), 4],
    'has a header that reaches beyond it': [patched(ERROR, QUOTE_AT[4], 0x4f), 4],
    'is a later fragment': [patched(ERROR, QUOTE_AT[4] + 6, 0, 1), 4],
  }
  for (const [what, [frame, version]] of Object.entries(cases))
    test(what, () => {
      expect(read(frame, version)).toBeUndefined()
    })

  test('ends before the ports, wherever that is', () => {
    const enough = { 4: QUOTE_AT[4] + 24, 6: QUOTE_AT[6] + 44 }
    for (const [frame, version] of [
      [ERROR, 4],
      [ERROR_6, 6],
    ] as const)
      for (let end = ICMP_AT[version]; end <= frame.bytes.length; end++)
        expect([end, read(frame, version, end) !== undefined]).toEqual([
          end,
          end >= enough[version],
        ])
  })
})

test('the first fragment of a datagram is quoted like a whole one', () => {
  expect(read(patched(ERROR, QUOTE_AT[4] + 6, 0x20, 0), 4)?.quote.targetPort).toBe(80)
})
