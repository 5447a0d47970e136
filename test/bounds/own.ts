// Bounds of what the monitor knows of its own sessions.

import { expect } from 'vitest'
import type { OwnNews, OwnSession } from '../../src/model/own-session.ts'
import { OwnSessions } from '../../src/own-sessions.ts'
import { address } from '../support/samples.ts'
import { type BoundCase, numbersTo } from './case.ts'

const [MONITOR, INFLUX] = ['10.20.0.50', '10.10.20.11']
const FIRST_PORT = 20_000

const sessionOf = (index: number): OwnSession => ({
  transport: 'tcp',
  local: { address: MONITOR, port: FIRST_PORT + index },
  remote: { address: INFLUX, port: 8086 },
})
const news = (kind: OwnNews['kind'], index: number, atMs: number): OwnNews => ({
  ...{ kind, session: sessionOf(index), atMs },
})

/** Whether the flow of that session, which began then, is known to be the monitor's. */
const isKnown = (sessions: OwnSessions, index: number, firstMs: number): boolean =>
  sessions.has(
    {
      protocol: 6,
      low: { address: address(INFLUX), port: 8086 },
      high: { address: address(MONITOR), port: FIRST_PORT + index },
      orientation: { clientHigh: true, basis: 'syn' },
    },
    firstMs,
  )

export const OWN_BOUNDS: Readonly<Record<string, BoundCase>> = {
  'sessions of the monitor that are known, after their end': (max = 0, seconds = 0) => {
    const sessions = new OwnSessions()
    for (const index of numbersTo(max + 1)) sessions.learn(news('opened', index, 0))
    const known = (index: number) => isKnown(sessions, index, 0)
    expect([0, max - 1, max].map(known)).toEqual([true, true, false])

    sessions.learn(news('closed', 7, 1000))
    sessions.learn(news('closed', 8, 2000))
    sessions.learn(news('opened', max, 3000))
    expect([7, 8, max].map(known)).toEqual([false, true, true])

    sessions.forget(2000 + seconds * 1000 - 1)
    expect(known(8)).toBe(true)
    sessions.forget(2000 + seconds * 1000)
    expect([8, max].map(known)).toEqual([false, true])
    expect(sessions.hasPorts(8086, FIRST_PORT + 8)).toBe(false)
  },

  "addresses of the monitor's sessions": (max = 0) => {
    const sessions = new OwnSessions()
    const homeOf = (index: number) => `10.20.1.${index}`
    for (const index of numbersTo(max + 1)) {
      const local = { address: homeOf(index), port: FIRST_PORT }
      sessions.learn({ kind: 'opened', session: { ...sessionOf(0), local }, atMs: 0 })
    }
    const isAtHome = (index: number) =>
      sessions.isAtHome({
        protocol: 6,
        low: { address: address(INFLUX), port: 8086 },
        high: { address: address(homeOf(index)), port: 1 },
        orientation: { clientHigh: true, basis: 'syn' },
      })
    expect([0, max - 1, max].map(isAtHome)).toEqual([true, true, false])
  },
}
