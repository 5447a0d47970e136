// The people of the watchers' tests, and an audit that also tells what watchers noted of statements.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { opaque } from '../../fixtures/scenario/payloads-binary.ts'
import { type Packet, pcapOf } from '../../fixtures/scenario/pcap.ts'
import { type Scenario, scenario } from '../../fixtures/scenario/scenario.ts'
import type { StatementNote } from '../../src/coverage/notes.ts'
import { type Audited, auditFile, complianceFor } from '../support/audit.ts'
import { SITE } from './site.ts'

export interface Told extends Audited {
  readonly note: (statement: string) => StatementNote | undefined
}

/** Audits the packets for the site of the watchers' tests, or another one. */
export async function told(
  packets: readonly Packet[],
  siteYaml = SITE,
  sensor: string | null = null,
): Promise<Told> {
  const folder = mkdtempSync(join(tmpdir(), 'mpwatch-told-'))
  try {
    const [capture, site] = [join(folder, 'capture.pcap'), join(folder, 'site.yaml')]
    writeFileSync(capture, fileOf(packets))
    writeFileSync(site, siteYaml)
    const compliance = complianceFor(site, sensor)
    const audited = await auditFile(capture, compliance)
    return { ...audited, note: id => compliance.statements.of(id) }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const START = '2026-03-02T10:00:00Z'
const EPOCH_SECONDS = Date.parse(START) / 1000

/** The bytes of a capture file. */
export const fileOf = (packets: readonly Packet[]): Uint8Array =>
  pcapOf(packets, { epochSeconds: EPOCH_SECONDS })

/** What an opaque vendor protocol says. */
export const VENDOR = { request: opaque(80), response: opaque(120, 2) }

export type Cast = ReturnType<typeof castOf>

export const castOf = (net: Scenario) => ({
  appA: net.host('app-a', { ip: '10.10.20.11' }),
  appB: net.host('app-b', { ip: '10.10.20.12' }),
  web: net.host('web-1', { ip: '10.10.20.21' }),
  webDmz: net.host('web-dmz-1', { ip: '192.0.2.20' }),
  dns: net.host('dns-1', { ip: '10.10.20.53' }),
  user: net.host('a user', { ip: '10.20.3.4' }),
  customer: net.host('a customer', { ip: '203.0.113.9' }),
  wall: net.host('a firewall', { ip: '192.0.2.1', ttl: 255 }),
  one: net.host('a printer', { ip: '10.99.0.1' }),
  other: net.host('another printer', { ip: '10.99.0.2' }),
})

/** A story of so many seconds, in which two strangers keep the clock going. */
export function story(seconds: number, tell: (net: Scenario, cast: Cast) => void) {
  const net = scenario({ start: START })
  const cast = castOf(net)
  for (let second = 0; second <= seconds; second += 60)
    net.at(second).udpOneWay(cast.one, cast.other, 9, { count: 1 })
  net.at(seconds).udpOneWay(cast.one, cast.other, 9, { count: 1 })
  tell(net, cast)
  return net.packets()
}

/** `escaped:forbidden_by_mode I-06.2 web-1 -> app-a`, of each finding. */
export const linesOf = ({ findings }: Audited): readonly string[] =>
  findings.map(
    ({ verdict, reason, row, source, destination }) =>
      `${verdict}${reason === null ? '' : `:${reason}`} ${row} ${source} -> ${destination}`,
  )
