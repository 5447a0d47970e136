// What every output must know of the run besides the facts themselves. The pipeline fills it in; so
// outputs need nothing from the stages before them.

import type { FlowRecord } from './flow.ts'

/** What a flow is named by, whoever is its client. */
export type FlowTuple = Pick<FlowRecord, 'protocol' | 'client' | 'server'>

export interface RunContext {
  /** Unix time in whole seconds from which the run's times count, see `Chunk.epochSeconds`. */
  readonly epochSeconds: () => number
  /** Name of a capture by its index in the run. */
  readonly captureName: (file: number) => string
  /** Names of the sensors that saw the flow, in the order of the site file; none where nothing names them. */
  readonly sensorsOf: (flow: FlowRecord) => readonly string[]
  /** Community ID v1 of the flow. */
  readonly communityId: (flow: FlowTuple) => string
  /** A number that all records of one flow share, at most 53 bits long. */
  readonly flowId: (flow: FlowTuple) => number
}
