// Independent readers of what the scenario language writes: pcap-parser, and tshark where it is there.

import { execFileSync, type StdioOptions, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'

interface ParsedPacket {
  readonly header: {
    readonly timestampSeconds: number
    readonly timestampMicroseconds: number
    readonly capturedLength: number
    readonly originalLength: number
  }
  readonly data: Buffer
}

interface PcapParser {
  parse(stream: Readable): {
    on(event: 'packet', listener: (packet: ParsedPacket) => void): void
    on(event: 'end', listener: () => void): void
    on(event: 'error', listener: (error: Error) => void): void
  }
}

const { parse } = createRequire(import.meta.url)('pcap-parser') as PcapParser

/** Every packet of a capture with microseconds, as pcap-parser reads it. */
export function parsed(pcap: Uint8Array): Promise<readonly ParsedPacket[]> {
  const packets: ParsedPacket[] = []
  return new Promise((resolve, reject) => {
    const parser = parse(Readable.from([Buffer.from(pcap)]))
    parser.on('packet', packet => packets.push(packet))
    parser.on('end', () => resolve(packets))
    parser.on('error', reject)
  })
}

export const hasTshark = spawnSync('tshark', ['--version']).status === 0

const OUT_ONLY: StdioOptions = ['ignore', 'pipe', 'ignore']
const CHECKED = ['ip.check_checksum', 'tcp.check_checksum', 'udp.check_checksum']

/** One line per packet that the display filter lets through: the fields, with a space between. */
export function tshark(
  pcap: Uint8Array,
  { filter = 'frame', fields }: { filter?: string; fields: readonly string[] },
): readonly string[] {
  const checks = CHECKED.flatMap(option => ['-o', `${option}:TRUE`])
  const columns = fields.flatMap(field => ['-e', field])
  const options = [...checks, '-Y', filter, '-T', 'fields', '-E', 'separator=/s', ...columns]
  return withFile(pcap, path =>
    execFileSync('tshark', ['-n', '-r', path, ...options], { encoding: 'utf8', stdio: OUT_ONLY })
      .split('\n')
      .slice(0, -1),
  )
}

/** The frames that a dissector would complain about: malformed, or with a wrong checksum. */
export const faulty = (pcap: Uint8Array): readonly string[] =>
  tshark(pcap, {
    filter: [
      '_ws.malformed',
      'ip.checksum.status == 0',
      'tcp.checksum.status == 0',
      'udp.checksum.status == 0',
      'icmp.checksum.status == 0',
      'icmpv6.checksum.status == 0',
    ].join(' || '),
    fields: ['frame.number', '_ws.col.Protocol', '_ws.col.Info'],
  })

/** Tshark reads no socket, and that is what a child's standard input is. */
function withFile<Answer>(bytes: Uint8Array, use: (path: string) => Answer): Answer {
  const folder = mkdtempSync(join(tmpdir(), 'scenario-'))
  try {
    const path = join(folder, 'story.pcap')
    writeFileSync(path, bytes)
    return use(path)
  } finally {
    rmSync(folder, { recursive: true })
  }
}
