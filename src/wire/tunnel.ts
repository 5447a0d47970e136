// Tunnels, one header deep: where the wrapped packet begins and what it is. IP in IP (RFC 2003, RFC 2473,
// RFC 4213), GRE (RFC 2784, RFC 2890, RFC 2637), ERSPAN I to III (draft-foschiano-erspan), VXLAN
// (RFC 7348), GENEVE (RFC 8926). What does not fit its format to the bit is no tunnel.

export interface Inner {
  /** Ethertype of the wrapped packet; 0x6558 for a whole Ethernet frame. */
  readonly type: number
  readonly at: number
}

const IPV4 = 0x0800
const IPV6 = 0x86dd
const BRIDGED = 0x6558
const PPP = 0x880b
const ERSPAN_2 = 0x88be
const ERSPAN_3 = 0x22eb

const UDP_BYTES = 8
const GENEVE_PORT = 6081

/** What the header of IP protocol `protocol` in [at, end) of the view wraps; undefined for nothing known. */
export function innerOf(
  view: DataView,
  protocol: number,
  at: number,
  end: number,
): Inner | undefined {
  if (protocol === 4) return found(IPV4, at, end)
  if (protocol === 41) return found(IPV6, at, end)
  if (protocol === 47) return gre(view, at, end)
  if (protocol !== 17 || at + 2 * UDP_BYTES > end) return undefined
  const payload = at + UDP_BYTES
  return view.getUint16(at + 2) === GENEVE_PORT
    ? geneve(view, payload, end)
    : vxlan(view, payload, end)
}

function gre(view: DataView, at: number, end: number): Inner | undefined {
  if (at + 4 > end) return undefined
  const flags = view.getUint16(at)
  const type = view.getUint16(at + 2)
  const version = flags & 0x7
  // Source routes (R) are gone from the standard; version 1 is PPTP's and carries PPP only.
  if (version > 1 || (flags & 0x4000) !== 0 || (version === 1) !== (type === PPP)) return undefined
  const hasSequence = (flags & 0x1000) !== 0
  const hasAcknowledgement = version === 1 && (flags & 0x0080) !== 0
  const fields =
    Number((flags & 0x8000) !== 0) +
    Number((flags & 0x2000) !== 0) +
    Number(hasSequence) +
    Number(hasAcknowledgement)
  const payload = at + 4 + 4 * fields
  if (type === ERSPAN_2) return found(BRIDGED, payload + (hasSequence ? 8 : 0), end)
  if (type === ERSPAN_3) return erspan3(view, payload, end)
  if (type === PPP) return ppp(view, payload, end)
  return type === IPV4 || type === IPV6 || type === BRIDGED ? found(type, payload, end) : undefined
}

/** The lowest bit of the header says whether a platform's own eight bytes follow. */
function erspan3(view: DataView, at: number, end: number): Inner | undefined {
  if (at + 12 > end) return undefined
  return found(BRIDGED, at + 12 + ((view.getUint8(at + 11) & 1) !== 0 ? 8 : 0), end)
}

function ppp(view: DataView, at: number, end: number): Inner | undefined {
  if (at + 4 > end) return undefined
  const start = view.getUint16(at) === 0xff03 ? at + 2 : at
  const isShort = (view.getUint8(start) & 1) !== 0
  const protocol = isShort ? view.getUint8(start) : view.getUint16(start)
  const payload = start + (isShort ? 1 : 2)
  if (protocol === 0x21) return found(IPV4, payload, end)
  return protocol === 0x57 ? found(IPV6, payload, end) : undefined
}

/** The flag I must be set and the other bits are reserved. */
function vxlan(view: DataView, at: number, end: number): Inner | undefined {
  const isVxlan = (view.getUint8(at) & 0x08) !== 0 && view.getUint8(at + 7) === 0
  return isVxlan ? found(BRIDGED, at + 8, end) : undefined
}

function geneve(view: DataView, at: number, end: number): Inner | undefined {
  const first = view.getUint8(at)
  const type = view.getUint16(at + 2)
  if (first >> 6 !== 0 || ![IPV4, IPV6, BRIDGED].includes(type)) return undefined
  return found(type, at + 8 + ((first & 0x3f) << 2), end)
}

/** The wrapped packet must at least begin inside the captured bytes. */
const found = (type: number, at: number, end: number): Inner | undefined =>
  at < end ? { type, at } : undefined
