// Can I trust the numbers: what was dropped, when was a sensor blind, and is the monitor behind? (design/mockups, health)

import { type Board, DROPS_LIMIT, type Panel } from '../panel.ts'
import { blindIntervals, DROPPED, dropped } from './shared.ts'

const half = { width: 12, height: 8 } as const
const empty = 'No sensor told of itself in this time'

/** What the engine counts for all interfaces together. */
const engine = (
  field: string,
  { of, ...shown }: Pick<Panel, 'title' | 'says' | 'kind'> & { readonly of: 'sum' | 'max' },
): Panel => ({
  ...{ ...shown, unit: 'count', width: 8, height: 7, empty },
  query: {
    kind: 'totals',
    measurement: 'mp_sensor',
    where: [['iface', '=', 'all']],
    values: [{ as: field, of, field }],
    by: [],
    isOverTime: true,
  },
})

const exported = {
  width: 12,
  height: 7,
  empty: 'No monitor that feeds an InfluxDB in this time',
} as const

export const sensors: Board = {
  uid: 'mpwatch-sensors',
  title: 'MeetingPlace sensor health',
  says: 'Can I trust the numbers: what was dropped, when was a sensor blind, and is the monitor behind?',
  panels: [
    {
      ...{ title: 'Sensors', kind: 'table', unit: 'percent', width: 14, height: 5 },
      says: `What each interface delivered, what the kernel or the capturing program dropped of it, and what the interface had dropped before; the share is of all of them. Limit ${DROPS_LIMIT.says}. A sensor that is missing here has said nothing.`,
      query: {
        kind: 'totals',
        measurement: 'mp_sensor',
        where: [['iface', '!=', 'all']],
        values: [
          { as: 'packets', of: 'sum', field: 'pkts' },
          { as: 'dropped', of: 'sum', field: 'kernel_drops' },
          { as: 'iface_dropped', of: 'sum', field: 'iface_drops' },
          { as: 'dropped_pct', share: DROPPED },
        ],
        by: ['sensor', 'iface'],
        isOverTime: false,
        worst: { by: 'dropped_pct', limit: 15 },
      },
      limit: DROPS_LIMIT,
      empty,
    },
    {
      ...{ title: 'Blind, by cause', kind: 'ranks', unit: 's', width: 10, height: 5 },
      says: 'Seconds in which a sensor saw nothing or too little, of intervals that have ended, by cause.',
      query: {
        kind: 'totals',
        measurement: 'mp_blind',
        values: [{ as: 'seconds', of: 'sum', field: 'seconds' }],
        by: ['cause'],
        isOverTime: false,
        worst: { by: 'seconds', limit: 11 },
      },
      empty: 'No sensor was blind in this time',
    },
    { ...blindIntervals, width: 24, height: 6 },
    {
      ...{ title: 'Packets', kind: 'lines', unit: 'perSecond', ...half },
      says: 'Packets by second that the capture of each interface took in.',
      query: {
        kind: 'totals',
        measurement: 'mp_sensor',
        where: [['iface', '!=', 'all']],
        values: [{ as: 'packets', perSecond: 'pkts' }],
        by: ['iface'],
        isOverTime: true,
      },
      empty,
    },
    { ...dropped, ...half },
    {
      ...{ title: 'Behind the clock', kind: 'lines', unit: 's', width: 8, height: 7 },
      says: 'Seconds by which the capture clock is behind that of the monitor, at most. A capture that is played has none.',
      query: {
        kind: 'totals',
        measurement: 'mp_sensor',
        values: [{ as: 'lag_s', of: 'max', field: 'lag_s' }],
        by: [],
        isOverTime: true,
      },
      empty: 'Not compared: no live capture in this time',
    },
    engine('flows_active', {
      title: 'Flows at a time',
      says: 'Flows that the table holds, at most.',
      kind: 'lines',
      of: 'max',
    }),
    engine('evicted', {
      title: 'Flows that had to go',
      says: 'Flows that were ended before their time, since the table was full. Anything but 0 means that it is too small.',
      kind: 'bars',
      of: 'sum',
    }),
    engine('undecoded', {
      title: 'Not decoded',
      says: 'Packets that are damaged, or of a kind that the monitor does not read.',
      kind: 'bars',
      of: 'sum',
    }),
    engine('truncated', {
      title: 'Cut off by the capture',
      says: 'Packets that were captured in part, so that their headers end too early.',
      kind: 'bars',
      of: 'sum',
    }),
    engine('dup_removed', {
      title: 'Copies left out',
      says: 'Packets that a mirror port delivered twice, and that count once.',
      kind: 'bars',
      of: 'sum',
    }),
    {
      ...engine('export_queue', {
        title: 'Waiting for InfluxDB',
        says: 'Points that the monitor has stored and not yet sent, at most. They wait while an InfluxDB does not answer.',
        kind: 'lines',
        of: 'max',
      }),
      ...exported,
    },
    {
      ...engine('export_dropped', {
        title: 'Given up for InfluxDB',
        says: 'Points that were refused, that the store had no more room for, or that are older than the database keeps.',
        kind: 'bars',
        of: 'sum',
      }),
      ...exported,
    },
  ],
}
