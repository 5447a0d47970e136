// Comparing streams of media with the dissector's: what agrees, and what has to be explained.

import { expect, test } from 'vitest'
import { explanationFaults } from '../../scripts/conformance/exceptions.ts'
import { compareStreams, streamsOf, truthStreams } from '../../scripts/conformance/streams.ts'
import { parseTable } from '../../scripts/conformance/tables.ts'

const HEADER =
  'file\tsrc\tsrc_port\tdst\tdst_port\tssrc\tpackets\tlost\tmin_jitter\tmean_jitter\tmax_jitter'
const NAME = '10.0.0.1:4000 > 10.0.0.2:5000 0x00000007'

const truth = (packets: number, lost: number, jitter = '0.1\t0.5\t1.0') =>
  truthStreams(
    parseTable(
      `${HEADER}\na.pcap\t10.0.0.1\t4000\t10.0.0.2\t5000\t0x00000007\t${packets}\t${lost}\t${jitter}`,
    ),
  )

const line = (packets: number, expected: number, jitter: readonly number[] | null = [0.5, 1]) => {
  const [mean, max] = jitter ?? []
  const quality = { kind: 'rtp', ssrc: '0x00000007', packets, expected }
  const ends = { src_ip: '10.0.0.1', src_port: 4000, dest_ip: '10.0.0.2', dest_port: 5000 }
  const jitter_ms = jitter === null ? null : { mean, max }
  return `${JSON.stringify({ event_type: 'quality', ...ends, quality: { ...quality, jitter_ms } })}\n`
}

const says = (theirs: ReturnType<typeof truth>, eve: string): readonly string[] =>
  compareStreams('a.pcap', theirs, streamsOf(eve)).disagreements.map(one => one.says)

test('a stream agrees in packets, in what is missing and in jitter', () => {
  expect(compareStreams('a.pcap', truth(90, 10), streamsOf(line(90, 100)))).toEqual({
    ...{ file: 'a.pcap', streams: 1, agreed: 1, timed: 1, jitters: 1, disagreements: [] },
  })
})

test('the dissector counts copies against what is missing, and so does the comparison', () => {
  expect(says(truth(33, -16), line(33, 17))).toEqual([])
})

test('a packet, a lost one, and jitter beyond 0.05 ms are differences', () => {
  expect(says(truth(90, 10), line(91, 101))).toHaveLength(1)
  expect(says(truth(90, 10), line(90, 101))).toHaveLength(1)
  expect(says(truth(90, 10), line(90, 100, [0.54, 1.04]))).toEqual([])
  expect(says(truth(90, 10), line(90, 100, [0.56, 1]))).toEqual([
    'truth 90 packets 10 lost jitter 0.500/1.000 ms, mpwatch 90 packets 10 lost jitter 0.560/1.000 ms',
  ])
  expect(says(truth(90, 10), line(90, 100, [0.5, 1.06]))).toHaveLength(1)
  expect(says(truth(90, 10), line(90, 100, null))).toHaveLength(1)
})

test('jitter that the dissector has not computed is not compared, and counts as none', () => {
  const both = compareStreams('a.pcap', truth(90, 10, '-1.0\t0.0\t0.0'), streamsOf(line(90, 100)))
  expect([both.agreed, both.timed, both.disagreements]).toEqual([1, 0, []])
})

test('a stream that one side alone has is a difference', () => {
  expect(says(truth(1, 0, '-1\t0\t0'), '')).toEqual(['truth 1 packets 0 lost, mpwatch none'])
  expect(says([], line(90, 100))).toHaveLength(1)
})

test('a stream under two records is one, and other lines are passed over', () => {
  const other = `${JSON.stringify({ event_type: 'quality', quality: { kind: 'tcp' } })}\n`
  expect(streamsOf(line(40, 50) + other + line(50, 50))).toEqual([
    { name: NAME, packets: 90, missing: 10, jitterMs: null },
  ])
})

test('an explanation that nothing needs any more is a fault', () => {
  const rows = parseTable(`file\tconversation\twhy\na.pcap\t${NAME}\tOnce.`)
  const faults = (eve: string) =>
    explanationFaults(rows, [compareStreams('a.pcap', truth(90, 10), streamsOf(eve))])
  expect(faults(line(90, 101))).toEqual([])
  expect(faults(line(90, 100))).toHaveLength(1)
})
