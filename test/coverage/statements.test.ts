// Goal: every statement of the document has something that confirms it, something that violates it, and
// something that cannot tell. Method: the table of statements.ts, of which each story is audited alone.

import { describe, expect, test } from 'vitest'
import { loadPolicy } from '../../src/config/policy.ts'
import { statementsOf } from '../../src/coverage/statements.ts'
import { STATEMENTS } from './statements.ts'
import { coverageOf, statementIn, titleOf } from './telling.ts'
import type { Cell } from './told.ts'

const IMPOSSIBLE_MAX = 30

/** The document numbers 116 statements: six rows of the incoming table hold a further rule each. */
const IDS: readonly string[] = [
  ...numbered('W', 16),
  ...numbered('T', 10),
  ...numbered('I', 35),
  ...['I-06.1', 'I-06.2', 'I-28.1', 'I-28.2', 'I-29.1', 'I-30.1'],
  ...numbered('O', 15),
  ...numbered('M', 5),
  ...numbered('S', 13),
  ...numbered('F', 16),
]

function numbered(letter: string, count: number): string[] {
  return Array.from({ length: count }, (_, at) => `${letter}-${String(at + 1).padStart(2, '0')}`)
}

interface Named {
  readonly id: string
  readonly what: 'confirms' | 'violates' | 'cannotTell'
  readonly cell: Cell
}

const CELLS: readonly Named[] = Object.entries(STATEMENTS).flatMap(([id, cells]) =>
  (['confirms', 'violates', 'cannotTell'] as const).map(what => ({ id, what, cell: cells[what] })),
)

/** Which states a cell of each kind may show. */
const FITTING: Readonly<Record<Named['what'], readonly string[]>> = {
  confirms: ['kept'],
  violates: ['violated'],
  cannotTell: ['absent', 'unobservable', 'declared'],
}

describe('the statements', () => {
  const { policy } = loadPolicy('rules')

  test('are 116, in the rules as in the document', () => {
    expect(IDS).toHaveLength(116)
    expect(
      statementsOf(policy)
        .map(({ id }) => id)
        .toSorted(),
    ).toEqual(IDS.toSorted())
  })

  test('stand in the order of the document', () => {
    const ids = statementsOf(policy).map(({ id }) => id)
    expect(ids.slice(0, 3)).toEqual(['W-01', 'W-02', 'W-03'])
    expect(ids.slice(26 + 5, 26 + 9)).toEqual(['I-06', 'I-06.1', 'I-06.2', 'I-07'])
    expect(ids.at(-1)).toBe('F-16')
  })

  test('are followed by rows that somebody added', () => {
    const [first] = policy.rows
    const added = first === undefined ? [] : [{ ...first, id: 'SITE-1' }]
    const last = statementsOf({ ...policy, rows: [...added, ...policy.rows] }).at(-1)
    expect(last).toMatchObject({ id: 'SITE-1', section: 'Beside the document' })
  })

  test('have three cells each, 348 in all', () => {
    expect(Object.keys(STATEMENTS).toSorted()).toEqual(IDS.toSorted())
    expect(CELLS).toHaveLength(348)
  })

  test(`have at most ${IMPOSSIBLE_MAX} cells that nothing could show`, () => {
    const impossible = CELLS.filter(({ cell }) => typeof cell === 'object' && 'impossible' in cell)
    expect(impossible.length).toBeLessThanOrEqual(IMPOSSIBLE_MAX)
  })

  test('wait for what is measured, in S-07 and S-08 alone', () => {
    const waiting = CELLS.filter(({ cell }) => cell === 'next step')
    expect([...new Set(waiting.map(({ id }) => id))]).toEqual(['S-07', 'S-08'])
  })
})

const stories = CELLS.flatMap(({ id, what, cell }) =>
  typeof cell === 'object' && 'state' in cell ? [{ id, what, story: cell }] : [],
)

describe('a story', () => {
  for (const { id, what, story } of stories)
    test(`${id} ${what}: ${titleOf(story)}`, async () => {
      expect(FITTING[what]).toContain(story.state)
      const { state, reason } = statementIn(await coverageOf(story), id)
      expect(`${state}: ${reason}`).toMatch(new RegExp(`^${story.state}: `))
    })
})
