// The plain twin of the flow table: the same rules with a Map, strings and no bounds. What it knows of a
// packet is told to it, so that it shares nothing with the kernel but the rules.

export interface PlainPacket {
  readonly timeNs: number
  readonly protocol: 'tcp' | 'udp' | 'icmp'
  /** `address:port` of either end. */
  readonly source: string
  readonly target: string
  /** Frame bytes. */
  readonly bytes: number
  readonly flags: '' | 'SYN' | 'SYN+ACK' | 'ACK' | 'FIN+ACK' | 'RST'
  /** The number that a SYN starts with, or that a SYN-ACK or any later packet of the server confirms. */
  readonly start: number
}

interface PlainFlow {
  /** By end: packets, bytes, time of the last. */
  ends: Map<string, { packets: number; bytes: number; lastNs: number }>
  firstNs: number
  isResumed: boolean
  isDormant: boolean
  isHalfOpen: boolean
  start: number | null
  /** Who sent the first SYN. */
  opener: string | null
  confirmed: number | null
  readonly protocol: string
  readonly finished: Set<string>
  isReset: boolean
}

const SECOND = 1e9
const ACTIVE = 1800 * SECOND
const FORGOTTEN = 24 * 3600 * SECOND

export class PlainTable {
  /** `protocol end packets/bytes end packets/bytes first last why`, in the order of closing. */
  readonly records: string[] = []
  private readonly flows = new Map<string, PlainFlow>()
  private clock = Number.NEGATIVE_INFINITY

  take(packet: PlainPacket): void {
    const second = Math.floor(packet.timeNs / SECOND)
    if (second > Math.floor(this.clock / SECOND)) this.sweep(second * SECOND)
    this.clock = Math.max(this.clock, packet.timeNs)
    const key = [packet.protocol, ...[packet.source, packet.target].sort()].join(' ')
    this.closeBefore(key, packet)
    const flow = this.flows.get(key) ?? newFlow(packet)
    this.flows.set(key, flow)
    if (flow.isDormant) resume(flow, packet.timeNs)
    count(flow, packet)
  }

  /** The capture is over. */
  end(): void {
    for (const [key, flow] of this.flows) if (!flow.isDormant) this.close(key, flow, 'capture_end')
  }

  private closeBefore(key: string, packet: PlainPacket): void {
    const flow = this.flows.get(key)
    if (flow === undefined) return
    const isReused = isAnew(flow, packet)
    if (isReused && !flow.isDormant) this.close(key, flow, 'reused')
    if (isReused) this.flows.delete(key)
    else if (packet.timeNs - lastOf(flow) > idleOf(flow) && !flow.isDormant)
      this.close(key, flow, isClosed(flow) ? 'closed' : 'idle')
  }

  private sweep(now: number): void {
    for (const [key, flow] of this.flows) {
      const silence = now - lastOf(flow)
      if (flow.isDormant) {
        if (silence > FORGOTTEN) this.flows.delete(key)
      } else if (silence > idleOf(flow)) this.close(key, flow, isClosed(flow) ? 'closed' : 'idle')
      else if (now - flow.firstNs > ACTIVE) this.close(key, flow, 'active')
    }
  }

  private close(key: string, flow: PlainFlow, why: string): void {
    this.records.push(textOf(flow, why))
    const mayGoOn = flow.protocol === 'tcp' && !isClosed(flow) && !flow.isHalfOpen
    const isKept = why === 'active' ? !flow.isHalfOpen : why === 'idle' && mayGoOn
    if (isKept) flow.isDormant = true
    else this.flows.delete(key)
  }
}

const newFlow = ({ protocol, timeNs }: PlainPacket): PlainFlow => ({
  ...{ ends: new Map(), firstNs: timeNs, isResumed: false, isDormant: false, isHalfOpen: true },
  ...{ start: null, opener: null, confirmed: null, protocol, finished: new Set(), isReset: false },
})

function resume(flow: PlainFlow, timeNs: number): void {
  Object.assign(flow, { ends: new Map(), firstNs: timeNs, isResumed: true, isDormant: false })
}

function count(flow: PlainFlow, { source, timeNs, bytes, flags, start }: PlainPacket): void {
  if (flow.ends.size > 0 && isProof(flow, source, flags)) flow.isHalfOpen = false
  const side = flow.ends.get(source) ?? { packets: 0, bytes: 0, lastNs: Number.NEGATIVE_INFINITY }
  const lastNs = Math.max(side.lastNs, timeNs)
  flow.ends.set(source, { packets: side.packets + 1, bytes: side.bytes + bytes, lastNs })
  flow.firstNs = Math.min(flow.firstNs, timeNs)
  if (flags === 'SYN') {
    flow.start ??= start
    flow.opener ??= source
  }
  if (flags === 'SYN+ACK' && flow.start === null) flow.confirmed = start
  if (flags === 'FIN+ACK') flow.finished.add(source)
  if (flags === 'RST') flow.isReset = true
}

/** Only an established connection goes on after its handshake; of other protocols, any second packet will do. */
function isProof(flow: PlainFlow, source: string, flags: PlainPacket['flags']): boolean {
  if (flow.protocol !== 'tcp') return true
  const isPlain = flags !== 'SYN' && flags !== 'SYN+ACK' && flags !== 'RST'
  return isPlain && (flow.opener === null || flow.opener === source)
}

/** A SYN with another number than the one the flow began with opens another flow. */
const isAnew = (flow: PlainFlow, { flags, start }: PlainPacket): boolean =>
  flags === 'SYN' && (flow.start ?? flow.confirmed) !== start

const isClosed = (flow: PlainFlow): boolean => flow.isReset || flow.finished.size === 2

function idleOf(flow: PlainFlow): number {
  if (flow.protocol !== 'tcp') return 60 * SECOND
  if (flow.isHalfOpen) return 30 * SECOND
  return (isClosed(flow) ? 10 : 600) * SECOND
}

const lastOf = (flow: PlainFlow): number =>
  Math.max(...[...flow.ends.values()].map(({ lastNs }) => lastNs))

function textOf(flow: PlainFlow, why: string): string {
  const ends = [...flow.ends].map(([end, { packets, bytes }]) => `${end} ${packets}/${bytes}`)
  const times = `${flow.firstNs} ${lastOf(flow)}`
  return [flow.protocol, ...ends.sort(), times, why, ...(flow.isResumed ? ['resumed'] : [])].join(
    ' ',
  )
}
