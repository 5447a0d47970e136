// How do conferences sound, as far as one can tell on the way? The document sets no limit on media, so none is drawn.

import type { Board } from '../panel.ts'

export const voice: Board = {
  uid: 'mpwatch-voice',
  title: 'MeetingPlace voice quality',
  says: 'How do conferences sound, as far as one can tell on the way? The document sets no limit on media, so nothing here is judged.',
  panels: [
    {
      ...{ title: 'Media streams', kind: 'lines', unit: 'count', width: 16, height: 8 },
      says: 'The most streams of media in any ten seconds, by role and direction as seen from MeetingPlace.',
      query: {
        kind: 'totals',
        measurement: 'mp_rtp',
        values: [{ as: 'streams', of: 'max', field: 'streams' }],
        by: ['media_role', 'dir'],
        isOverTime: true,
      },
      empty: 'No media in this time',
    },
    {
      ...{ title: 'One way only', kind: 'ranks', unit: 'count', width: 8, height: 8 },
      says: 'The most lanes of media in any ten seconds that nothing answered, by role: one side does not hear the other.',
      query: {
        kind: 'totals',
        measurement: 'mp_rtp',
        values: [{ as: 'one_way', of: 'max', field: 'one_way' }],
        by: ['media_role'],
        isOverTime: false,
        worst: { by: 'one_way', limit: 5 },
      },
      empty: 'No media in this time',
    },
    {
      ...{ title: 'Jitter', kind: 'lines', unit: 'ms', width: 12, height: 8 },
      says: 'Interarrival jitter after RFC 3550 in ms: what 95 of a hundred streams do not exceed in the worst ten seconds, by role and direction.',
      query: {
        kind: 'totals',
        measurement: 'mp_rtp',
        values: [{ as: 'jitter_ms', of: 'max', field: 'jitter_ms_p95' }],
        by: ['media_role', 'dir'],
        isOverTime: true,
      },
      empty: 'No media in this time',
    },
    {
      ...{
        title: 'Loss of the worst streams',
        kind: 'lines',
        unit: 'percent',
        width: 12,
        height: 8,
      },
      says: 'Packets lost of those expected, in %: what 95 of a hundred streams do not exceed in the worst ten seconds, by role and direction.',
      query: {
        kind: 'totals',
        measurement: 'mp_rtp',
        values: [{ as: 'loss_pct', of: 'max', field: 'loss_pct_p95' }],
        by: ['media_role', 'dir'],
        isOverTime: true,
      },
      empty: 'No media in this time',
    },
    {
      ...{ title: 'Loss of all streams', kind: 'lines', unit: 'percent', width: 16, height: 8 },
      says: 'All packets lost of all expected, in %, by row and by who says so: `rtp` as the sensor saw them pass, `rtcp` as receivers report. Where only `rtcp` is high, they were lost behind the sensor.',
      query: {
        kind: 'totals',
        measurement: 'mp_loss',
        where: [['method', '=', ['rtp', 'rtcp']]],
        values: [{ as: 'lost_pct', share: [['lost'], ['expected']] }],
        by: ['row', 'method'],
        isOverTime: true,
      },
      empty: 'No media in this time',
    },
    {
      ...{
        title: 'Media whose protocol nobody knows',
        kind: 'ranks',
        unit: 'count',
        width: 8,
        height: 8,
      },
      says: 'Flows to ports of media that are permitted by their port alone, since nothing in them shows RTP, by role.',
      query: {
        kind: 'totals',
        measurement: 'mp_rtp',
        values: [{ as: 'unverified', of: 'sum', field: 'unverified' }],
        by: ['media_role'],
        isOverTime: false,
        worst: { by: 'unverified', limit: 5 },
      },
      empty: 'No media in this time',
    },
    {
      ...{
        title: 'Ways of media, worst first',
        kind: 'table',
        unit: 'percent',
        width: 24,
        height: 8,
      },
      says: 'Packets lost of those expected, in %, by row, pair (`other` where an end is no declared node), direction and method.',
      query: {
        kind: 'totals',
        measurement: 'mp_loss',
        where: [['method', '=', ['rtp', 'rtcp']]],
        values: [
          { as: 'lost_pct', share: [['lost'], ['expected']] },
          { as: 'lost', of: 'sum', field: 'lost' },
          { as: 'expected', of: 'sum', field: 'expected' },
        ],
        by: ['pair', 'row', 'dir', 'method'],
        isOverTime: false,
        worst: { by: 'lost_pct', limit: 50 },
      },
      empty: 'No media in this time',
    },
  ],
}
