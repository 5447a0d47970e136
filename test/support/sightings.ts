// A whole audit that writes down what watchers are told of single packets.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { vi } from 'vitest'
import type { ArpSighting, SourceSighting, WatchedPacket } from '../../src/model/sighting.ts'
import { SITE } from '../watchers/site.ts'
import { auditFile, complianceFor } from './audit.ts'

export interface Sighted<A, S, P> {
  readonly arps: readonly A[]
  readonly sources: readonly S[]
  readonly packets: readonly P[]
}

/** A sighting is valid only while it is handed over, so each is written down at once. */
export async function sightingsOf<A = unknown, S = unknown, P = unknown>(
  pcap: Uint8Array,
  arpText: (sighting: ArpSighting) => A = () => undefined as A,
  sourceText: (sighting: SourceSighting) => S = () => undefined as S,
  packetText: (packet: WatchedPacket) => P = () => undefined as P,
): Promise<Sighted<A, S, P>> {
  const folder = mkdtempSync(join(tmpdir(), 'mpwatch-sightings-'))
  try {
    const [capture, siteFile] = [join(folder, 'capture.pcap'), join(folder, 'site.yaml')]
    writeFileSync(capture, pcap)
    writeFileSync(siteFile, SITE)
    const compliance = complianceFor(siteFile, null)
    const [arps, sources, packets]: [A[], S[], P[]] = [[], [], []]
    vi.spyOn(compliance, 'arp').mockImplementation(one => void arps.push(arpText(one)))
    vi.spyOn(compliance, 'sourced').mockImplementation(one => void sources.push(sourceText(one)))
    vi.spyOn(compliance, 'packet').mockImplementation(one => void packets.push(packetText(one)))
    await auditFile(capture, compliance)
    return { arps, sources, packets }
  } finally {
    rmSync(folder, { recursive: true })
  }
}
