// Bounds of what is sent to an InfluxDB at a time, of what is spent on what it refuses, and of what is kept of that.

import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'vitest'
import { bisect } from '../../src/influx/bisect.ts'
import { DeadLetters } from '../../src/influx/dead-letters.ts'
import { Health } from '../../src/influx/health.ts'
import { Portion, parcelOf } from '../../src/influx/parcel.ts'
import { Ageing } from '../../src/influx/too-old.ts'
import type { InfluxPoint } from '../../src/influx/writer.ts'
import { type BoundCase, numbersTo } from './case.ts'

const TOO_OLD = 'partial write: points beyond retention policy dropped=1'

export const EXPORT_BOUNDS: Readonly<Record<string, BoundCase>> = {
  'points of a batch for InfluxDB, bytes of it': (points = 0, bytes = 0) => {
    const short = parcelOf(1, pointOf(''))
    expect(new Portion().first(new Array(points + 1).fill(short))).toHaveLength(points)
    const long = parcelOf(1, pointOf('x'.repeat(900)))
    const fitting = Math.floor(bytes / long.bytes)
    expect(fitting).toBeLessThan(points)
    expect(new Portion().first(new Array(points).fill(long))).toHaveLength(fitting)
  },

  'requests to find what is refused of a batch': async (max = 0) => {
    let requests = 0
    const answer = { status: 400, text: 'no', retryAfterMs: null }
    const refused = await bisect(numbersTo(5_000), answer, {
      send: async () => {
        requests++
        return answer
      },
      hold: async () => false,
    })
    expect([refused, requests]).toEqual([null, max])
  },

  'searches for what is older than an InfluxDB keeps, of a batch; requests of one': async (
    searches = 0,
    requestsMax = 0,
  ) => {
    let [requests, firstNs] = [0, 0n]
    // Each time that more than one is sent, one more is too old.
    const send = async (points: readonly InfluxPoint[]) => {
      requests++
      if (points.length > 1) firstNs++
      const isOld = points.some(({ timeNs }) => timeNs < firstNs)
      return { status: isOld ? 400 : 204, text: isOld ? TOO_OLD : '', retryAfterMs: null }
    }
    const health = new Health(() => undefined)
    const ageing = new Ageing({ sender: { send }, where: '', health, clock: { now: () => 0 } })
    const parcels = numbersTo(5_000).map(number =>
      parcelOf(number, { ...pointOf(''), timeNs: BigInt(number) }),
    )
    const found: number[] = []
    const answer = await ageing.send(parcels, old => found.push(...old.map(({ number }) => number)))
    expect([answer?.text, found]).toEqual([TOO_OLD, numbersTo(searches)])
    // Beside them the batch, and what is left of it each time.
    expect(requests).toBeLessThanOrEqual(searches * requestsMax + searches + 1)
  },

  'dead letters of an InfluxDB: a file, of two': async (bytesMax = 0) => {
    const folder = mkdtempSync(join(tmpdir(), 'mpwatch-letters-'))
    const lost: number[] = []
    const letters = new DeadLetters({ folder, name: 'a', onLost: count => lost.push(count) })
    const text = 'x'.repeat(bytesMax / 2)
    const write = (number: number) =>
      letters.write([
        { of: 'points', number, measurement: 'mp_loss', line: null, text, time: '2026' },
      ])
    for (const number of numbersTo(3)) await write(number)
    expect(statSync(letters.path).size).toBeLessThanOrEqual(bytesMax)
    expect(lost).toEqual([1])
    rmSync(folder, { recursive: true })
  },
}

const pointOf = (message: string): InfluxPoint => ({
  ...{ measurement: 'mp_violation', tags: { site: 'hq' }, timeNs: 1n },
  fields: { count: 1, message },
})
