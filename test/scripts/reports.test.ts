// Comparing RTCP with the dissector's: what agrees, and what has to be explained.

import { expect, test } from 'vitest'
import { compareReports, reportsOf, truthReports } from '../../scripts/conformance/reports.ts'
import { parseTable } from '../../scripts/conformance/tables.ts'

const HEADER =
  'file\tframe\ttime\tsrc\tsrc_port\tdst\tdst_port\tpt\tsenderssrc\ttimestamp.ntp\tssrc.identifier\tssrc.fraction\tssrc.cum_nr\tssrc.ext_high\tssrc.lsr\tssrc.dlsr'

const row = (...cells: readonly (string | number)[]): string => ['a.pcap', ...cells].join('\t')
const there = ['10.0.0.1', 4001, '10.0.0.2', 5001] as const
const back = ['10.0.0.2', 5001, '10.0.0.1', 4001] as const
// 12:15:44.25 of that day is 3,711,615,344.25 s after the year 1900 began.
const NTP = 'Aug 13, 2017 12:15:44.250000000 UTC'
const MIDDLE = ((3_711_615_344 % 65_536) * 65_536 + 0x4000).toString()
const SENT = row(1, '100.500000000', ...there, '200,202', '0x00000007', NTP, '0x00000007')
const ANSWER = (dlsr: number) =>
  row(2, '102.600001000', ...back, '201', '0x9', '', '0x7', 64, -3, 4711, MIDDLE, dlsr)

const truth = (...rows: readonly string[]) => truthReports(parseTable([HEADER, ...rows].join('\n')))

const line = (way: typeof there | typeof back, timestamp: string, quality: object) => {
  const [src_ip, src_port, dest_ip, dest_port] = way
  const ends = { src_ip, src_port, dest_ip, dest_port }
  return JSON.stringify({
    timestamp,
    event_type: 'quality',
    ...ends,
    quality: { kind: 'rtcp', ...quality },
  })
}
const NONE = {
  fraction_lost_pct: null,
  cumulative_lost: null,
  highest_sequence: null,
  rtt_ms: null,
}
const SENT_LINE = line(there, '1970-01-01T00:01:40.500000+0000', {
  ...{ report: 'sender', ssrc: '0x00000007', about: null, ...NONE },
})
const answerLine = (more: object = {}) =>
  line(back, '1970-01-01T00:01:42.600001+0000', {
    ...{ report: 'receiver', ssrc: '0x00000009', about: '0x00000007', fraction_lost_pct: 25 },
    ...{ cumulative_lost: -3, highest_sequence: 4711, rtt_ms: 100.001, ...more },
  })

test('reports agree in all that they say, and in the round trip that the dissector’s times give', () => {
  const found = reportsOf(`${SENT_LINE}\n${answerLine()}\n`)
  expect(compareReports('a.pcap', truth(SENT, ANSWER(2 * 65_536)), found)).toEqual({
    ...{ file: 'a.pcap', packets: 2, agreed: 2, trips: 1, disagreements: [] },
  })
})

test.each([
  ['loss', { cumulative_lost: 3 }],
  ['fraction', { fraction_lost_pct: 25.39 }],
  ['number', { highest_sequence: 4712 }],
  ['source', { about: '0x00000008' }],
  ['reporter', { ssrc: '0x0000000A' }],
  ['round trip', { rtt_ms: 100.06 }],
  ['no round trip', { rtt_ms: null }],
])('another %s is a difference', (_, more) => {
  const found = reportsOf(`${SENT_LINE}\n${answerLine(more)}\n`)
  const { disagreements } = compareReports('a.pcap', truth(SENT, ANSWER(2 * 65_536)), found)
  expect(disagreements.map(({ subject }) => subject)).toEqual([
    '10.0.0.2:5001 > 10.0.0.1:4001 at 102.600001',
  ])
})

test('a packet that one side alone has is a difference, a farewell alone is none', () => {
  expect(compareReports('a.pcap', truth(SENT), []).disagreements).toHaveLength(1)
  expect(compareReports('a.pcap', [], reportsOf(SENT_LINE)).disagreements).toHaveLength(1)
  expect(truth(row(1, '100.5', ...there, '203', '', '', '0x00000007'))).toEqual([])
})
