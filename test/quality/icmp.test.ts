// Goal: an echo is timed from its request to its own reply, and never by a number that was used twice.

import { expect, test } from 'vitest'
import { join, u16 } from '../../fixtures/scenario/bytes.ts'
import type { Frame } from '../support/frames.ts'
import { icmp } from '../support/frames.ts'
import { measured } from './measured.ts'

interface Family {
  readonly hosts: readonly [string, string]
  readonly types: readonly [request: number, reply: number]
}

const FAMILIES: readonly Family[] = [
  { hosts: ['a', 'b'], types: [8, 0] },
  { hosts: ['A', 'B'], types: [128, 129] },
]

const numbered = (sequence: number) => join(u16(77), u16(sequence))

function distributionOf(frames: readonly Frame[]): object {
  const [record, ...others] = measured(frames)
  if (record?.kind !== 'icmp' || others.length > 0) throw new Error('no single record')
  const { rtt, requests, replies, from } = record
  return { from, requests, replies, n: rtt.n, min: rtt.min, max: rtt.max }
}

for (const { hosts, types } of FAMILIES) {
  const [one, other] = hosts
  const [request, reply] = types
  const asks = (ms: number, sequence: number) =>
    icmp(ms / 1000, `${one} > ${other}`, request, 0, numbered(sequence))
  const answers = (ms: number, sequence: number) =>
    icmp(ms / 1000, `${other} > ${one}`, reply, 0, numbered(sequence))

  test(`type ${request}: who is asked for an hour has two records, each with its own`, () => {
    const frames = Array.from({ length: 121 }, (_, turn) => [
      asks(30_000 * turn, turn),
      answers(30_000 * turn + 7, turn),
    ]).flat()
    const records = measured(frames).map(record =>
      record.kind === 'icmp' ? [record.requests, record.replies, record.rtt.n, record.rtt.max] : [],
    )
    expect(records.length).toBeGreaterThan(1)
    for (const [requests, replies, n, max] of records)
      expect([requests, n, max]).toEqual([replies, replies, 7])
  })

  test(`type ${request}: each reply is held against its request`, () => {
    const frames = [asks(0, 1), asks(100, 2), answers(110, 2), answers(120, 1)]
    expect(distributionOf(frames)).toEqual({
      ...{ from: 'client', requests: 2, replies: 2, n: 2, min: 10, max: 120 },
    })
  })

  test(`type ${request}: a reply to nothing, and a second reply, are not timed`, () => {
    const frames = [asks(0, 1), answers(5, 9), answers(10, 1), answers(50, 1)]
    expect(distributionOf(frames)).toMatchObject({ replies: 3, n: 1, min: 10, max: 10 })
  })

  test(`type ${request}: a number that was asked twice is not timed`, () => {
    expect(distributionOf([asks(0, 1), asks(100, 1), answers(110, 1)])).toMatchObject({ n: 0 })
  })

  test(`type ${request}: the latest four requests are remembered`, () => {
    const frames = [1, 2, 3, 4, 5].map(sequence => asks(sequence, sequence))
    const late = [answers(20, 1), answers(22, 2), answers(25, 5)]
    expect(distributionOf([...frames, ...late])).toMatchObject({ n: 2, min: 20, max: 20 })
  })

  test(`type ${request}: without a reply there is a record, and no round trip`, () => {
    expect(distributionOf([asks(0, 1)])).toMatchObject({ requests: 1, replies: 0, n: 0 })
  })
}
