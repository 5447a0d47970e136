// Comparing what was measured of TCP connections with the dissector's: what agrees, and what has to be explained.

import { expect, test } from 'vitest'
import {
  compareConnections,
  connectionLines,
  connectionsOf,
  truthConnections,
} from '../../scripts/conformance/connections.ts'
import { parseTable } from '../../scripts/conformance/tables.ts'

const HEADER =
  'file\tclient\tclient_port\tserver\tserver_port\tsyn\tsynack\tretransmission\tinitial_rtt'

/** Rows of `a.pcap`: SYNs, SYN-ACKs, retransmissions, seconds of the handshake. */
const truth = (...rows: readonly (readonly [number, number, number, string])[]) =>
  truthConnections(
    parseTable(
      [HEADER, ...rows.map(row => `a.pcap\t10.0.0.1\t4000\t10.0.0.2\t80\t${row.join('\t')}`)].join(
        '\n',
      ),
    ),
  )

/** A line of either direction: the first has the client's retransmissions. */
function lines(segments: number, again: number, us: number | null): string {
  const client = { src_ip: '10.0.0.1', src_port: 4000, dest_ip: '10.0.0.2', dest_port: 80 }
  const server = { src_ip: '10.0.0.2', src_port: 80, dest_ip: '10.0.0.1', dest_port: 4000 }
  const quality = { kind: 'tcp', handshake_rtt_us: us, segments, retransmissions: { total: again } }
  const rest = { ...quality, segments: 0, retransmissions: { total: 0 } }
  const all = [
    { ...client, quality },
    { ...server, quality: rest },
  ]
  return all.map(line => `${JSON.stringify({ event_type: 'quality', ...line })}\n`).join('')
}

const says = (theirs: ReturnType<typeof truth>, eve: string): readonly string[] =>
  compareConnections('a.pcap', theirs, connectionsOf(eve)).disagreements.map(one => one.says)

test('a connection agrees in its handshake and in what was sent again', () => {
  const comparison = compareConnections(
    'a.pcap',
    truth([1, 1, 3, '0.024692000']),
    connectionsOf(lines(50, 3, 24_692)),
  )
  expect(comparison).toEqual({
    ...{ file: 'a.pcap', conversations: 1, agreed: 1, segments: 50, segmentsOff: 0 },
    ...{ handshakes: 1, handshakesAgreed: 1, disagreements: [] },
  })
  expect(connectionLines([comparison, comparison])).toEqual([
    '2 of 2 conversations agree in what was sent again,',
    '100 of 100 segments;',
    '2 of 2 handshakes to the microsecond.',
  ])
})

test('a microsecond of a handshake is a difference, and so is one that is missing', () => {
  const theirs = truth([1, 1, 0, '0.024692'])
  expect(says(theirs, lines(9, 0, 24_693))).toEqual([
    'truth 0 sent again, handshake 24692 us, mpwatch 0 sent again, handshake 24693 us',
  ])
  expect(says(theirs, lines(9, 0, null))).toHaveLength(1)
  expect(says(theirs, '')).toHaveLength(1)
})

test('a handshake of which a part was seen twice is not compared', () => {
  expect(says(truth([2, 1, 1, '0.024692']), lines(9, 0, null))).toEqual([])
  expect(says(truth([1, 2, 1, '0.024692']), lines(9, 0, null))).toEqual([])
})

test('one segment of a hundred may be called otherwise', () => {
  expect(says(truth([1, 1, 2, '']), lines(100, 1, null))).toEqual([])
  expect(says(truth([1, 1, 2, '']), lines(99, 1, null))).toHaveLength(1)
  expect(says(truth([1, 1, 3, '']), lines(100, 1, null))).toHaveLength(1)
})

test('a SYN that is sent again is none of the segments', () => {
  expect(says(truth([3, 1, 2, '']), lines(5, 0, null))).toEqual([])
})

test('connections of the same ends are summed', () => {
  const theirs = truth([1, 1, 1, '0.01'], [1, 1, 2, '0.02'])
  expect(says(theirs, lines(5, 2, 20_000) + lines(5, 1, 10_000))).toEqual([])
  expect(says(theirs, lines(5, 3, 10_000))).toHaveLength(1)
})
