// How exchanges of NTP are compared with a dissector's table of their messages.

import { expect, test } from 'vitest'
import { parseTable } from '../../scripts/conformance/tables.ts'
import {
  compareTimes,
  exchangesOf,
  type TimeExchange,
  truthExchanges,
} from '../../scripts/conformance/times.ts'

const COLUMNS =
  'file time src dst src_port dst_port flags.li flags.mode stratum ppoll org rec xmt'.split(' ')
const REQUEST =
  'a.pcap|1439753726.191168000|10.0.0.1|10.0.0.2|123|123|0|3|2|6|NULL|NULL|Aug 16, 2015 19:35:26.161788296 UTC'
const ANSWER =
  'a.pcap|1439753726.289699000|10.0.0.2|10.0.0.1|123|123|0|4|1|6|Aug 16, 2015 19:35:26.161788296 UTC|Aug 16, 2015 19:35:26.284160940 UTC|Aug 16, 2015 19:35:26.284174908 UTC'
const rowsOf = (...lines: readonly string[]) =>
  parseTable(
    [COLUMNS, ...lines.map(line => line.split('|'))].map(cells => cells.join('\t')).join('\n'),
  )

/** By hand: T1 - c1 = -29.379704 ms, T3 - c2 = -5.524092 ms, c2 - c1 = 98.531 ms, T3 - T2 = 0.013968 ms. */
const EXPECTED: TimeExchange = {
  name: '10.0.0.2:123 > 10.0.0.1:123 1439753726.289699',
  ...{ stratum: 1, leap: 0, pollS: 64, offsetMs: -23.855612, delayMs: 98.517032 },
}

test('an answer and its request make an exchange, alone they make none', () => {
  expect(truthExchanges(rowsOf(REQUEST, ANSWER))).toEqual([EXPECTED])
  expect(truthExchanges(rowsOf(ANSWER))).toEqual([])
  expect(truthExchanges(rowsOf(REQUEST, ANSWER, ANSWER))).toHaveLength(1)
})

test('EVE lines tell the same in other words', () => {
  const { offsetMs, delayMs, stratum, leap, pollS } = EXPECTED
  const quality = {
    kind: 'ntp',
    offset_ms: offsetMs,
    delay_ms: delayMs,
    stratum,
    leap,
    poll_s: pollS,
  }
  const ends = { src_ip: '10.0.0.2', src_port: 123, dest_ip: '10.0.0.1', dest_port: 123 }
  const line = { timestamp: '2015-08-16T19:35:26.289699+0000', ...ends, quality }
  expect(exchangesOf(`${JSON.stringify(line)}\n{"event_type":"flow"}`)).toEqual([EXPECTED])
})

test('what differs is told, and what is missing on either side', () => {
  const differ = (one: Partial<TimeExchange>) =>
    compareTimes('a', [EXPECTED], [{ ...EXPECTED, ...one }]).disagreements.map(({ says }) => says)
  expect(differ({})).toEqual([])
  expect(differ({ offsetMs: -23.86 })).toEqual(['offsetMs is -23.86, and by the table -23.855612'])
  expect(differ({ stratum: 2, offsetMs: null })).toHaveLength(2)
  expect(differ({ name: 'other' })).toEqual(['not found', 'found, and not in the table'])
  expect(compareTimes('a', [EXPECTED], []).agreed).toBe(0)
})
