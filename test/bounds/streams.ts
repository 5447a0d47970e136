// Bounds of what is kept of streams of media and of their clocks.

import { expect } from 'vitest'
import { seeded } from '../../fixtures/scenario/random.ts'
import { flowAt } from '../../src/kernel/flows.ts'
import { run } from '../../src/kernel/kernel.ts'
import {
  FLOW_FLAGS,
  Flag,
  STOP_FLOW,
  STREAMS_USED,
  Stop,
  UNMEASURED,
} from '../../src/kernel/layout.ts'
import { STREAMS_MAX } from '../../src/kernel/measured-layout.ts'
import { getI32, setI32 } from '../../src/kernel/memory.ts'
import { begin, load } from '../../src/kernel/session.ts'
import { ipv4 } from '../../src/model/address.ts'
import { announce } from '../../src/protocols/sdp.ts'
import { ClockRates } from '../../src/quality/clock-rates.ts'
import { nameClocks } from '../../src/quality/streams.ts'
import { within } from '../protocols/watched.ts'
import { cross, framesOf, talk } from '../quality/media-story.ts'
import type { Frame } from '../support/frames.ts'
import { chunksOf, replay } from '../support/kernel.ts'
import { type BoundCase, numbersTo } from './case.ts'

export const STREAM_BOUNDS: Readonly<Record<string, BoundCase>> = {
  'streams of media, those of one side of a flow': (streams = 0, ofSide = 0) => {
    expect(streams).toBe(STREAMS_MAX)
    begin({ seed: 1, measure: true })
    setI32(STREAMS_USED, STREAMS_MAX - 1)
    const ways = ['a:1 > b:1', 'a:2 > b:1', 'a:3 > b:1']
    kernelRun(byTime(ways.flatMap((way, index) => framesOf(VOICE, 1 + index, way))))
    expect([getI32(STREAMS_USED), getI32(UNMEASURED)]).toEqual([STREAMS_MAX, 2])

    const sources = (count: number) => numbersTo(count).flatMap(ssrc => framesOf(VOICE, 1 + ssrc))
    const found = (count: number) => {
      const { quality } = replay(byTime(sources(count)), { measure: true })
      return [quality.length, getI32(UNMEASURED)]
    }
    expect(found(ofSide)).toEqual([ofSide, 0])
    expect(found(ofSide + 3)).toEqual([ofSide, 1])
    // What is no stream gives way to what is one.
    const random = seeded(5)
    const strange = numbersTo(500).flatMap(() =>
      framesOf(cross(talk({ packets: 1, startNs: 5e8 })), 1000 + random()),
    )
    const { quality } = replay([...strange, ...sources(1)], { measure: true })
    expect(quality).toHaveLength(1)
    expect(getI32(STREAMS_USED)).toBe(ofSide)
  },

  'clocks that a stream asks for': (max = 0) => {
    begin({ seed: 1, measure: true })
    const changing = talk({ packets: 200 }).map(packet => ({
      ...packet,
      payloadType: packet.place < 10 ? 0 : 96 + (packet.place % 2),
    }))
    expect(kernelRun(framesOf(cross(changing)))).toBe(max)
  },

  'places of media, clocks of payload types there': (places = 0, clocks = 0) => {
    const rates = new ClockRates()
    const [one, port] = [ipv4(1), 5004]
    const place = { address: one, port }
    rates.announce(one.bytes, port)
    rates.learn(one.bytes, port, 96, 16_000)
    for (const number of numbersTo(places / 2 - 1)) rates.announce(ipv4(10 + number).bytes, port)
    for (const number of numbersTo(clocks / 2 - 1))
      rates.learn(ipv4(10 + number).bytes, port, 96, 8000)
    expect([rates.isAnnounced(place), rates.rateOf(place, place, 96)]).toEqual([true, 16_000])
    for (const number of numbersTo(places)) rates.announce(ipv4(100_000 + number).bytes, port)
    for (const number of numbersTo(clocks))
      rates.learn(ipv4(100_000 + number).bytes, port, 96, 8000)
    expect([rates.isAnnounced(place), rates.rateOf(place, place, 96)]).toEqual([false, null])
  },

  'clocks of a medium': (max = 0) => {
    const lines = numbersTo(max + 5).map(type => `a=rtpmap:${type} x/8000\r\n`)
    const told: number[] = []
    announce(within(`c=IN IP4 10.1.1.1\r\nm=audio 5004 RTP/AVP 0\r\n${lines.join('')}`), {
      ...{ wantsName: () => true, answered() {}, dataChannel() {}, media() {} },
      clockRate: (_address, _port, type) => told.push(type),
    })
    expect(told).toEqual(numbersTo(max))
  },
}

const VOICE = cross(talk({ packets: 6 }))

const byTime = (frames: readonly Frame[]): readonly Frame[] =>
  frames.toSorted((one, other) => one.timeNs - other.timeNs)

/** How often a clock was asked for; nobody answers, and what asks is left as it is. */
function kernelRun(frames: readonly Frame[]): number {
  let asked = 0
  for (const chunk of chunksOf(frames)) {
    load(chunk)
    for (let stop = run(); stop !== Stop.ChunkEnd; stop = run()) {
      if (stop !== Stop.Stream) continue
      asked++
      unknown(getI32(STOP_FLOW))
    }
  }
  return asked
}

function unknown(flow: number): void {
  nameClocks(flow, () => null)
  const at = flowAt(flow) + FLOW_FLAGS
  setI32(at, getI32(at) & ~Flag.StreamWaits)
}
