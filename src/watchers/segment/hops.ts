// How many routers a packet has passed, told from what is left of its TTL. Systems begin with one of four
// values (RFC 1700 asks for 64; Windows takes 128, routers 255, old systems 32).

const INITIAL = [64, 128, 255]
const OLD_INITIAL = 32
/** Paths are shorter than this; a value further below the next initial one was set on purpose. */
const HOPS_MAX = 30

/** Routers in between, 0 for a neighbour; null where the TTL was set for a purpose and tells nothing. */
export function hopsOf(ttl: number): number | null {
  // Below 32 stand traceroutes and packets that are meant for the link, and no host that begins with 32.
  if (ttl <= OLD_INITIAL) return ttl === OLD_INITIAL ? 0 : null
  const initial = INITIAL.find(value => value >= ttl)
  return initial === undefined || initial - ttl > HOPS_MAX ? null : initial - ttl
}
