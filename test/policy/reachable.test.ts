// Goal: no row of the shipped policy is dead. For each there is a flow that it allows, and for each but the
// twins, which say what another row says, a flow about which it decides.
// Method: every pair of hosts of a stage where every role stands in every zone, on the row's own ports.

import { describe, expect, test } from 'vitest'
import { pcapOf } from '../../fixtures/scenario/pcap.ts'
import { hostOf, stageOf } from '../../src/commands/policy/stage.ts'
import { loadPolicy } from '../../src/config/policy.ts'
import type { Policy, Row } from '../../src/model/policy.ts'
import { Inventory } from '../../src/policy/inventory.ts'
import { conditionsOf, Rulebook } from '../../src/policy/rulebook.ts'
import { type Ruling, rule } from '../../src/policy/ruling.ts'
import { auditBytes } from '../support/audit.ts'
import { SITE } from './rows/site.ts'
import { captureOf } from './rows/telling.ts'

const { policy: SHIPPED } = loadPolicy('rules')
const POLICY: Policy = {
  ...SHIPPED,
  rows: [...SHIPPED.rows, ...SHIPPED.practiceOff],
  practiceOff: [],
}

/** The rulings on flows between hosts that the row names, on the first and the last port of each service. */
function rulings({ from, to, match }: Row, policy: Policy): Ruling[] {
  const stages = [null, 'normal', 'reverse'] as const
  return stages.flatMap(mode => {
    const stage = stageOf(mode)
    const book = new Rulebook(policy, conditionsOf(stage, []))
    const inventory = new Inventory(stage, policy.webex.ranges)
    const clients = from.selectors.map(selector => hostOf(selector, 1, stage, policy.webex.ranges))
    const servers = to.selectors.map(selector => hostOf(selector, 2, stage, policy.webex.ranges))
    return clients.flatMap(client =>
      servers.flatMap(server => {
        if ('wrong' in client || 'wrong' in server) return []
        const [source, target] = [inventory.place(client.value), inventory.place(server.value)]
        return match
          .flatMap(({ transport, ports }) =>
            [ports.first, ports.last].map(port => ({ transport, port })),
          )
          .map(service => rule(book, source, target, service))
      }),
    )
  })
}

/** RTCP goes the ways of O-13 and O-14, and is told from RTP by its payload alone. */
const BY_CONTENT = 'O-15'

const allows = (row: Row, policy: Policy): boolean =>
  rulings(row, policy).some(({ kind, rows }) => kind === 'allowed' && rows.some(isOne(row)))
const decides = (row: Row, policy: Policy): boolean =>
  rulings(row, policy).some(ruling => ruling.kind === 'allowed' && ruling.row === row.id)
const isOne =
  (row: Row) =>
  ({ id }: Row): boolean =>
    id === row.id

describe('of every row and practice item there is a flow', () => {
  test.each(POLICY.rows.map(row => [row.id, row] as const))('that %s allows', (_, row) => {
    expect(allows(row, POLICY)).toBe(true)
  })

  const twins = POLICY.rows.filter(({ kind, twin }) => kind === 'outgoing' && twin !== null)
  const deciding = POLICY.rows.filter(row => !twins.includes(row) && row.id !== BY_CONTENT)
  test.each(deciding.map(row => [row.id, row] as const))('about which %s decides', (_, row) => {
    expect(decides(row, POLICY)).toBe(true)
  })

  test(`about which ${BY_CONTENT} decides, by what it carries`, async () => {
    const { packets, epochSeconds } = captureOf(['audio -> phone udp/20007 rtcp from 16385'])
    const { flows } = await auditBytes(pcapOf(packets, { epochSeconds }), SITE)
    expect(flows.map(({ verdict }) => verdict.row)).toContain(BY_CONTENT)
  })

  test('and the outgoing twins, which never decide, are those of I-05, I-06, I-12 and I-32', () => {
    expect(twins.filter(row => decides(row, POLICY))).toEqual([])
    expect(twins.map(({ twin }) => twin).toSorted()).toEqual(['I-05', 'I-06', 'I-12', 'I-32'])
  })
})

test('a row that another always comes before is found out', () => {
  const [first] = POLICY.rows
  if (first === undefined) throw new Error('the policy has rows')
  const shadowed = { ...first, id: 'X-01' }
  const policy = { ...POLICY, rows: [...POLICY.rows, shadowed] }
  expect(allows(shadowed, policy)).toBe(true)
  expect(decides(shadowed, policy)).toBe(false)
})
