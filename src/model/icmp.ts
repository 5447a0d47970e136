// Which ICMP messages come in pairs of request and reply (RFC 792, 950, 1256, 4443, 4861 and others).
// A message of any other type stands alone: its type and code are not the two ends of an exchange.

const ICMP = 1
const ICMP6 = 58

const REPLIES: ReadonlyMap<number, number> = new Map([
  [8, 0],
  [10, 9],
  [13, 14],
  [15, 16],
  [17, 18],
])
const REPLIES_6: ReadonlyMap<number, number> = new Map([
  [128, 129],
  [130, 131],
  [133, 134],
  [135, 136],
  [139, 140],
  [144, 145],
])

/**
 * Whether an ICMP or ICMPv6 flow is a lone message, whose direction is part of what it is and whose ports
 * are type and code. False for exchanges, whose ports are the types of request and reply, and for all
 * other protocols.
 */
export function isLoneIcmp(protocol: number, clientPort: number, serverPort: number): boolean {
  if (protocol !== ICMP && protocol !== ICMP6) return false
  const replies = protocol === ICMP ? REPLIES : REPLIES_6
  return replies.get(clientPort) !== serverPort && replies.get(serverPort) !== clientPort
}
