// What independent tools say of each capture: the tables of the `truth` folder beside the captures.

import { join } from 'node:path'
import type { Counts } from '../../src/model/flow.ts'
import { addTraffic, type Conversations, nameOf, packetsOf } from './conversations.ts'
import { type NamesByConversation, truthNames } from './protocols.ts'
import { type MediaStream, truthStreams } from './streams.ts'
import { type Row, readTable } from './tables.ts'

export interface CaptureTruth {
  /** The whole capture, whatever its packets carry. */
  readonly total: Counts
  /** Of every layer: the outside of a tunnel and its inside are conversations of their own. */
  readonly conversations: Conversations
  /** Packets by conversation, counted at the innermost layer only. */
  readonly innermostPackets: ReadonlyMap<string, number>
  /** The dissector's names by conversation, at the innermost layer. */
  readonly protocols: NamesByConversation
  /** Streams of media. */
  readonly media: readonly MediaStream[]
}

/** The truth by file name relative to the folder, e.g. `dns/queries.pcap`. */
export function readTruth(folder: string): ReadonlyMap<string, CaptureTruth> {
  const table = (name: string) => readTable(join(folder, 'truth', name))
  const conversations = groupByFile(table('conversations.tsv'))
  const streams = groupByFile(table('streams.tsv'))
  const media = groupByFile(table('rtp.tsv'))
  return new Map(
    table('files.tsv').map(row => [
      row('file'),
      {
        total: totalOf(row),
        conversations: conversationsOf(conversations.get(row('file')) ?? []),
        innermostPackets: innermostOf(streams.get(row('file')) ?? []),
        protocols: truthNames(
          (streams.get(row('file')) ?? []).map(stream => ({
            name: nameOf(endsOf(stream, 'client', 'server')),
            protocols: stream('protocols'),
          })),
        ),
        media: truthStreams(media.get(row('file')) ?? []),
      },
    ]),
  )
}

// Of a damaged capture only what a dissector read before the damage is known.
function totalOf(row: Row): Counts {
  const column = row('file').startsWith('broken/') ? 'packets_tshark' : 'packets_capinfos'
  // What capinfos sums; the dissector's sum, bytes_on_wire, also counts blocks that hold no packet.
  const bytes = Number.parseInt(row('data_size') || '0', 10)
  return { packets: Number(row(column)), bytes }
}

function conversationsOf(rows: readonly Row[]): Conversations {
  const conversations: Conversations = new Map()
  for (const row of rows) {
    const count = (way: string) => ({
      packets: Number(row(`${way}_packets`)),
      bytes: Number(row(`${way}_bytes`)),
    })
    addTraffic(conversations, endsOf(row, 'a', 'b'), { forth: count('a2b'), back: count('b2a') })
  }
  return conversations
}

/** Streams list their packets by protocol, `dns=4 -=2`, without the direction. */
function innermostOf(rows: readonly Row[]): ReadonlyMap<string, number> {
  const conversations: Conversations = new Map()
  for (const row of rows) {
    const packets = row('protocols')
      .split(' ')
      .reduce((sum, part) => sum + Number(part.slice(part.lastIndexOf('=') + 1)), 0)
    const traffic = { forth: { packets, bytes: 0 }, back: { packets: 0, bytes: 0 } }
    addTraffic(conversations, endsOf(row, 'client', 'server'), traffic)
  }
  return new Map([...conversations].map(([name, traffic]) => [name, packetsOf(traffic)]))
}

function endsOf(row: Row, from: string, to: string) {
  // The two tables name the address columns `a_addr` and `client`.
  const end = (name: string) => ({
    address: row(`${name}_addr`) || row(name),
    port: Number(row(`${name}_port`)),
  })
  return { transport: row('proto'), from: end(from), to: end(to) }
}

function groupByFile(rows: readonly Row[]): ReadonlyMap<string, Row[]> {
  const groups = new Map<string, Row[]>()
  for (const row of rows) {
    const group = groups.get(row('file'))
    if (group === undefined) groups.set(row('file'), [row])
    else group.push(row)
  }
  return groups
}
