import { describe, expect, test } from 'vitest'
import { notYet } from '../../scripts/conformance/captures.ts'
import { type Comparison, compare } from '../../scripts/conformance/compare.ts'
import {
  addTraffic,
  type Conversations,
  type Traffic,
} from '../../scripts/conformance/conversations.ts'
import { faultsOf, reasonsOf } from '../../scripts/conformance/exceptions.ts'
import { conversationsOf, totalOf } from '../../scripts/conformance/measure.ts'
import {
  compareProtocols,
  protocolFaults,
  protocolReasons,
  recallLines,
  truthNames,
} from '../../scripts/conformance/protocols.ts'
import { disagreementLine, nextStepLines, tableText } from '../../scripts/conformance/report.ts'
import { parseTable } from '../../scripts/conformance/tables.ts'

describe('a conversation', () => {
  test('is one, whichever end is named first', () => {
    const conversations: Conversations = new Map()
    addTraffic(conversations, dns, traffic(2, 150, 1, 300))
    addTraffic(conversations, { ...dns, from: dns.to, to: dns.from }, traffic(1, 300, 1, 75))
    expect([...conversations]).toEqual([
      ['udp 10.0.0.1:4000 <-> 10.0.0.2:53', traffic(3, 225, 2, 600)],
    ])
  })

  test('has one name, however IPv6 is spelled', () => {
    const conversations: Conversations = new Map()
    const from = { address: '2001:DB8:0:0::1', port: 4000 }
    addTraffic(conversations, { ...dns, from }, traffic(1, 90, 0, 0))
    expect([...conversations.keys()]).toEqual(['udp 10.0.0.2:53 <-> [2001:db8::1]:4000'])
  })

  test('of an end point with itself has one direction', () => {
    const conversations: Conversations = new Map()
    addTraffic(conversations, { ...dns, to: dns.from }, traffic(1, 90, 2, 180))
    expect([...conversations.values()]).toEqual([traffic(3, 270, 0, 0)])
  })
})

test('flow lines are summed by conversation; ICMP and the closing line are passed over', () => {
  const line = {
    event_type: 'flow',
    proto: 'UDP',
    src_ip: '10.0.0.1',
    src_port: 4000,
    dest_ip: '10.0.0.2',
    dest_port: 53,
    flow: { pkts_toserver: 1, bytes_toserver: 75, pkts_toclient: 1, bytes_toclient: 300 },
  }
  const lines = [line, line, { ...line, proto: 'ICMP' }, { event_type: 'stats' }]
  const eve = lines.map(one => `${JSON.stringify(one)}\n`).join('')
  expect([...conversationsOf(eve)]).toEqual([
    ['udp 10.0.0.1:4000 <-> 10.0.0.2:53', traffic(2, 150, 2, 600)],
  ])
})

test('the bytes of a capture are known where flows hold all its packets', () => {
  const result = (seen: number) =>
    JSON.stringify({ totals: { bytes: 150 }, ledger: { reader: { seen }, flows: { in_flow: 2 } } })
  expect(totalOf(result(2))).toEqual({ packets: 2, bytes: 150 })
  expect(totalOf(result(3))).toEqual({ packets: 3, bytes: null })
})

describe('a capture is compared', () => {
  const microseconds = 0xa1b2c3d4
  const cases: readonly [what: string, header: Uint8Array, expected: string | null][] = [
    ['classic, big-endian, microseconds', header(microseconds, 1, false), null],
    ['classic, little-endian, microseconds', header(microseconds, 1, true), null],
    ['classic, little-endian, nanoseconds', header(0xa1b23c4d, 1, true), null],
    [
      'classic, with the length of the check sequence',
      header(microseconds, 0x24000001, true),
      null,
    ],
    ['Linux cooked', header(microseconds, 113, true), null],
    ['radiotap', header(microseconds, 127, true), null],
    ['Bluetooth', header(microseconds, 201, true), 'link type 201'],
    ['pcapng', header(0x0a0d0d0a, 0, false), null],
    ['packed with gzip', header(0x1f8b0800, 0, false), null],
    ['text', header(0x23212f62, 1, false), 'no capture of a known format'],
    ['empty', new Uint8Array(0), 'no capture: shorter than a file header'],
  ]
  for (const [what, bytes, expected] of cases)
    test(`${expected === null ? 'when' : 'not yet when'} it is ${what}`, () => {
      expect(notYet(bytes)).toBe(expected)
    })
})

