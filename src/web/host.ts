// Whether a request came to the name by which a server may be asked. A page of somebody else can let its own name
// point at our address (DNS rebinding), but it cannot leave that name out of the Host header.

const LOOPBACK_NAMES: readonly string[] = ['localhost', '127.0.0.1', '[::1]']
const MAPPED = /^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/

/** @param localAddress The address of ours that the connection came to. */
export function isOurHost(host: string | undefined, localAddress: string | undefined): boolean {
  const name = /^(\[[0-9a-f:.]{2,45}\]|[^:[\]]{1,253})(?::\d{1,5})?$/i.exec(host ?? '')?.[1]
  if (name === undefined) return false
  const lower = name.toLowerCase()
  if (LOOPBACK_NAMES.includes(lower)) return true
  if (localAddress === undefined) return false
  const address = localAddress.replace(MAPPED, '')
  return lower === (address.includes(':') ? `[${address}]` : address)
}
