// Media of MeetingPlace as it goes on: who sends to whom, whether anything comes back, and how it fares.

import type { Placement } from '../../model/inventory.ts'
import type { MediaStream, QualityRecord } from '../../model/quality.ts'
import type { MediaSighting } from '../../model/sighting.ts'
import type { JudgedFlow } from '../../model/verdict.ts'
import type { Watch, Watcher } from '../watcher.ts'
import { Controls } from './controls.ts'
import { Lanes } from './lanes.ts'
import { MediaRows } from './media-rows.ts'
import { OneWay } from './one-way.ts'

const STATEMENT = 'I-25'

export class Media implements Watcher {
  readonly #watch: Watch
  readonly #lanes = new Lanes()
  readonly #controls = new Controls()
  readonly #oneWay: OneWay
  readonly #rows: MediaRows

  constructor(watch: Watch) {
    this.#watch = watch
    this.#oneWay = new OneWay(watch, this.#lanes, this.#controls)
    this.#rows = new MediaRows(
      row => watch.measure(row),
      this.#lanes,
      ns => this.#oneWay.since(ns),
    )
  }

  streamed(stream: MediaStream, client: Placement, server: Placement): void {
    this.#lanes.streamed(stream, client, server)
  }

  directed(sighting: MediaSighting): void {
    this.#controls.directed(sighting)
  }

  measured(record: QualityRecord, client: Placement, server: Placement): void {
    if (record.kind === 'rtp') this.#lanes.ended(record)
    if (record.kind !== 'rtcp') return
    this.#controls.reported(record)
    const { flow, from } = record
    const ends = [
      { placement: client, endpoint: flow.client },
      { placement: server, endpoint: flow.server },
    ] as const
    const [reporting, sending] = from === 'client' ? ends : [ends[1], ends[0]]
    this.#rows.reported(record, reporting, sending)
  }

  recordEnded(judged: JudgedFlow): void {
    this.#rows.ended(judged)
  }

  tick(nowNs: number): void {
    this.#lanes.tick(nowNs)
    this.#oneWay.tick(nowNs)
    this.#rows.tick(nowNs)
  }

  finish(_firstNs: number, nowNs: number): void {
    this.#oneWay.finish()
    this.#rows.finish(nowNs)
    const { missed } = this.#lanes
    if (missed > 0)
      this.#watch.blind(STATEMENT, `There was more media at once than is followed: ${missed} more.`)
  }
}
