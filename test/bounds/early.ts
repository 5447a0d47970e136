// Bounds of what is told while it goes on: early notices, changes of findings, series of a window.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'vitest'
import { FindingCollector } from '../../src/findings/collect.ts'
import type { Finding } from '../../src/model/finding.ts'
import { Monitor } from '../../src/monitor.ts'
import { FlowWindows } from '../../src/watch/flow-windows.ts'
import { SITE } from '../policy/rows/site.ts'
import { complianceFor } from '../support/audit.ts'
import { type Frame, tcp } from '../support/frames.ts'
import { judged, policyOf, sha256 } from '../support/judged.ts'
import { chunksOf } from '../support/kernel.ts'
import { type BoundCase, numbersTo } from './case.ts'

const APP = '10.10.20.11'

/** Port after port of a server answers somebody from the Internet, so many in a second, and none of it ends. */
const storm = (ports: number, perSecond: number): readonly Frame[] =>
  numbersTo(ports).flatMap(index => {
    const at = 1 + Math.floor(index / perSecond) + (index % perSecond) / (2 * perSecond)
    const [client, server] = [`[203.0.113.66]:${1025 + index}`, `[${APP}]:${20_000 + index}`]
    return [
      tcp(at, `${client} > ${server}`, 'SYN', { sequence: 10, ipId: 1 + index }),
      tcp(at + 0.0001, `${server} > ${client}`, 'SYN+ACK', {
        acknowledgement: 11,
        ipId: 1 + index,
      }),
    ]
  })

/** What was told early, and how much was left out. */
function noticesOf(frames: readonly Frame[]): readonly [told: number, leftOut: number] {
  const folder = mkdtempSync(join(tmpdir(), 'mpwatch-bounds-'))
  try {
    const siteFile = join(folder, 'site.yaml')
    writeFileSync(siteFile, SITE)
    const compliance = complianceFor(siteFile, 'core-span')
    const range = { fromSeconds: Number.NEGATIVE_INFINITY, toSeconds: Number.POSITIVE_INFINITY }
    const { ports } = compliance
    const monitor = new Monitor({ seed: 1, early: true, ports, compliance, ...range })
    const early: Finding[] = []
    for (const chunk of chunksOf(frames, 64))
      for (const batch of monitor.read(chunk)) early.push(...batch.early)
    for (const _ of monitor.finish());
    return [early.length, monitor.ledger().reasons['note.notice_left_out'] ?? 0]
  } finally {
    rmSync(folder, { recursive: true })
  }
}

export const EARLY_BOUNDS: Readonly<Record<string, BoundCase>> = {
  'early notices whose records have not ended, those of a second': (waiting = 0, perSecond = 0) => {
    expect(noticesOf(storm(perSecond + 50, perSecond + 50))).toEqual([perSecond, 50])
    expect(noticesOf(storm(waiting + 50, perSecond - 10))).toEqual([waiting, 50])
  },

  'changes of findings told at a time': (max = 0) => {
    const collector = new FindingCollector(policyOf([]), sha256)
    const flow = judged('external -> app-a tcp/1', 'escaped:unlisted unlisted')
    for (const port of numbersTo(max + 9)) {
      const server = { ...flow.flow.server, port }
      collector.add({ ...flow, flow: { ...flow.flow, server } }, null)
    }
    const told = [max, max].map(most => collector.changes(most).findings.length)
    expect(told).toEqual([max, 9])
  },

  'series of flows told apart as long as a store lives': (max = 0) => {
    const flow = judged('external -> app-a tcp/22', 'escaped:over_exposed I-01')
    const onRows = (rows: readonly number[]) =>
      rows.map(row => ({ ...flow, verdict: { ...flow.verdict, row: `R-${row}` } }))
    const first = new FlowWindows({ site: 'hq', sensorsOf: () => [] })
    first.take(onRows(numbersTo(max + 9)), { epochSeconds: 0, nowNs: 1e9 })
    const points = first.finish()
    expect([points.length, first.crowded]).toEqual([max + 1, 9])
    expect(points.at(-1)).toMatchObject({ tags: { row: 'other' }, fields: { flows: 9 } })
    // A window later, and in another run, the same ones are told apart and no others.
    const next = new FlowWindows({
      ...{ site: 'hq', sensorsOf: () => [] },
      known: points.map(({ tags }) => tags),
    })
    for (const windows of [first, next]) {
      const flows = onRows([max + 10, 1])
      const told = [...windows.take(flows, { epochSeconds: 20, nowNs: 1e9 }), ...windows.finish()]
      expect(told.map(({ tags }) => tags['row'])).toEqual(['other', 'R-1'])
    }
  },
}