describe('numbers that', () => {
  const name = 'udp 10.0.0.1:4000 <-> 10.0.0.2:53'

  test('are the same agree', () => {
    expect(
      compared({ [name]: traffic(1, 75, 1, 300) }, { [name]: traffic(1, 75, 1, 300) }),
    ).toEqual({
      file: 'dns/a.pcap',
      conversations: 1,
      agreed: 1,
      outerLayers: [],
      disagreements: [],
    })
  })

  test('differ by a byte are a disagreement', () => {
    const both = compared({ [name]: traffic(1, 75, 1, 300) }, { [name]: traffic(1, 75, 1, 301) })
    expect(says(both)).toEqual([`${name}: truth 1/75 -> 1/300 <-, mpwatch 1/75 -> 1/301 <-`])
  })

  test('go the other way are a disagreement', () => {
    const both = compared({ [name]: traffic(1, 75, 0, 0) }, { [name]: traffic(0, 0, 1, 75) })
    expect(says(both)).toEqual([`${name}: truth 1/75 -> 0/0 <-, mpwatch 0/0 -> 1/75 <-`])
  })

  test('only one side has are a disagreement', () => {
    expect(says(compared({ [name]: traffic(1, 75, 0, 0) }, {}))).toEqual([
      `${name}: truth 1/75 -> 0/0 <-, mpwatch none`,
    ])
    expect(says(compared({}, { [name]: traffic(1, 75, 0, 0) }))).toEqual([
      `${name}: truth none, mpwatch 1/75 -> 0/0 <-`,
    ])
  })

  test('miss a packet of the whole capture are a disagreement', () => {
    const truth = {
      total: { packets: 2, bytes: 150 },
      ...nothing,
      innermostPackets: new Map(),
      ...{ protocols: new Map(), media: [] },
    }
    const measured = { total: { packets: 1, bytes: 75 }, ...nothing }
    expect(says(compare('dns/a.pcap', truth, measured))).toEqual([
      'capture: truth 2 packets 150 bytes, mpwatch 1 packets 75 bytes',
    ])
  })

  test('leave bytes out where mpwatch has packets in no flow', () => {
    const truth = {
      total: { packets: 2, bytes: 150 },
      ...nothing,
      innermostPackets: new Map(),
      ...{ protocols: new Map(), media: [] },
    }
    const measured = (packets: number) => ({ total: { packets, bytes: null }, ...nothing })
    expect(says(compare('arp/a.pcap', truth, measured(2)))).toEqual([])
    expect(says(compare('arp/a.pcap', truth, measured(1)))).toEqual([
      'capture: truth 2 packets, mpwatch 1 packets',
    ])
  })

  test('could not be had are a disagreement of the capture', () => {
    const truth = {
      total: { packets: 1, bytes: 75 },
      ...nothing,
      innermostPackets: new Map(),
      ...{ protocols: new Map(), media: [] },
    }
    expect(says(compare('dns/a.pcap', truth, 'ended with 5: assertion failed'))).toEqual([
      'capture: ended with 5: assertion failed',
    ])
  })
})

describe('the outside of a tunnel', () => {
  const tunnel = 'udp 10.0.0.1:4000 <-> 10.0.0.2:4789'

  test('is set aside when the truth itself has all its packets further inside', () => {
    const both = compared({ [tunnel]: traffic(3, 500, 0, 0) }, {}, { [tunnel]: 0 })
    expect(both).toMatchObject({ outerLayers: [tunnel], disagreements: [] })
  })

  test('may keep the packets that carry no packet, and no fewer', () => {
    const truth = { [tunnel]: traffic(3, 500, 0, 0) }
    const kept = (packets: number) => ({ [tunnel]: traffic(packets, 100, 0, 0) })
    expect(compared(truth, kept(1), { [tunnel]: 1 }).disagreements).toHaveLength(0)
    expect(compared(truth, kept(2), { [tunnel]: 1 }).disagreements).toHaveLength(1)
    expect(compared(truth, {}, { [tunnel]: 1 }).disagreements).toHaveLength(1)
  })

  test('is no excuse for a conversation on other ports', () => {
    const other = 'udp 10.0.0.1:4000 <-> 10.0.0.2:53'
    expect(compared({ [other]: traffic(3, 500, 0, 0) }, {}, {}).disagreements).toHaveLength(1)
  })
})

