// What mpwatch says of one capture: `flows` is run as a user would run it, and its output read.

import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { addTraffic, type Conversations, type Ends, nameOf } from './conversations.ts'
import type { NamesByConversation } from './protocols.ts'
import { type MediaStream, streamsOf } from './streams.ts'

export interface Measured {
  readonly total: Total
  readonly conversations: Conversations
  /** What each conversation was recognised as, `unknown` among them. */
  readonly protocols: NamesByConversation
  /** Streams of media. */
  readonly streams: readonly MediaStream[]
}

/** The whole capture. Bytes are those of flows, so unknown (null) where a packet is in no flow. */
export interface Total {
  readonly packets: number
  readonly bytes: number | null
}

/** The part of the result that is compared. */
interface ResultJson {
  readonly totals: { readonly bytes: number }
  readonly ledger: {
    readonly reader: { readonly seen: number }
    readonly flows: { readonly in_flow: number }
  }
}

/** The part of an EVE line that is compared; `src` is the client. */
interface EveLine {
  readonly event_type: string
  readonly src_ip: string
  readonly src_port: number
  readonly dest_ip: string
  readonly dest_port: number
  readonly proto: string
  readonly app_proto: string
  readonly flow: {
    readonly pkts_toserver: number
    readonly pkts_toclient: number
    readonly bytes_toserver: number
    readonly bytes_toclient: number
  }
}

const RUN_MS_MAX = 120_000
const OUTPUT_BYTES_MAX = 256 * 1024 * 1024
const INPUT_UNREADABLE = '3'
/** Fully read, unreadable or damaged, and incompletely observed: all three are answers. */
const ANSWERS = ['0', INPUT_UNREADABLE, '4']

/** The program's answer, or in a sentence why there is none. `command` is a program and its arguments. */
export async function measure(
  command: readonly string[],
  capture: string,
): Promise<Measured | string> {
  const folder = mkdtempSync(join(tmpdir(), 'mpwatch-conformance-'))
  const result = join(folder, 'result.json')
  const args = ['flows', capture, '--eve', '-', '--json', result, '--quiet', '--no-hash']
  try {
    const { code, stdout, stderr } = await run([...command, ...args])
    if (!ANSWERS.includes(code)) return `ended with ${code}: ${firstLine(stderr)}`
    if (existsSync(result))
      return {
        total: totalOf(readFileSync(result, 'utf8')),
        conversations: conversationsOf(stdout),
        protocols: protocolsOf(stdout),
        streams: streamsOf(stdout),
      }
    if (code === INPUT_UNREADABLE) return NOTHING_READ
    return 'wrote no result'
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** TCP and UDP flow records, summed by conversation. */
export function conversationsOf(eve: string): Conversations {
  const conversations: Conversations = new Map()
  for (const { flow, ...line } of flowLines(eve)) {
    addTraffic(conversations, endsOf(line), {
      forth: { packets: flow.pkts_toserver, bytes: flow.bytes_toserver },
      back: { packets: flow.pkts_toclient, bytes: flow.bytes_toclient },
    })
  }
  return conversations
}

/** What the flow records of each conversation were recognised as. */
function protocolsOf(eve: string): NamesByConversation {
  const names = new Map<string, Set<string>>()
  for (const line of flowLines(eve)) {
    const name = nameOf(endsOf(line))
    names.set(name, (names.get(name) ?? new Set()).add(line.app_proto))
  }
  return names
}

const flowLines = (eve: string): readonly EveLine[] =>
  eve
    .split('\n')
    .filter(line => line !== '')
    .map((line): EveLine => JSON.parse(line))
    .filter(
      ({ event_type, proto }) => event_type === 'flow' && (proto === 'TCP' || proto === 'UDP'),
    )

const endsOf = (line: Omit<EveLine, 'flow'>): Ends => ({
  transport: line.proto.toLowerCase(),
  from: { address: line.src_ip, port: line.src_port },
  to: { address: line.dest_ip, port: line.dest_port },
})

const NOTHING_READ: Measured = {
  ...{ total: { packets: 0, bytes: 0 }, conversations: new Map(), protocols: new Map() },
  streams: [],
}

/** Packets the reader delivered, and their bytes where flows hold them all. */
export function totalOf(json: string): Total {
  const { totals, ledger }: ResultJson = JSON.parse(json)
  const packets = ledger.reader.seen
  return { packets, bytes: ledger.flows.in_flow === packets ? totals.bytes : null }
}

interface Ended {
  /** Exit code, name of the signal, or the system's word for a program that did not start. */
  readonly code: string
  readonly stdout: string
  readonly stderr: string
}

function run([program = '', ...args]: readonly string[]): Promise<Ended> {
  const options = { timeout: RUN_MS_MAX, maxBuffer: OUTPUT_BYTES_MAX }
  return new Promise(resolve => {
    execFile(program, args, options, (error, stdout, stderr) => {
      const code = String(error === null ? 0 : (error.code ?? error.signal))
      resolve({ code, stdout, stderr })
    })
  })
}

const firstLine = (text: string): string => text.split('\n')[0] ?? ''
