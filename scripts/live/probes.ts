// Violations to be timed, among traffic of others: strangers who reach a server on a port that no row lists, each on
// a port of its own, so that each is a finding of its own.

import { readFileSync, writeFileSync } from 'node:fs'
import { scenario } from '../../fixtures/scenario/scenario.ts'

const FILE_HEADER_BYTES = 24
const RECORD_HEADER_BYTES = 16
const LENGTH_AT = 8
export const FIRST_PORT = 20_000

export interface ProbeOptions {
  /** A nanosecond pcap of the bench. */
  readonly background: string
  readonly file: string
  readonly probes: number
  /** Packets of the background before each probe. */
  readonly every: number
}

/** Writes both as one capture; how many packets it has. */
export function writeProbes({ background, file, probes, every }: ProbeOptions): number {
  const others = readFileSync(background)
  const own = connections(probes)
  const each = own.length / probes
  const parts: Uint8Array[] = [others.subarray(0, FILE_HEADER_BYTES)]
  let at = FILE_HEADER_BYTES
  let packets = 0
  for (let probe = 0; probe < probes; probe++) {
    const from = at
    for (let count = 0; count < every && at < others.length; count++, packets++)
      at += RECORD_HEADER_BYTES + others.readUInt32LE(at + LENGTH_AT)
    parts.push(others.subarray(from, at))
    for (const bytes of own.slice(probe * each, (probe + 1) * each)) {
      const header = Buffer.from(others.subarray(from, from + RECORD_HEADER_BYTES))
      header.writeUInt32LE(bytes.length, LENGTH_AT)
      header.writeUInt32LE(bytes.length, LENGTH_AT + 4)
      parts.push(header, bytes)
      packets++
    }
  }
  writeFileSync(file, Buffer.concat(parts))
  return packets
}

/** Handshakes of a stranger with an Application Server of the bench. */
function connections(probes: number): readonly Uint8Array[] {
  const net = scenario({ start: '2026-03-02T10:15:00Z' })
  const stranger = net.host('stranger', { ip: '203.0.113.66' })
  const server = net.host('app-1', { ip: '10.10.20.11', mac: '02:00:00:00:00:00' })
  for (let probe = 0; probe < probes; probe++)
    net.at(probe).tcpOpen(stranger, server, FIRST_PORT + probe, { talk: [] })
  return net.packets().map(({ bytes }) => bytes)
}