describe('an exception', () => {
  const name = 'udp 10.0.0.1:4000 <-> 10.0.0.2:53'
  const row = (why: string) => parseTable(`file\tconversation\twhy\ndns/a.pcap\t${name}\t${why}\n`)
  const differing = { ...compared({ [name]: traffic(1, 75, 0, 0) }, {}), conversations: 50 }
  const agreeing: Comparison = { ...differing, agreed: 50, disagreements: [] }

  test('explains its disagreement and no other', () => {
    const why = reasonsOf(row('it is cut off'))
    expect(why({ file: 'dns/a.pcap', subject: name, says: '' })).toBe('it is cut off')
    expect(why({ file: 'dns/b.pcap', subject: name, says: '' })).toBeUndefined()
  })

  test('that is needed and says why is in order', () => {
    expect(faultsOf(row('it is cut off'), [differing])).toEqual([])
  })

  test('must say why', () => {
    expect(faultsOf(row(''), [differing])).toEqual([
      `dns/a.pcap ${name}: an exception must say why.`,
    ])
  })

  test('must go when both sides agree again', () => {
    expect(faultsOf(row('it is cut off'), [agreeing])).toEqual([
      `dns/a.pcap ${name}: agrees by now; remove its exception.`,
    ])
  })

  test('is left alone when its capture was not compared', () => {
    expect(faultsOf(row('it is cut off'), [])).toEqual([])
  })

  test('may be one in fifty conversations, not more', () => {
    expect(faultsOf(row('it is cut off'), [{ ...differing, conversations: 49 }])).toEqual([
      '1 of 49 conversations are excepted; at most 2 % may be.',
    ])
  })
})

describe('protocols', () => {
  const stream = 'tcp 10.0.0.1:4000 <-> 10.0.0.2:80'
  const comparedAs = (truth: string, mpwatch: string, file = 'http/a.pcap') =>
    compareProtocols(
      file,
      truthNames([{ name: stream, protocols: truth }]),
      new Map([[stream, new Set([mpwatch])]]),
    )
  const kinds = (truth: string, mpwatch: string, file?: string) =>
    comparedAs(truth, mpwatch, file).disagreements.map(({ kind }) => kind)

  test('agree by the name that both have for it', () => {
    expect(kinds('http=4 -=9', 'http')).toEqual([])
    expect(kinds('rtmpt=4', 'rtmp')).toEqual([])
    expect(kinds('smtp=2 tls=9', 'smtp')).toEqual([])
    expect(kinds('mdns=2', 'dns')).toEqual([])
  })

  test('that were not named, or otherwise, are disagreements', () => {
    expect(kinds('http=4', 'unknown')).toEqual(['missed'])
    expect(kinds('http=4', 'ssh')).toEqual(['other'])
    expect(kinds('data=4', 'ssh')).toEqual(['other'])
  })

  test('that nobody asks for need no name', () => {
    expect(kinds('bittorrent=4', 'unknown')).toEqual([])
    expect(kinds('http=4', 'unknown', 'broken/a.pcap')).toEqual([])
  })

  test('are enough when 99 percent of what the dissector read was recognised', () => {
    const enough = (missed: number, whose: string) => {
      const comparisons = Array.from({ length: 101 }, (_, index) =>
        comparedAs('http=4', index < missed ? 'unknown' : 'http', `http/${index}.pcap`),
      )
      const rows = parseTable(
        `file\tconversation\twhose\twhy\nhttp/0.pcap\t${stream}\t${whose}\tby port\n`,
      )
      return recallLines(comparisons, protocolReasons(rows)).isEnough
    }
    expect(enough(1, 'ours')).toBe(true)
    expect(enough(2, 'ours')).toBe(false)
    expect(enough(2, 'truth')).toBe(true)
  })

  test('are excepted only with a reason, and as long as they differ', () => {
    const rows = (whose: string, why: string) =>
      parseTable(`file\tconversation\twhose\twhy\nhttp/a.pcap\t${stream}\t${whose}\t${why}\n`)
    const differing = comparedAs('http=4', 'ssh')
    expect(protocolFaults(rows('truth', 'by port'), [differing])).toEqual([])
    expect(protocolFaults(rows('truth', ''), [differing])).toHaveLength(1)
    expect(protocolFaults(rows('nobody', 'by port'), [differing])).toHaveLength(1)
    expect(protocolFaults(rows('truth', 'by port'), [comparedAs('http=4', 'http')])).toEqual([
      `http/a.pcap ${stream}: agrees by now; remove its exception.`,
    ])
  })
})

