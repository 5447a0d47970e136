// What a case of the Bounds table gets and gives, and a monitor that judges nothing to try it on.

import type { Batch } from '../../src/model/batch.ts'
import type { FlowRecord } from '../../src/model/flow.ts'
import type { Ledger } from '../../src/model/ledger.ts'
import { Monitor } from '../../src/monitor.ts'
import type { Frame } from '../support/frames.ts'
import { chunksOf, NO_PORTS } from '../support/kernel.ts'

/** Exceeds a bound and expects what the table says; `limits` are the numbers of its second column. */
export type BoundCase = (...limits: readonly number[]) => void | Promise<void>

export interface Monitored {
  /** When all packets are in, and what is open is not yet closed. */
  readonly ledger: Ledger
  /** Records of each batch. */
  readonly batches: readonly number[]
  readonly flows: readonly FlowRecord[]
}

/** The whole life of a monitor without site and policy. */
export function monitored(frames: readonly Frame[]): Monitored {
  const range = { fromSeconds: Number.NEGATIVE_INFINITY, toSeconds: Number.POSITIVE_INFINITY }
  const monitor = new Monitor({ seed: 1, ports: NO_PORTS, compliance: null, ...range })
  const batches: number[] = []
  const all: FlowRecord[] = []
  const keep = ({ flows }: Batch): void => {
    batches.push(flows.length)
    all.push(...flows.map(({ flow }) => flow))
  }
  for (const chunk of chunksOf(frames)) for (const batch of monitor.read(chunk)) keep(batch)
  const ledger = monitor.ledger()
  for (const batch of monitor.finish()) keep(batch)
  return { ledger, batches, flows: all }
}

export const numbersTo = (count: number): readonly number[] =>
  Array.from({ length: count }, (_, number) => number)
