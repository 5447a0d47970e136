// A TCP connection that begins to be recognised, with what the kernel knows of its beginning.

import { flowAt, tcpAt } from './kernel/flows.ts'
import { FLOW_FLAGS, Flag, TCP_ACK_HIGH, TCP_ACK_LOW, TCP_ISN } from './kernel/layout.ts'
import { getI32 } from './kernel/memory.ts'
import { Conversation } from './protocols/conversation.ts'

/** With what the handshake told: who the client is, and where the bytes of both sides begin. */
export function newConversation(flow: number, isWanted: boolean): Conversation {
  const flags = getI32(flowAt(flow) + FLOW_FLAGS)
  if ((flags & (Flag.BySyn | Flag.BySynAck)) === 0)
    return new Conversation(null, null, null, isWanted)
  const tcp = tcpAt(flow)
  const clientHigh = (flags & Flag.ClientHigh) !== 0
  const client = (flags & Flag.BySyn) === 0 ? null : (getI32(tcp + TCP_ISN) + 1) | 0
  // Before anybody has said anything, the client has acknowledged the handshake alone.
  const isAcknowledged = (flags & (clientHigh ? Flag.AckHigh : Flag.AckLow)) !== 0
  const server = isAcknowledged ? getI32(tcp + (clientHigh ? TCP_ACK_HIGH : TCP_ACK_LOW)) : null
  return new Conversation(clientHigh, client, server, isWanted)
}