describe('the report', () => {
  test('has a line for each folder and one for all', () => {
    const one = compared({ a: traffic(1, 75, 0, 0) }, { a: traffic(1, 75, 0, 0) })
    const other = { ...compared({ b: traffic(1, 75, 0, 0) }, {}), file: 'sip/b.pcap' }
    expect(tableText([one, other]).split('\n')).toEqual([
      'folder          files  files differ  conversations  agree  outer layer  differ',
      'dns/                1             0              1      1            0       0',
      'sip/                1             1              1      0            0       1',
      'all                 2             1              2      1            0       1',
    ])
  })

  test('calls a disagreement without exception unexplained', () => {
    const disagreement = { file: 'dns/a.pcap', subject: 'capture', says: 'truth 2, mpwatch 1' }
    expect(disagreementLine(disagreement, undefined)).toBe(
      'dns/a.pcap  capture  truth 2, mpwatch 1  UNEXPLAINED',
    )
    expect(disagreementLine(disagreement, 'it is cut off')).toBe(
      'dns/a.pcap  capture  truth 2, mpwatch 1  because it is cut off',
    )
  })

  test('lists what is left for a next step', () => {
    const captures = [
      { file: 'sip/a.pcapng', notYet: 'pcapng' },
      { file: 'dns/a.pcap', notYet: null },
      { file: 'tls/b.pcapng', notYet: 'pcapng' },
    ]
    expect(nextStepLines(captures)).toEqual(['next step: 2 pcapng: sip/a.pcapng tls/b.pcapng'])
  })
})

const dns = {
  transport: 'udp',
  from: { address: '10.0.0.1', port: 4000 },
  to: { address: '10.0.0.2', port: 53 },
}

const nothing = { conversations: new Map<string, Traffic>(), protocols: new Map(), streams: [] }

function traffic(
  packetsForth: number,
  bytesForth: number,
  packetsBack: number,
  bytesBack: number,
): Traffic {
  return {
    forth: { packets: packetsForth, bytes: bytesForth },
    back: { packets: packetsBack, bytes: bytesBack },
  }
}

/** Compares conversations of `dns/a.pcap`, whose totals agree. */
function compared(
  truth: Readonly<Record<string, Traffic>>,
  measured: Readonly<Record<string, Traffic>>,
  innermost: Readonly<Record<string, number>> = {},
): Comparison {
  const total = { packets: 9, bytes: 900 }
  return compare(
    'dns/a.pcap',
    {
      total,
      conversations: new Map(Object.entries(truth)),
      innermostPackets: new Map(Object.entries(innermost)),
      ...{ protocols: new Map(), media: [] },
    },
    { total, conversations: new Map(Object.entries(measured)), protocols: new Map(), streams: [] },
  )
}

const says = ({ disagreements }: Comparison): string[] =>
  disagreements.map(one => `${one.subject}: ${one.says}`)

function header(magic: number, link: number, isLittle: boolean): Uint8Array {
  const view = new DataView(new ArrayBuffer(24))
  view.setUint32(0, magic, isLittle)
  view.setUint32(20, link, isLittle)
  return new Uint8Array(view.buffer)
}
