// Panels that stand on more than one board.

import { DROPS_LIMIT, type Panel } from '../panel.ts'

type Shared = Omit<Panel, 'width' | 'height'>

export const openFindings: Shared = {
  title: 'Open, worst first',
  says: 'Findings whose latest event is not `close`, of severity critical, high and medium; InfluxQL looks through the latest 10,000 events. From and to are names of the inventory, or role and zone.',
  kind: 'table',
  unit: 'count',
  query: {
    kind: 'standing',
    measurement: 'mp_violation',
    where: [['severity', '=', ['critical', 'high', 'medium']]],
    columns: ['severity', 'message', 'src_node', 'dst_node', 'row', 'members', 'last_seen'],
  },
  empty: 'None open, as far as was seen',
}

export const opened: Shared = {
  title: 'Violations that opened',
  says: 'Findings that opened, or opened again, by severity. Hatched or shaded: a sensor was blind, so findings can be missing there.',
  kind: 'bars',
  unit: 'count',
  query: {
    kind: 'totals',
    measurement: 'mp_violation',
    where: [
      ['severity', '!=', 'info'],
      ['phase', '=', ['open', 'reopen']],
    ],
    values: [{ as: 'opened', of: 'count', field: 'members' }],
    by: ['severity'],
    isOverTime: true,
  },
  empty: 'None opened in this time',
}

export const blindIntervals: Shared = {
  title: 'Not observed',
  says: 'When a sensor saw nothing, or too little, and why. Silence in these times is not compliance. Without a length: it lasts.',
  kind: 'table',
  unit: 's',
  query: {
    kind: 'rows',
    measurement: 'mp_blind',
    columns: ['sensor', 'iface', 'cause', 'seconds', 'detail'],
    limit: 50,
  },
  empty: 'No sensor was blind in this time',
}

/** Interfaces drop before any capture, and what they dropped is no part of `pkts`. */
export const DROPPED = [
  ['kernel_drops', 'iface_drops'],
  ['pkts', 'iface_drops'],
] as const

/** Where no packet came there is no share of it, and InfluxQL would make 0 % of that. */
export const dropped: Shared = {
  title: 'Dropped before they came here',
  says: `Packets that the interface, the kernel or the capturing program dropped, of all, in %, by interface. Limit ${DROPS_LIMIT.says}.`,
  kind: 'lines',
  unit: 'percent',
  query: {
    kind: 'totals',
    measurement: 'mp_sensor',
    where: [
      ['iface', '!=', 'all'],
      ['pkts', '>', 0],
    ],
    values: [{ as: 'dropped_pct', share: DROPPED }],
    by: ['iface'],
    isOverTime: true,
  },
  limit: DROPS_LIMIT,
  empty: 'No packet came to a sensor in this time',
}
