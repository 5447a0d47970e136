// What a mirror port that loses one of two directions still delivers.

import { START } from '../../fixtures/day/words.ts'
import type { Packet } from '../../fixtures/scenario/pcap.ts'
import { scenario } from '../../fixtures/scenario/scenario.ts'
import { Line } from '../watchers/line.ts'

/** In the middle of the office day, in seconds. */
export const HALF_WAY = 5 * 3600

/** The day by itself has a connection or two a minute. */
export function busy(): readonly Packet[] {
  const story = scenario({ start: START })
  const pairs = [1, 2].map(number => [
    story.host(`client ${number}`, { ip: `10.99.0.${number}` }),
    story.host(`server ${number}`, { ip: `10.99.1.${number}` }),
  ])
  for (const [index, [client, server]] of [...pairs, ...pairs].entries()) {
    if (client === undefined || server === undefined) continue
    const line = new Line(story, [client, server], 8000, { clientPort: 50_000 + index })
    line.open(HALF_WAY - 600)
    for (let at = HALF_WAY - 590; at < HALF_WAY + 1200; at += 4) line.exchange(at + index / 10)
  }
  return story.packets()
}

const VLAN_TAG = 0x8100
const IPV4 = 0x0800

/** Whether the packet goes from the higher of two IPv4 addresses to the lower one: one direction of each pair. */
export function isDownwards({ bytes }: Packet): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const at = view.getUint16(12) === VLAN_TAG ? 18 : 14
  if (view.getUint16(at - 2) !== IPV4) return false
  return view.getUint32(at + 12) > view.getUint32(at + 16)
}
