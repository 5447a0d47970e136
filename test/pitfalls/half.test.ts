// Complaint 2, half a conversation read as attack or block, once more with the watchers: the office day as it
// should be, without all that one of its servers says.

import { readFileSync } from 'node:fs'
import { beforeAll, describe, expect, test } from 'vitest'
import { officeDay } from '../../fixtures/day/day.ts'
import { stripDirection } from '../../fixtures/scenario/edit.ts'
import { type Packet, pcapOf } from '../../fixtures/scenario/pcap.ts'
import type { Finding } from '../../src/model/finding.ts'
import type { Result } from '../../src/model/result.ts'
import { auditBytes } from '../support/audit.ts'
import { outputsOf } from '../support/outputs.ts'

const SITE = readFileSync('fixtures/day/site.yaml', 'utf8')
const AUDIT_MS_MAX = 60_000
/** By host of the story: the shared address speaks from one server or the other. */
const SERVERS = ['app-a', 'app-b', 'app-vip', 'web-1', 'web-dmz-1', 'web-dmz-2']

const ACCUSING: readonly Finding['verdict'][] = [
  ...(['misdropped', 'missing', 'degraded', 'topology', 'escaped'] as const),
]

const lineOf = ({ verdict, reason, row, source, destination }: Finding): string =>
  `${verdict}:${reason ?? ''} ${row} ${source} -> ${destination}`

describe('pitfall 2: half a conversation, with the watchers', () => {
  const day = officeDay()
  let packets: readonly Packet[]
  beforeAll(() => {
    packets = day.packets()
  }, AUDIT_MS_MAX)

  const nameOf = (host: string): string => host.split(' ')[0] ?? ''
  const without = (isLost: (packet: Packet) => boolean): Uint8Array => {
    const seen = stripDirection(packets, isLost)
    expect(seen.length).toBeLessThan(packets.length)
    return pcapOf(seen, { epochSeconds: day.epochSeconds, precision: 'nano' })
  }
  const cuts = SERVERS.flatMap(name => [
    [`of what ${name} says`, ({ from }: Packet) => nameOf(from) === name] as const,
    [`of what is said to ${name}`, ({ to }: Packet) => nameOf(to) === name] as const,
  ])

  for (const [what, isLost] of cuts)
    test(
      `without a word ${what}, nothing is blocked, missing or out of order`,
      async () => {
        const { findings, coverage } = await auditBytes(without(isLost), SITE, 'core-span')
        const accusing = findings.filter(
          ({ verdict, row }) => ACCUSING.includes(verdict) || row === 'S-11' || row === 'F-15',
        )
        expect(accusing.map(lineOf)).toEqual([])
        const broken = coverage.statements.filter(({ state }) => state === 'violated')
        expect(broken.map(({ id, reason }) => `${id}: ${reason}`)).toEqual([])
      },
      AUDIT_MS_MAX,
    )

  test(
    'is told as what the sensor does not see, once for each pair',
    () => {
      const { json, terminal } = outputsOf(
        without(({ from }) => nameOf(from) === 'app-b'),
        SITE,
      )
      const { not_judged, conclusion }: Result = JSON.parse(json)
      const halves = not_judged.filter(({ kind }) => kind === 'one_way')
      const pairs = halves.map(({ subject }) => subject)
      expect(pairs).toEqual([...new Set(pairs)])
      expect(pairs).toContain('app@core -> app@core')
      expect(halves.every(({ reason }) => reason.includes('from one side only'))).toBe(true)
      expect(terminal).toContain('the sensor must mirror both directions')
      expect(conclusion).toMatchObject({ state: 'incomplete', violations: 0, exit_code: 4 })
    },
    AUDIT_MS_MAX,
  )
})
