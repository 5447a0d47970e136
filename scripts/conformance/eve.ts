// Events about something measured, as EVE lines tell of them.

import type { End } from './conversations.ts'

/** Who sent what was measured to whom, when it was known, and the members that are compared. */
export interface QualityEvent<Quality> {
  readonly timestamp: string
  readonly from: End
  readonly to: End
  readonly quality: Quality
}

interface EveLine<Quality> {
  readonly timestamp: string
  readonly src_ip: string
  readonly src_port: number
  readonly dest_ip: string
  readonly dest_port: number
  readonly quality?: Quality & { readonly kind: string }
}

/** Those of one kind, in the order of the lines. */
export function qualityEvents<Quality>(eve: string, kind: string): QualityEvent<Quality>[] {
  const lines = eve.split('\n').filter(line => line.includes(`"kind":"${kind}"`))
  return lines.flatMap(text => {
    const line: EveLine<Quality> = JSON.parse(text)
    if (line.quality?.kind !== kind) return []
    const from = { address: line.src_ip, port: line.src_port }
    const to = { address: line.dest_ip, port: line.dest_port }
    return [{ timestamp: line.timestamp, from, to, quality: line.quality }]
  })
}
