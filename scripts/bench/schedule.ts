// Many conversations, each in time order, merged into one capture in time order. A binary heap
// holds the next step of each live conversation, so memory follows the number alive, not the length
// of the capture.

import type { Packet } from './packet.ts'

/** A conversation that begins. */
export interface Opening {
  readonly at: number
  readonly opens: Iterator<Step>
}

export type Step = Packet | Opening

/**
 * The packets of all sources, and of what they open, by time; an opening must not lie after its
 * first packet.
 */
export function* merged(sources: readonly Iterator<Step>[]): Generator<Packet> {
  const heap = new StrandHeap()
  for (const source of sources) heap.add(source)
  for (let step = heap.take(); step !== undefined; step = heap.take()) {
    if ('opens' in step) heap.add(step.opens)
    else yield step
  }
}

interface Strand {
  step: Step
  readonly rest: Iterator<Step>
}

class StrandHeap {
  private readonly strands: Strand[] = []

  add(rest: Iterator<Step>): void {
    const first = rest.next()
    if (first.done === true) return
    this.rise({ step: first.value, rest })
  }

  /** The earliest step; its strand moves on to the next one. */
  take(): Step | undefined {
    const top = this.strands[0]
    if (top === undefined) return undefined
    const { step } = top
    const next = top.rest.next()
    if (next.done !== true) {
      top.step = next.value
      this.sink(top)
    } else {
      const last = this.strands.pop()
      if (last !== undefined && last !== top) this.sink(last)
    }
    return step
  }

  private rise(strand: Strand): void {
    const { strands } = this
    let at = strands.length
    while (at > 0) {
      const parentAt = (at - 1) >> 1
      const parent = strands[parentAt]
      if (parent === undefined || parent.step.at <= strand.step.at) break
      strands[at] = parent
      at = parentAt
    }
    strands[at] = strand
  }

  /** Puts the strand in at the top and lets it sink to its place. */
  private sink(strand: Strand): void {
    const { strands } = this
    const time = strand.step.at
    let at = 0
    for (let childAt = 1; childAt < strands.length; childAt = 2 * at + 1) {
      let child = strands[childAt]
      const sibling = strands[childAt + 1]
      if (child !== undefined && sibling !== undefined && sibling.step.at < child.step.at) {
        child = sibling
        childAt++
      }
      if (child === undefined || child.step.at >= time) break
      strands[at] = child
      at = childAt
    }
    strands[at] = strand
  }
}
