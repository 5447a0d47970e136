// ICMP and ICMPv6 error messages: what they say, and which packet they quote (RFC 792, RFC 4443, RFC 4884).

const ICMP_HEADER_BYTES = 8
const IPV4_BYTES_MIN = 20
const IPV6_BYTES = 40
const PORTS_BYTES = 4
const TCP = 6
const UDP = 17
const ICMP = 1
const ICMP6 = 58

/** The headers that an error message quotes, as far as they name a flow. */
export interface Quote {
  readonly version: 4 | 6
  readonly protocol: number
  /** Offsets in the view of the quoted source and target address, 4 or 16 bytes each. */
  readonly sourceAt: number
  readonly targetAt: number
  /** Zero where the protocol has none. */
  readonly sourcePort: number
  readonly targetPort: number
}

export interface ErrorMessage {
  readonly type: number
  readonly code: number
  readonly quote: Quote
}

/**
 * The error message in [at, end) of the view, which is of IP version `version`; undefined when it quotes
 * too little to tell a flow.
 */
export function errorMessage(
  view: DataView,
  at: number,
  end: number,
  version: 4 | 6,
): ErrorMessage | undefined {
  if (at + ICMP_HEADER_BYTES > end) return undefined
  const quoted = at + ICMP_HEADER_BYTES
  const quote = version === 4 ? quoteIpv4(view, quoted, end) : quoteIpv6(view, quoted, end)
  if (quote === undefined) return undefined
  return { type: view.getUint8(at), code: view.getUint8(at + 1), quote }
}

function quoteIpv4(view: DataView, at: number, end: number): Quote | undefined {
  if (at + IPV4_BYTES_MIN > end) return undefined
  const first = view.getUint8(at)
  const header = (first & 0xf) << 2
  const isFirstFragment = (view.getUint16(at + 6) & 0x1fff) === 0
  if (first >> 4 !== 4 || header < IPV4_BYTES_MIN || !isFirstFragment) return undefined
  const protocol = view.getUint8(at + 9)
  const ports = quotedPorts(view, protocol, at + header, end)
  if (ports === undefined) return undefined
  return { version: 4, protocol, sourceAt: at + 12, targetAt: at + 16, ...ports }
}

function quoteIpv6(view: DataView, at: number, end: number): Quote | undefined {
  if (at + IPV6_BYTES > end || view.getUint8(at) >> 4 !== 6) return undefined
  const protocol = view.getUint8(at + 6)
  const ports = quotedPorts(view, protocol, at + IPV6_BYTES, end)
  if (ports === undefined) return undefined
  return { version: 6, protocol, sourceAt: at + 8, targetAt: at + 24, ...ports }
}

/** A ping stands by the types of request and reply, as its flow does; of other messages nothing is known. */
function echoPorts(type: number): { sourcePort: number; targetPort: number } | undefined {
  const reply = ECHO_REPLIES.get(type)
  return reply === undefined ? undefined : { sourcePort: type, targetPort: reply }
}

const ECHO_REPLIES: ReadonlyMap<number, number> = new Map([
  [8, 0],
  [128, 129],
])

function quotedPorts(
  view: DataView,
  protocol: number,
  at: number,
  end: number,
): { sourcePort: number; targetPort: number } | undefined {
  const isEcho = protocol === ICMP || protocol === ICMP6
  if (protocol !== TCP && protocol !== UDP && !isEcho) return { sourcePort: 0, targetPort: 0 }
  if (at + PORTS_BYTES > end) return undefined
  if (isEcho) return echoPorts(view.getUint8(at))
  return { sourcePort: view.getUint16(at), targetPort: view.getUint16(at + 2) }
}
