// Compares what mpwatch measured in a capture with the truth. Pure.

import type { Counts } from '../../src/model/flow.ts'
import { isSameTraffic, packetsOf, type Traffic, trafficText } from './conversations.ts'
import type { Measured, Total } from './measure.ts'
import type { CaptureTruth } from './truth.ts'

/** What a disagreement is about: a conversation by its name, or the capture as a whole. */
export const WHOLE_CAPTURE = 'capture'

export interface Disagreement {
  readonly file: string
  readonly subject: string
  /** Both numbers, in words. */
  readonly says: string
}

export interface Comparison {
  readonly file: string
  /** Conversations of the truth, and those that only mpwatch reports. */
  readonly conversations: number
  readonly agreed: number
  /** Conversations that the truth counts on the outside of a tunnel and mpwatch on the inside. */
  readonly outerLayers: readonly string[]
  readonly disagreements: readonly Disagreement[]
}

// UDP ports whose payload is another packet: L2TP, GTP-U, Teredo, GRE, VXLAN (4789, before that 8472),
// Geneve, MPLS. IANA service names and port numbers.
const TUNNEL_PORTS = [1701, 2152, 3544, 4754, 4789, 6081, 6635, 8472]

/** Every number of one capture that differs, or the sentence that says why there are no numbers. */
export function compare(
  file: string,
  truth: CaptureTruth,
  measured: Measured | string,
): Comparison {
  if (typeof measured === 'string') {
    const failure = { file, subject: WHOLE_CAPTURE, says: measured }
    const conversations = truth.conversations.size
    return { file, conversations, agreed: 0, outerLayers: [], disagreements: [failure] }
  }
  const names = [...new Set([...truth.conversations.keys(), ...measured.conversations.keys()])]
  const differing = names.filter(name => !isAgreed(truth, measured, name))
  const outerLayers = differing.filter(name => isOuterLayer(truth, measured, name))
  return {
    file,
    conversations: names.length,
    agreed: names.length - differing.length,
    outerLayers,
    disagreements: [
      ...compareTotals(file, truth.total, measured.total),
      ...differing
        .filter(name => !outerLayers.includes(name))
        .map(name => ({ file, subject: name, says: conversationSays(truth, measured, name) })),
    ],
  }
}

function isAgreed(truth: CaptureTruth, measured: Measured, name: string): boolean {
  const expected = truth.conversations.get(name)
  const found = measured.conversations.get(name)
  return expected !== undefined && found !== undefined && isSameTraffic(expected, found)
}

/**
 * The truth counts a tunnelled packet at every layer, mpwatch at the innermost. What is left over must
 * be, to the packet, what the truth's own count of innermost layers has: a loss is not excused.
 */
function isOuterLayer(truth: CaptureTruth, measured: Measured, name: string): boolean {
  const ports = [...name.matchAll(/:(\d+)(?= |$)/g)].map(([, port]) => Number(port))
  if (!name.startsWith('udp ') || !ports.some(port => TUNNEL_PORTS.includes(port))) return false
  const found = packetsIn(measured.conversations.get(name))
  const innermost = truth.innermostPackets.get(name) ?? 0
  return found === innermost && innermost < packetsIn(truth.conversations.get(name))
}

const packetsIn = (traffic: Traffic | undefined): number =>
  traffic === undefined ? 0 : packetsOf(traffic)

function compareTotals(file: string, truth: Counts, found: Total): readonly Disagreement[] {
  // Where mpwatch does not know the bytes, only packets are compared.
  const expected = { ...truth, bytes: found.bytes === null ? null : truth.bytes }
  if (expected.packets === found.packets && expected.bytes === found.bytes) return []
  return [{ file, subject: WHOLE_CAPTURE, says: versus(totalText(expected), totalText(found)) }]
}

const totalText = ({ packets, bytes }: Total): string =>
  bytes === null ? `${packets} packets` : `${packets} packets ${bytes} bytes`

function conversationSays(truth: CaptureTruth, measured: Measured, name: string): string {
  const text = (traffic: Traffic | undefined) =>
    traffic === undefined ? 'none' : trafficText(traffic)
  return versus(text(truth.conversations.get(name)), text(measured.conversations.get(name)))
}

const versus = (truth: string, mpwatch: string): string => `truth ${truth}, mpwatch ${mpwatch}`
