// Bounds of what the judging thread tells: what is sent before anybody answers, and the rows that wait.

import { expect } from 'vitest'
import type { Ledger } from '../../src/model/ledger.ts'
import type { FlowRow, Telling } from '../../src/model/live.ts'
import { Teller } from '../../src/watch/teller.ts'
import { type BoundCase, numbersTo } from './case.ts'

const STANDING = {
  generation: 1,
  firstMs: null,
  captureMs: null,
  ledger: {} as Ledger,
  interfaces: [],
}

export const TELLER_BOUNDS: Readonly<Record<string, BoundCase>> = {
  'tellings that are not answered, flows and points that wait': (tellings = 0, rows = 0) => {
    const told: Telling[] = []
    const teller = new Teller(telling => told.push(telling))
    for (const _ of numbersTo(tellings + 3)) teller.tell(STANDING)
    expect(told).toHaveLength(tellings)
    for (const _ of numbersTo(rows + 7)) teller.flow({} as FlowRow)
    teller.answered(1)
    teller.tell(STANDING)
    expect(told).toHaveLength(tellings + 1)
    expect(told.at(-1)?.flows).toHaveLength(rows)
    expect(told.at(-1)?.leftOut).toEqual({ flows: 7, points: 0 })
  },
}
