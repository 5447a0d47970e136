// Goal: the monitor ends when it is asked to, with everything on the disk, and goes on where it was when it starts
// again (faults.md F9).
// Method: the compiled program plays the demo, in one run or in two, and is sent signals.

import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { Running } from './running.ts'
import { ALL, everyFinding, folderOf, inStore, repeatedIn, writePart } from './store-of.ts'

const OFFICE = 'fixtures/demo/office.pcap'
const FIRST_MS = Date.parse('2026-03-02T10:15:00Z')
const LONG_MS = 120_000

function play(folder: string, capture: string, ...args: readonly string[]): Running {
  const site = ['--site', 'fixtures/demo/site.yaml', '--sensor', 'core-span', '--metrics', 'off']
  return new Running(['--read-from', capture, '--store', join(folder, 'store'), ...site, ...args])
}

/** Seconds from the signal to the last word. */
function endingSeconds(running: Running): number {
  const [from, to] = ['stopping', 'stopped'].map(event =>
    Date.parse(String(running.events(event)[0]?.['time'])),
  )
  return ((to ?? Number.NaN) - (from ?? Number.NaN)) / 1000
}

describe.concurrent('a monitor', () => {
  for (const signal of ['SIGTERM', 'SIGINT'] as const)
    test(`F9: ends by ${signal} within five seconds, and has kept what it told`, {
      timeout: LONG_MS,
    }, async () => {
      const folder = folderOf()
      const running = play(folder, OFFICE, '--speed', '20')
      await running.until('open', () => running.events('finding_opened').length > 3)
      expect(await running.end(signal)).toEqual({ code: 0, signal: null })
      expect(endingSeconds(running)).toBeLessThan(5)
      expect(running.events('fault')).toEqual([])
      expect(running.events('ledger_open')).toEqual([])
      const opened = running.events('finding_opened').map(({ id }) => id)
      await inStore(join(folder, 'store'), async store => {
        const ids = (await everyFinding(store)).map(({ finding }) => finding.id)
        expect(ids).toEqual(expect.arrayContaining(opened))
        expect((await store.timeline(ALL)).at(-1)?.kind).toBe('stopped')
      })
    })

  test('F9: goes on behind a restart: what is open goes on, nobody is woken again, and the gap is told', {
    timeout: LONG_MS,
  }, async () => {
    const folder = folderOf()
    const [before, after] = [join(folder, 'before.pcap'), join(folder, 'after.pcap')]
    writePart(OFFICE, before, 0, 60)
    writePart(OFFICE, after, 70, 999)
    const store = join(folder, 'store')
    const first = play(folder, before, '--speed', 'max')
    expect(await first.ended).toEqual({ code: 0, signal: null })
    const earlier = await inStore(store, everyFinding)
    const second = play(folder, after, '--speed', 'max')
    expect(await second.ended).toEqual({ code: 0, signal: null })
    const known = new Set(earlier.map(({ finding }) => finding.id))
    expect(known.size).toBeGreaterThan(5)
    for (const event of ['finding_opened', 'finding_reopened'])
      expect(second.events(event).filter(({ id }) => known.has(String(id)))).toEqual([])
    expect(second.events('finding_opened').length).toBeGreaterThan(0)

    await inStore(store, async opened => {
      const findings = await everyFinding(opened)
      const events = await opened.events(ALL)
      expect(repeatedIn(events)).toEqual([])
      const membersOf = new Map(findings.map(({ finding: { id, members } }) => [id, members]))
      const continued = earlier.filter(
        ({ finding: { id, members } }) => (membersOf.get(id) ?? 0) > members,
      )
      expect(continued.length).toBeGreaterThan(0)
      for (const { finding } of earlier)
        expect(membersOf.get(finding.id)).toBeGreaterThanOrEqual(finding.members)
      for (const { finding, counted } of findings)
        expect(Object.values(counted).reduce((sum, { members }) => sum + members, 0)).toBe(
          finding.members,
        )
      const pages = events.filter(({ isPage }) => isPage).map(({ stored }) => stored.finding.id)
      expect(new Set(pages).size).toBe(pages.length)
      const gaps = (await opened.blind(ALL)).filter(({ cause }) => cause === 'not_running')
      expect(gaps).toHaveLength(1)
      const [{ fromMs, toMs } = { fromMs: 0, toMs: 0 }] = gaps
      expect(Math.abs(fromMs - FIRST_MS - 60_000)).toBeLessThan(1000)
      expect(Math.abs((toMs ?? 0) - FIRST_MS - 70_000)).toBeLessThan(1000)
    })
  })
})
