// Goal: the shipped rules are whole: every statement has an id, every id that is named exists, and
// every row of the tables has one test that keeps it and one that breaks it.

import { describe, expect, test } from 'vitest'
import { policy, practice, type RuleRow, rowOf, ruleText } from './read-rules.ts'

/** How many statements the document has, by letter, and the rules inside a row's cell. */
const STATEMENTS = { W: 16, T: 10, I: 35, O: 15, M: 5, S: 13, F: 16 }
const INNER = ['I-06.1', 'I-06.2', 'I-28.1', 'I-28.2', 'I-29.1', 'I-30.1']

/** The rows of the incoming table whose text names both ends (requirements, 1.1). */
const CLOSED_INCOMING = ['I-03', 'I-05', 'I-06', 'I-12', 'I-31', 'I-32']

/** Labels that a wider label covers, as far as the tests use them. */
const COVERS: Readonly<Record<string, readonly string[]>> = {
  web: ['web-dmz', 'web-int'],
  media: ['media-audio', 'media-video'],
  meetingplace: ['app', 'web-dmz', 'web-int', 'media-audio', 'media-video'],
}

const FLOW =
  /^([a-z-]+)(@[a-z-]+)? -> ([a-z-]+)(@[a-z-]+)? (tcp|udp|icmp)\/(\d+) (established|refused|filtered|silent|one_way)(, mode (normal|reverse))?$/
const EXPECTATION =
  /^(permitted|permitted_unverified|misdropped|rejected|escaped:(unlisted|over_exposed|wrong_direction|forbidden_by_mode)) ([A-Z]-\d\d(\.\d)?|unlisted)$/

const identified = [...policy.rows, ...policy.statements]
const ids = identified.map(({ id }) => id)
const tableRows = policy.rows.filter(({ kind }) => kind === 'incoming' || kind === 'outgoing')

test('the 116 statements of the document are there, each once', () => {
  const expected = Object.entries(STATEMENTS).flatMap(([letter, count]) =>
    Array.from({ length: count }, (_, at) => `${letter}-${String(at + 1).padStart(2, '0')}`),
  )
  expect(ids).toHaveLength(116)
  expect(ids.toSorted()).toEqual([...expected, ...INNER].toSorted())
})

test('each says what it demands in one sentence of its own', () => {
  expect(identified.filter(({ says }) => !/^[A-Z0-9][^!?]+\.$/.test(says))).toEqual([])
  expect(new Set(identified.map(({ says }) => says)).size).toBe(116)
})

test('exactly the rows whose text names both ends are closed', () => {
  const outgoing = policy.rows.filter(({ kind }) => kind === 'outgoing').map(({ id }) => id)
  const closed = policy.rows.filter(row => row.closed).map(({ id }) => id)
  expect(closed).toEqual([...CLOSED_INCOMING, ...outgoing])
})

test('a row of the incoming table has an exposure class, and no other row has one', () => {
  const wrong = policy.rows.filter(
    row => (row.kind === 'incoming') !== (row.exposure !== undefined),
  )
  expect(wrong).toEqual([])
})

test('every id, class and twin that is named exists', () => {
  const classes = Object.keys(policy.exposure)
  const named = policy.rows.flatMap(({ reversed, parent, twin }) => [reversed, parent, twin])
  const inLimits = policy.limits.flatMap(({ id, on }) => [id, ...on])
  const used = policy.rows.map(({ exposure }) => exposure)
  const included = Object.values(policy.exposure).map(({ includes }) => includes)
  expect([...named, ...inLimits].filter(id => id !== undefined && !ids.includes(id))).toEqual([])
  expect([...used, ...included].filter(id => id !== undefined && !classes.includes(id))).toEqual([])
})

test('twins are the same permission and name each other', () => {
  const pairs = policy.rows.filter(({ twin }) => twin !== undefined)
  expect(pairs.map(({ id, twin }) => `${id} ${twin}`).toSorted()).toEqual([
    ...['I-05 O-07', 'I-06 O-09', 'I-12 O-10', 'I-32 O-08'],
    ...['O-07 I-05', 'O-08 I-32', 'O-09 I-06', 'O-10 I-12'],
  ])
  for (const row of pairs) expect(permissionOf(rowOf(row.twin ?? ''))).toEqual(permissionOf(row))
})

test('every practice item is off, and no two share an id', () => {
  const items = practice.practice
  expect(items.filter(({ enabled }) => enabled !== false)).toEqual([])
  expect(new Set(items.map(({ id }) => id)).size).toBe(items.length)
})

test('every line of the example site has a comment', () => {
  const lines = ruleText('site.example.yaml').trimEnd().split('\n')
  expect(lines.filter(line => !/(^|\s)# ?\S/.test(line))).toEqual([])
})

describe('the assertions of the policy', () => {
  test('follow the grammar', () => {
    const wrong = policy.tests.filter(({ flow, expect: expected }) => {
      return !FLOW.test(flow) || !EXPECTATION.test(expected)
    })
    expect(wrong).toEqual([])
  })

  test('ask each flow once', () => {
    expect(new Set(policy.tests.map(({ flow }) => flow)).size).toBe(policy.tests.length)
  })

  test('cite ids that exist', () => {
    const cited = policy.tests.map(({ expect: expected }) => expected.split(' ')[1] ?? '')
    expect(cited.filter(id => id !== 'unlisted' && !ids.includes(id))).toEqual([])
  })

  test.each(tableRows)('keep $id once and break it once', row => {
    const kept = policy.tests.some(({ flow, expect: expected }) => {
      return /^permitted/.test(expected) && reaches(row, flow) && expected.endsWith(citedAs(row))
    })
    const broken = policy.tests.some(({ flow, expect: expected }) => {
      return /^(escaped|misdropped)/.test(expected) && touches(row, flow)
    })
    expect({ kept, broken }).toEqual({ kept: true, broken: true })
  })
})

const permissionOf = (row: RuleRow | undefined) => ({
  ...{ from: row?.from.roles, to: row?.to.roles, l4: row?.l4, reversed: row?.reversed },
})

/** A permitted flow cites the incoming twin; O-15 shares each of its flows with O-13 or O-14. */
function citedAs({ id, kind, twin }: RuleRow): string {
  if (id === 'O-15') return ''
  return kind === 'outgoing' && twin !== undefined ? twin : id
}

/** The flow goes from the row's sources to its servers on its ports. */
function reaches(row: RuleRow, flow: string): boolean {
  const [, source = '', , target = ''] = FLOW.exec(flow) ?? []
  return hasPort(row, flow) && isAmong(row.from.roles, source) && isAmong(row.to.roles, target)
}

/** One end and the port are the row's, so the flow would be the row's if the other end were right. */
function touches(row: RuleRow, flow: string): boolean {
  const [, source = '', , target = ''] = FLOW.exec(flow) ?? []
  return hasPort(row, flow) && (isAmong(row.to.roles, target) || isAmong(row.from.roles, source))
}

function hasPort(row: RuleRow, flow: string): boolean {
  const [, , , , , transport, text = ''] = FLOW.exec(flow) ?? []
  return row.l4.some(match => {
    const [, matched, first = '', last = first] = /^(\w+)\/(\w+)(?:-(\d+))?$/.exec(match) ?? []
    const inRange = Number(text) >= Number(first) && Number(text) <= Number(last)
    return matched === transport && (first === 'any' || inRange)
  })
}

const isAmong = (selectors: readonly string[], label: string): boolean =>
  selectors.some(selector => {
    const [wide = ''] = selector.split('@')
    return wide === label || (COVERS[wide]?.includes(label) ?? false)
  })
