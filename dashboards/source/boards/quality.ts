// Which pair is over 100 ms or 1 %, since when, and is it the path or the sensor? (design/mockups, quality)

import { type Board, LOSS_LIMIT, ROUND_TRIP_LIMIT } from '../panel.ts'
import { dropped } from './shared.ts'

const LIMITED = [
  ['limit_ms', '>', 0],
  ['leg', '=', 'total'],
] as const

export const quality: Board = {
  uid: 'mpwatch-quality',
  title: 'MeetingPlace latency and loss',
  says: 'Which pair is over 100 ms or 1 %, since when, and is it the path or the sensor?',
  panels: [
    {
      ...{ title: 'Worst p95', kind: 'stat', unit: 'ms', width: 6, height: 4 },
      says: `The worst 95th percentile of ten seconds of any pair that has a limit, in ms. Limit ${ROUND_TRIP_LIMIT.says}.`,
      query: {
        kind: 'totals',
        measurement: 'mp_latency',
        where: LIMITED,
        values: [{ as: 'p95_ms', of: 'max', field: 'p95_ms' }],
        by: [],
        isOverTime: false,
      },
      limit: ROUND_TRIP_LIMIT,
      empty: 'Not measured in this time',
    },
    {
      ...{ title: 'Round trips over 100 ms', kind: 'stat', unit: 'percent', width: 6, height: 4 },
      says: 'The share of all round trips with a limit that were over it, in %.',
      query: {
        kind: 'totals',
        measurement: 'mp_latency',
        where: LIMITED,
        values: [{ as: 'over', share: [['over_limit'], ['n']] }],
        by: [],
        isOverTime: false,
      },
      empty: 'Not measured in this time',
    },
    {
      ...{ title: 'Lost, of what was judged', kind: 'stat', unit: 'percent', width: 6, height: 4 },
      says: `Segments lost of those expected, in %, of all judged minutes. Limit ${LOSS_LIMIT.says}.`,
      query: {
        kind: 'totals',
        measurement: 'mp_loss',
        where: [['judged', '=', true]],
        values: [{ as: 'lost_pct', share: [['lost'], ['expected']] }],
        by: [],
        isOverTime: false,
      },
      limit: LOSS_LIMIT,
      empty: 'Nothing could be judged in this time',
    },
    {
      ...{ title: 'Lost by the capture', kind: 'stat', unit: 'count', width: 6, height: 4 },
      says: 'Segments that the other side acknowledged and the sensor never saw: the capture lost them, and not the path.',
      query: {
        kind: 'totals',
        measurement: 'mp_loss',
        where: [['method', '=', 'tcp']],
        values: [{ as: 'capture_lost', of: 'sum', field: 'capture_lost' }],
        by: [],
        isOverTime: false,
      },
      empty: 'Not measured in this time',
    },
    {
      ...{ title: 'Round trips, p95', kind: 'lines', unit: 'ms', width: 24, height: 9 },
      says: `The worst 95th percentile of ten seconds, for each pair that has a limit, in ms; whole way between client and server. Limit ${ROUND_TRIP_LIMIT.says}.`,
      query: {
        kind: 'totals',
        measurement: 'mp_latency',
        where: LIMITED,
        values: [{ as: 'p95_ms', of: 'max', field: 'p95_ms' }],
        by: ['pair'],
        isOverTime: true,
      },
      limit: ROUND_TRIP_LIMIT,
      empty: 'No pair with a limit was measured in this time',
    },
    {
      ...{ title: 'Loss, judged', kind: 'lines', unit: 'percent', width: 12, height: 8 },
      says: `Segments lost of those expected, in %, for each pair and direction, in minutes that were judged. Limit ${LOSS_LIMIT.says}.`,
      query: {
        kind: 'totals',
        measurement: 'mp_loss',
        where: [['judged', '=', true]],
        values: [{ as: 'lost_pct', share: [['lost'], ['expected']] }],
        by: ['pair', 'dir'],
        isOverTime: true,
      },
      limit: LOSS_LIMIT,
      empty: 'Nothing could be judged in this time',
    },
    {
      ...{ title: 'Loss, not judged', kind: 'lines', unit: 'percent', width: 12, height: 8 },
      says: 'The same where nobody may judge it: pairs without a limit, and minutes in which the capture lost packets itself or saw too little. No limit is drawn.',
      query: {
        kind: 'totals',
        measurement: 'mp_loss',
        where: [
          ['judged', '=', false],
          ['method', '=', 'tcp'],
        ],
        values: [{ as: 'lost_pct', share: [['lost'], ['expected']] }],
        by: ['pair', 'dir'],
        isOverTime: true,
      },
      empty: 'Everything that was measured was judged',
    },
    {
      ...{ title: 'Where the time is spent', kind: 'lines', unit: 'ms', width: 12, height: 8 },
      says: 'The worst p95 by leg: `client` between sensor and client, `server` between sensor and server, `total` both. Of all pairs.',
      query: {
        kind: 'totals',
        measurement: 'mp_latency',
        values: [{ as: 'p95_ms', of: 'max', field: 'p95_ms' }],
        by: ['leg'],
        isOverTime: true,
      },
      empty: 'Not measured in this time',
    },
    { ...dropped, title: 'Is it the sensor?', width: 12, height: 8 },
    {
      ...{ title: 'All pairs, slowest first', kind: 'table', unit: 'ms', width: 24, height: 10 },
      says: 'Round trips of every pair and row, measured in whatever way: p95 of the worst ten seconds, the slowest one, and how many.',
      query: {
        kind: 'totals',
        measurement: 'mp_latency',
        where: [['leg', '=', 'total']],
        values: [
          { as: 'p95_ms', of: 'max', field: 'p95_ms' },
          { as: 'worst_ms', of: 'max', field: 'max_ms' },
          { as: 'trips', of: 'sum', field: 'n' },
        ],
        by: ['pair', 'row', 'method'],
        isOverTime: false,
        worst: { by: 'p95_ms', limit: 50 },
      },
      empty: 'Not measured in this time',
    },
  ],
}
