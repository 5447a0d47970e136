// Goal: where packets have the time of their arrival at this program, nothing is measured by times, the statements
// that need them say why they are silent, and everything else is judged as ever.
// Method: the office day with what may go wrong, with such times and with true ones.

import { beforeAll, describe, expect, test } from 'vitest'
import { plantedDay } from '../fixtures/day/day.ts'
import { complianceFor } from './support/audit.ts'
import { type Ran, ran } from './support/run.ts'

const DAY_MS = 120_000
const SITE = 'fixtures/day/site.yaml'

function day(timedOnArrival: boolean): Ran {
  const net = plantedDay()
  const how = { epochSeconds: net.epochSeconds, options: { timedOnArrival } }
  return ran(net.packets(), complianceFor(SITE, 'core-span'), how)
}

const textOf = (rows: readonly object[]): readonly string[] =>
  rows.map(row => JSON.stringify(row)).toSorted()

describe('packets with the time of their arrival', { timeout: DAY_MS }, () => {
  let [arrived, captured]: Ran[] = []
  beforeAll(() => {
    arrived = day(true)
    captured = day(false)
  }, DAY_MS)

  const rowsOf = (run: Ran | undefined, name: string) =>
    run?.rows.filter(({ measurement }) => measurement === name) ?? []

  test('give no latency and no clocks', () => {
    for (const name of ['mp_latency', 'mp_clock']) {
      expect(rowsOf(arrived, name)).toEqual([])
      expect(rowsOf(captured, name).length).toBeGreaterThan(10)
    }
  })

  test('give no jitter and no round trips', () => {
    const timesOf = (run: Ran | undefined) =>
      (run?.quality ?? []).filter(record => {
        if (record.kind === 'rtp') return record.jitterMs !== null
        if (record.kind === 'rtcp') return record.roundTripMs !== null
        if (record.kind === 'ntp') return true
        return record.rtt.n > 0 || (record.kind === 'tcp' && record.handshakeNs !== null)
      }).length
    expect(timesOf(arrived)).toBe(0)
    expect(timesOf(captured)).toBeGreaterThan(100)
    const jitters = (run: Ran | undefined) =>
      rowsOf(run, 'mp_rtp').filter(({ fields }) =>
        Object.keys(fields).some(key => /jitter/.test(key)),
      )
    expect(jitters(arrived)).toEqual([])
    expect(jitters(captured).length).toBeGreaterThan(10)
  })

  test('lose as much as they do, by their numbers', () => {
    expect(textOf(rowsOf(arrived, 'mp_loss'))).toEqual(textOf(rowsOf(captured, 'mp_loss')))
    expect(rowsOf(arrived, 'mp_loss').length).toBeGreaterThan(10)
  })

  test('leave latency and clocks untold, and coverage says why', () => {
    const of = (run: Ran | undefined, id: string) =>
      run?.coverage.statements.find(statement => statement.id === id)
    for (const id of ['S-07', 'S-13'])
      expect(of(arrived, id)).toMatchObject({
        state: 'unobservable',
        reason: expect.stringMatching(/time of their arrival/),
      })
    expect(of(captured, 'S-13')?.state).not.toBe('unobservable')
  })

  test('are judged the same for the rest', () => {
    const lines = (run: Ran | undefined) =>
      run?.findings
        .filter(({ row }) => row !== 'S-07' && row !== 'S-13')
        .map(({ id, members }) => `${id} ${members}`)
    expect(lines(arrived)).toEqual(lines(captured))
    expect(arrived?.ledger.verdicts).toEqual(captured?.ledger.verdicts)
  })
})
