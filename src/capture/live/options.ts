// What a live capture is told, and what it is to those who read it.

import type { Source } from '../../model/chunk.ts'
import type { BlindInterval, InterfaceState } from '../../model/live.ts'
import type { CaptureConfig } from '../../model/watch-config.ts'

export interface LiveInterface {
  /** As the system calls it. */
  readonly name: string
  /** Index of the sensor among those of the run; several interfaces may share one. */
  readonly sensor: number
  readonly sensorName: string
}

/** Who hears what happens besides packets. */
export interface LiveListener {
  /** Told when an interval begins, and again, with the same id, when it ends. */
  readonly onBlind: (interval: BlindInterval) => void
  /** One sentence for the log; nothing in it comes from packets. */
  readonly onNote: (text: string) => void
}

export interface LiveOptions extends CaptureConfig, LiveListener {
  /** Ends the children, hands on what they had delivered, and then ends the chunks. */
  readonly signal: AbortSignal
}

/** A source that goes on until it is stopped, with the books of each interface. */
export interface LiveSource extends Source {
  /** In the order of the interfaces. L1 holds at every call; the counts are final when the chunks have ended. */
  states(): InterfaceState[]
}
