// What needs me first, is it new, and where does it come from? (design/mockups, findings)

import type { Board } from '../panel.ts'
import { opened, openFindings } from './shared.ts'

const bySeverity = { isBySeverity: true } as const

export const violations: Board = {
  uid: 'mpwatch-violations',
  title: 'MeetingPlace violations',
  says: 'What needs me first, is it new, and which rows does it break?',
  hasSeverity: true,
  panels: [
    { ...opened, query: { ...opened.query, ...bySeverity }, width: 16, height: 8 },
    {
      ...{ title: 'By row', kind: 'ranks', unit: 'count', width: 8, height: 8 },
      says: 'Findings that opened, or opened again, by the row of the document that they break; `unlisted` is what no row lists.',
      query: {
        kind: 'totals',
        measurement: 'mp_violation',
        ...bySeverity,
        where: [
          ['severity', '!=', 'info'],
          ['phase', '=', ['open', 'reopen']],
        ],
        values: [{ as: 'opened', of: 'count', field: 'members' }],
        by: ['row'],
        isOverTime: false,
        worst: { by: 'opened', limit: 10 },
      },
      empty: 'None opened in this time',
    },
    { ...openFindings, query: { ...openFindings.query, ...bySeverity }, width: 24, height: 8 },
    {
      ...{ title: 'Open remarks', kind: 'table', unit: 'count', width: 24, height: 6 },
      says: 'Findings of severity low whose latest event is not `close`: remarks, services that are down where no row requires them, shares that nobody recognised.',
      query: {
        kind: 'standing',
        measurement: 'mp_violation',
        where: [['severity', '=', 'low']],
        columns: ['severity', 'message', 'src_node', 'dst_node', 'row', 'members', 'last_seen'],
      },
      empty: 'None open, as far as was seen',
    },
    {
      ...{ title: 'What happened', kind: 'table', unit: 'count', width: 24, height: 12 },
      says: 'Every event of every finding, the latest first: it opened, grew, closed, opened again. Addresses are those of its first flow; the packet is the one that shows it.',
      query: {
        kind: 'rows',
        measurement: 'mp_violation',
        ...bySeverity,
        columns: [
          ...['phase', 'severity', 'verdict', 'reason', 'row', 'message', 'members'],
          ...['src_ip', 'src_port', 'dst_ip', 'dst_port', 'alert_id', 'community_id'],
        ],
        limit: 200,
      },
      empty: 'Nothing happened in this time',
    },
    {
      ...{ title: 'Flows that broke a rule', kind: 'bars', unit: 'count', width: 12, height: 8 },
      says: 'Flow records with the verdict escaped (it got through and may not) or misdropped (it may and was stopped), by row.',
      query: {
        kind: 'totals',
        measurement: 'mp_flow',
        where: [['verdict', '=', ['escaped', 'misdropped']]],
        values: [{ as: 'flows', of: 'sum', field: 'flows' }],
        by: ['row'],
        isOverTime: true,
      },
      empty: 'None in this time',
    },
    {
      ...{ title: 'Required, and not answered', kind: 'ranks', unit: 'count', width: 6, height: 8 },
      says: 'Connection attempts on rows of the document that nobody answered, by row, whatever became of the finding.',
      query: {
        kind: 'totals',
        measurement: 'mp_flow',
        where: [
          ['verdict', '=', ['permitted', 'misdropped']],
          ['unanswered', '>', 0],
        ],
        values: [{ as: 'unanswered', of: 'sum', field: 'unanswered' }],
        by: ['row'],
        isOverTime: false,
        worst: { by: 'unanswered', limit: 8 },
      },
      empty: 'None in this time',
    },
    {
      ...{ title: 'Stopped, as it should be', kind: 'ranks', unit: 'count', width: 6, height: 8 },
      says: 'Flow records with the verdict rejected, by row: the filters work.',
      query: {
        kind: 'totals',
        measurement: 'mp_flow',
        where: [['verdict', '=', 'rejected']],
        values: [{ as: 'flows', of: 'sum', field: 'flows' }],
        by: ['row'],
        isOverTime: false,
        worst: { by: 'flows', limit: 8 },
      },
      empty: 'None in this time',
    },
  ],
}
