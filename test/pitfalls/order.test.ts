// Complaint 8: results that depend on how a capture is handed in. The office day with all that is planted in
// it, as one file and as three in every order, gives one result with all findings of the watchers in it, but
// for what names files, frames and offsets. More shapes, of a shorter story, are in test/determinism.test.ts.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { plantedDay } from '../../fixtures/day/day.ts'
import { clock } from '../../fixtures/day/words.ts'
import { type Packet, pcapOf } from '../../fixtures/scenario/pcap.ts'
import { audit } from '../../src/commands/audit.ts'
import type { Result } from '../../src/model/result.ts'

const LONG_MS = 60_000
const folder = mkdtempSync(join(tmpdir(), 'mpwatch-order-'))
const inFolder = (name: string): string => join(folder, name)
afterAll(() => rmSync(folder, { recursive: true }))

/** The result as text, without what names files, frames and offsets. */
async function audited(names: readonly string[]): Promise<string> {
  const json = inFolder('result.json')
  rmSync(json, { force: true })
  await audit(names.map(inFolder), {
    ...{ json, site: 'fixtures/day/site.yaml', sensor: ['core-span'], rules: 'rules' },
    ...{ failOn: 'low', hash: false, quiet: true, separateVlans: false, color: false },
    maxMalformed: 0.001,
  })
  const result: Result = JSON.parse(readFileSync(json, 'utf8'))
  const findings = result.findings.map(finding => ({
    ...finding,
    examples: finding.examples.map(({ packet: _, ...example }) => example),
    frames: finding.frames.map(({ packet: _, ...frame }) => frame),
  }))
  const provenance = { ...result.provenance, captures: [] }
  return JSON.stringify({ ...result, provenance, findings }, null, 1)
}

describe('pitfall 8: one capture in several files', () => {
  const day = plantedDay()
  let expected = ''

  beforeAll(async () => {
    const packets = day.packets()
    // The cuts are in the middle of the lost heartbeat and of the quarrel about the shared address.
    const [silenceNs, quarrelNs] = [clock('10:25') * 1e9, clock('11:12') * 1e9]
    const parts: Readonly<Record<string, (packet: Packet) => boolean>> = {
      'day.pcap': () => true,
      'a.pcap': ({ timeNs }) => timeNs < silenceNs,
      'b.pcap': ({ timeNs }) => timeNs >= silenceNs && timeNs < quarrelNs,
      'c.pcap': ({ timeNs }) => timeNs >= quarrelNs,
    }
    const options = { epochSeconds: day.epochSeconds, precision: 'nano' } as const
    for (const [name, isPart] of Object.entries(parts))
      writeFileSync(inFolder(name), pcapOf(packets.filter(isPart), options))
    expected = await audited(['day.pcap'])
  }, LONG_MS)

  test('the whole one has findings of watchers to compare', () => {
    const { findings }: Result = JSON.parse(expected)
    const reasons = findings.map(({ reason }) => reason)
    for (const reason of ['split_brain', 'heartbeat_late', 'node_mac_changed', 'forgotten'])
      expect(reasons).toContain(reason)
  })

  for (const order of ['abc', 'acb', 'bac', 'bca', 'cab', 'cba'])
    test(
      `gives the same result, given as ${order}`,
      async () => {
        expect(await audited([...order].map(letter => `${letter}.pcap`))).toBe(expected)
      },
      LONG_MS,
    )
})
