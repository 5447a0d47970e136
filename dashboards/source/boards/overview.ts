// Are we compliant, what is worst, since when, and did we see everything? (design/mockups, overview)

import { COVERAGE_STATES } from '../../../src/model/coverage.ts'
import { type Board, LOSS_LIMIT, ROUND_TRIP_LIMIT } from '../panel.ts'
import { blindIntervals, opened, openFindings } from './shared.ts'

export const overview: Board = {
  uid: 'mpwatch-overview',
  title: 'MeetingPlace compliance',
  says: 'Are we compliant, what is worst, since when, and did we see everything?',
  panels: [
    {
      ...{ title: 'Violations open', kind: 'stat', unit: 'count', width: 10, height: 4 },
      says: 'Findings whose latest event is not `close`, of severity critical, high and medium; remarks are on the board of violations. One finding is one cause, however many flows it has.',
      query: {
        kind: 'standing',
        measurement: 'mp_violation',
        where: [['severity', '=', ['critical', 'high', 'medium']]],
        columns: null,
      },
      empty: 'None open, as far as was seen',
    },
    {
      ...{ title: 'What could be judged', kind: 'stat', unit: 'count', width: 14, height: 4 },
      says: 'How many of the 116 statements of the document are violated, kept, absent (could have been seen, and was not), unobservable from here, or declared only. As of the latest point, every five minutes.',
      query: {
        kind: 'census',
        measurement: 'mp_coverage',
        field: 'state',
        by: 'statement',
        names: COVERAGE_STATES,
      },
      empty: 'Nothing was judged in this time',
    },
    { ...opened, width: 24, height: 7 },
    { ...openFindings, width: 14, height: 10 },
    {
      ...{ title: 'Slowest pairs', kind: 'table', unit: 'ms', width: 10, height: 5 },
      says: `Round trips of pairs that have a limit, in ms: the worst p95 of ten seconds, and the share of all round trips over the limit. Measured from SYN and answer, and from segments and their acknowledgements. Limit ${ROUND_TRIP_LIMIT.says}.`,
      query: {
        kind: 'totals',
        measurement: 'mp_latency',
        where: [
          ['limit_ms', '>', 0],
          ['leg', '=', 'total'],
        ],
        values: [
          { as: 'p95_ms', of: 'max', field: 'p95_ms' },
          { as: 'over', share: [['over_limit'], ['n']] },
          { as: 'trips', of: 'sum', field: 'n' },
        ],
        by: ['pair'],
        isOverTime: false,
        worst: { by: 'p95_ms', limit: 5 },
      },
      limit: ROUND_TRIP_LIMIT,
      empty: 'No pair with a limit was measured in this time',
    },
    {
      ...{ title: 'Pairs that lost most', kind: 'table', unit: 'percent', width: 10, height: 5 },
      says: `Segments lost of those expected, in %, summed over all judged minutes: minutes in which the capture itself lost packets are left out. Limit ${LOSS_LIMIT.says}.`,
      query: {
        kind: 'totals',
        measurement: 'mp_loss',
        where: [['judged', '=', true]],
        values: [
          { as: 'lost_pct', share: [['lost'], ['expected']] },
          { as: 'lost', of: 'sum', field: 'lost' },
          { as: 'expected', of: 'sum', field: 'expected' },
        ],
        by: ['pair', 'dir'],
        isOverTime: false,
        worst: { by: 'lost_pct', limit: 5 },
      },
      limit: LOSS_LIMIT,
      empty: 'Nothing could be judged in this time',
    },
    {
      ...{ title: 'Flows by verdict', kind: 'bars', unit: 'count', width: 12, height: 8 },
      says: 'Flow records that ended, by verdict, whatever the row. What is out of scope has neither end in MeetingPlace and is left out.',
      query: {
        kind: 'totals',
        measurement: 'mp_flow',
        where: [['verdict', '!=', 'out_of_scope']],
        values: [{ as: 'flows', of: 'sum', field: 'flows' }],
        by: ['verdict'],
        isOverTime: true,
      },
      empty: 'No flow ended in this time',
    },
    { ...blindIntervals, width: 12, height: 8 },
  ],
}
