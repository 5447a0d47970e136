// What is marked on every chart: who took over, who began to open 5003, and when nobody saw. Only with these does a line that
// breaks off mean what it looks like.

import type { Query } from './query.ts'

export interface Annotation {
  readonly name: string
  readonly colour: string
  readonly query: Query
  /** Columns of the InfluxQL: what is told, and where an interval ends, in Unix milliseconds. */
  readonly text: string
  readonly ends: string | null
  readonly tags: string
  /** What Flux makes of a row: `time` and `text`, and `timeEnd` of an interval. */
  readonly step: string
}

export const ANNOTATIONS: readonly Annotation[] = [
  {
    ...{ name: 'Failover', colour: 'blue', text: 'message', ends: null, tags: '' },
    query: {
      kind: 'rows',
      measurement: 'mp_violation',
      where: [
        ['reason', '=', 'failover'],
        ['phase', '=', ['open', 'reopen']],
      ],
      columns: ['message'],
      limit: 100,
    },
    step: 'map(fn: (r) => ({time: r._time, text: r.message}))',
  },
  {
    ...{ name: '5003 opened another way', colour: 'purple', text: '', ends: null, tags: 'node' },
    // 0 is `unknown`: that it becomes known is no change.
    query: {
      kind: 'changes',
      measurement: 'mp_gwsim',
      where: [['state', '>', 0]],
      field: 'state',
      by: 'node',
    },
    step: 'map(fn: (r) => ({time: r._time, text: "tcp/5003 of " + r.node + " is opened another way"}))',
  },
  {
    ...{ name: 'Blind', colour: 'orange', text: 'detail', ends: 'ends_ms', tags: 'cause' },
    query: {
      kind: 'rows',
      measurement: 'mp_blind',
      where: [['lasts', '=', false]],
      columns: ['detail', 'cause', 'ends_ms'],
      limit: 500,
    },
    step: 'map(fn: (r) => ({time: r._time, timeEnd: time(v: r.ends_ms * 1000000), text: r.cause + ": " + r.detail}))',
  },
  {
    ...{ name: 'Blind until now', colour: 'red', text: 'detail', ends: null, tags: 'cause' },
    query: {
      kind: 'rows',
      measurement: 'mp_blind',
      where: [['lasts', '=', true]],
      columns: ['detail', 'cause'],
      limit: 50,
    },
    step: 'map(fn: (r) => ({time: r._time, text: r.cause + ", and it lasts: " + r.detail}))',
  },
]
