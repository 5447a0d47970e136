// Which Application Server is active, does replication keep up, who opens 5003, and do the clocks agree?

import type { Board, Panel } from '../panel.ts'

type Shown = Pick<Panel, 'title' | 'says'>
const half = { width: 12, height: 6 } as const
const low = { width: 12, height: 4 } as const
const empty = 'No two Application Servers with a shared address, or nothing was heard'

/** Words of the pair of Application Servers over time. */
const words = (field: string, shown: Shown): Panel => ({
  ...{ ...shown, kind: 'states', unit: 'count', ...low, empty },
  query: {
    kind: 'totals',
    measurement: 'mp_failover',
    values: [{ as: field, of: 'last', field }],
    by: [],
    isOverTime: true,
  },
})

export const failover: Board = {
  uid: 'mpwatch-failover',
  title: 'MeetingPlace failover and clocks',
  says: 'Which Application Server is active, does replication keep up, who opens 5003, and do the clocks agree?',
  panels: [
    words('active_node', {
      title: 'Who has the shared address',
      says: 'The Application Server that held the shared address all through ten seconds, by the last that was heard of it; empty while it moved.',
    }),
    words('repl_state', {
      title: 'Replication',
      says: 'State of the replication between the Application Servers, as of the end of ten seconds.',
    }),
    {
      ...{ title: 'Cards that hold the shared address', kind: 'lines', unit: 'count', ...half },
      says: 'Network cards by which the shared address is known to have been held within ten seconds: 2 during a move, or, when it lasts, both servers are active (F-06).',
      query: {
        kind: 'totals',
        measurement: 'mp_failover',
        values: [{ as: 'cards', of: 'max', field: 'vip_macs' }],
        by: [],
        isOverTime: true,
      },
      empty,
    },
    {
      ...{ title: 'Since the last heartbeat', kind: 'lines', unit: 's', ...half },
      says: 'Seconds since both Application Servers were heard on the service of their heartbeat. Limit 90 s: the finding heartbeat_late, F-08.',
      query: {
        kind: 'totals',
        measurement: 'mp_failover',
        values: [{ as: 'heartbeat_age', of: 'max', field: 'heartbeat_age_s' }],
        by: [],
        isOverTime: true,
      },
      limit: { value: 90, says: '90 s: heartbeat_late, F-08' },
      empty,
    },
    {
      ...{ title: 'Replicated', kind: 'bars', unit: 'bytes', ...half },
      says: 'Payload of replication, both ways together, without what was sent again.',
      query: {
        kind: 'totals',
        measurement: 'mp_failover',
        values: [{ as: 'bytes', of: 'sum', field: 'repl_bytes' }],
        by: [],
        isOverTime: true,
      },
      empty,
    },
    {
      ...{ title: 'Pings between the servers', kind: 'bars', unit: 'count', ...half },
      says: 'Echo requests from one Application Server to the other: the standby asks so whether its peer is there (F-09).',
      query: {
        kind: 'totals',
        measurement: 'mp_failover',
        values: [{ as: 'pings', of: 'sum', field: 'pings' }],
        by: [],
        isOverTime: true,
      },
      empty,
    },
    {
      ...{ title: 'Who opens 5003', kind: 'states', unit: 'count', width: 16, height: 5 },
      says: 'tcp/5003 of each Web Server as it was seen: `normal` when the Web Server opens it, `reverse` when an Application Server does, `conflict` when both do, `blocked` when neither gets through.',
      query: {
        kind: 'totals',
        measurement: 'mp_gwsim',
        values: [{ as: 'state_name', of: 'last', field: 'state_name' }],
        by: ['node'],
        isOverTime: true,
      },
      empty: 'Nothing was heard of port 5003 in this time',
    },
    {
      ...{ title: '5003 blocked', kind: 'ranks', unit: 'count', width: 8, height: 5 },
      says: 'Attempts on tcp/5003 from a Web Server that a filter stopped or the host refused, by Web Server. In reverse mode this is as it should be.',
      query: {
        kind: 'totals',
        measurement: 'mp_gwsim',
        values: [{ as: 'blocked_out', of: 'sum', field: 'blocked_out' }],
        by: ['node'],
        isOverTime: false,
        worst: { by: 'blocked_out', limit: 8 },
      },
      empty: 'Nothing was heard of port 5003 in this time',
    },
    {
      ...{ title: 'Clock offset', kind: 'lines', unit: 'ms', width: 14, height: 9 },
      says: 'How far the second clock of a pair is ahead of the first, in ms, the latest of each window, by NTP or by the Date of HTTP; below zero where it is behind. What is smaller than what is known to within says nothing.',
      query: {
        kind: 'totals',
        measurement: 'mp_clock',
        values: [{ as: 'offset_ms', of: 'last', field: 'offset_ms' }],
        by: ['pair', 'method'],
        isOverTime: true,
      },
      isSigned: true,
      empty: 'Nobody asked for the time',
    },
    {
      ...{ title: 'Clocks, latest', kind: 'table', unit: 'ms', width: 10, height: 9 },
      says: 'The latest comparison of each pair: offset, known to within, and the stratum of the server.',
      query: {
        kind: 'latest',
        measurement: 'mp_clock',
        columns: ['offset_ms', 'uncertainty_ms', 'stratum'],
        by: ['pair', 'method'],
      },
      empty: 'Nobody asked for the time',
    },
  ],
}
