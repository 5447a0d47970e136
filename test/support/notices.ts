// Notices of the sample finding, and what a transport needs beside its target.

import type { Grounds } from '../../src/alerts/grounds.ts'
import type { Notice, ToldAlert } from '../../src/model/alert.ts'
import type { BlindInterval } from '../../src/model/live.ts'
import type { ReportedFinding } from '../../src/model/result.ts'
import { sampleReportedFinding } from './samples.ts'

/** 2026-03-02T10:16:31.250Z. */
export const TOLD_MS = 1_772_446_591_250

export const PASSWORD = 'hunter2 and more'

export const grounds = (changes: Partial<Grounds> = {}): Grounds => ({
  ...{ version: '0.1.0', hostname: 'monitor.example.com', processId: 4711 },
  sensors: ['dmz-span'],
  nowMs: () => TOLD_MS,
  policy: () => ({
    ...{ id: 'meetingplace-7.1', hash: `sha256:${'ab'.repeat(32)}`, webex_ranges: 'seed' },
  }),
  readSecret: async () => PASSWORD,
  ...changes,
})

export const told = (
  finding: Partial<ReportedFinding> = {},
  changes: Partial<ToldAlert> = {},
): ToldAlert => ({
  finding: sampleReportedFinding(finding),
  ...{ phase: 'open', episodes: 1, captureMs: TOLD_MS - 250 },
  ...changes,
})

const head = {
  ...{ id: 'n-0123456789abcdef', route: 'night', seq: 7 },
  ...{ atMs: TOLD_MS, site: 'hq' },
} as const

const group = { row: 'I-31', source: 'external', destination: 'web' } as const

export const findingsNotice = (
  findings: readonly ToldAlert[] = [told()],
  id: string = head.id,
): Extract<Notice, { kind: 'findings' }> => ({
  ...{ ...head, id },
  ...{ kind: 'findings', group, findings, isRepeat: false },
})

const interval: BlindInterval = {
  ...{ id: 'b-1', sensor: 'dmz-span', interface: 'eth1', cause: 'silent' },
  ...{
    fromMs: TOLD_MS - 60_000,
    toMs: null,
    detail: 'No packets for 60 s, where there were some.',
  },
}

/** One of each kind. */
export const NOTICES: readonly Notice[] = [
  findingsNotice(),
  { ...head, kind: 'resolved', group, findings: [told({}, { phase: 'close' })] },
  { ...head, kind: 'blind', interval },
  { ...head, kind: 'blind', interval: { ...interval, toMs: TOLD_MS } },
  {
    ...{ ...head, kind: 'output', output: 'influx main', state: 'degraded' },
    reason: 'http://127.0.0.1:8086 answers nothing since 10:15; is it running?',
  },
  { ...head, kind: 'digest', notices: 12, findings: [told(), told({ severity: 'high' })], more: 3 },
  { ...head, kind: 'heartbeat', sentence: 'Compliant: no violation is open.' },
  { ...head, kind: 'test', author: 'ann' },
]

/** A signal that is never given. */
export const patient = (): AbortSignal => new AbortController().signal
