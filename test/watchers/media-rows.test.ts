// Time series of media: how streams fared in ten seconds, and what was lost between two ends in a minute.

import { describe, expect, test } from 'vitest'
import type { Packet } from '../../fixtures/scenario/pcap.ts'
import type { MeasurementRow } from '../../src/model/quality.ts'
import { receiverReport, senderReport } from '../quality/rtcp-story.ts'
import { callStory, provenVisible, type Told } from './one-way-story.ts'
import { told } from './story.ts'

const rowsOf = async (
  seconds: number,
  tell: (told: Told) => void,
  isLost: (packet: Packet, index: number) => boolean = () => false,
): Promise<readonly MeasurementRow[]> => {
  const packets = callStory(seconds, tell).filter((packet, index) => !isLost(packet, index))
  return (await told(packets)).rows
}

const named = (rows: readonly MeasurementRow[], measurement: string, tags: object = {}) =>
  rows.filter(
    row =>
      row.measurement === measurement &&
      Object.entries(tags).every(([name, value]) => row.tags[name] === value),
  )

/** Every tenth packet of the phone's voice is lost. */
function* everyTenth(): Generator<boolean> {
  for (let count = 1; ; count++) yield count % 10 === 0
}

describe('mp_rtp', () => {
  test('tells each role and direction every ten seconds how many streams there were', async () => {
    const rows = await rowsOf(40, ({ cast, say }) => {
      say(cast.audio, cast.phone, { from: 5, to: 24.9 })
      say(cast.phone, cast.audio, { from: 5, to: 24.9 })
      say(cast.phone2, cast.audio, { from: 12, to: 14, ports: [24_700, 16_500] })
      say(cast.audio, cast.app, { from: 12, to: 24.9, ports: [16_410, 22_000] })
    })
    const streams = (role: string, dir: string) =>
      named(rows, 'mp_rtp', { media_role: role, dir }).map(({ timeNs, fields }) => [
        timeNs / 1e9,
        fields['streams'],
      ])
    expect(streams('media-audio', 'in')).toEqual([
      [0, 1],
      [10, 2],
      [20, 1],
    ])
    expect(streams('media-audio', 'out')).toEqual([
      [0, 1],
      [10, 2],
      [20, 2],
    ])
    expect(streams('app', 'in')).toEqual([
      [10, 1],
      [20, 1],
    ])
    expect(streams('app', 'out')).toEqual([])
  })

  test('has the loss and the jitter that all but five of a hundred streams stay within', async () => {
    const lost = everyTenth()
    const rows = await rowsOf(
      30,
      ({ cast, say }) => {
        say(cast.phone, cast.audio, { from: 2, to: 25 })
        say(cast.audio, cast.phone, { from: 2, to: 25 })
      },
      ({ from, bytes }) => from === 'phone' && bytes.length > 200 && lost.next().value === true,
    )
    const [, second] = named(rows, 'mp_rtp', { media_role: 'media-audio', dir: 'in' })
    // 500 packets in ten seconds, of which 50 are missing.
    expect(second?.fields['loss_pct_p95']).toBeCloseTo(10, 0)
    expect(second?.fields['jitter_ms_p95']).toBeCloseTo(0, 3)
    const [, back] = named(rows, 'mp_rtp', { media_role: 'media-audio', dir: 'out' })
    expect(back?.fields).toMatchObject({ loss_pct_p95: 0, one_way: 0, unverified: 0 })
  })

  test('counts what goes one way where nothing is heard', async () => {
    const rows = await rowsOf(40, story => {
      provenVisible(story)
      story.say(story.cast.audio, story.cast.phone, { from: 5, to: 25 })
    })
    const silent = named(rows, 'mp_rtp', { media_role: 'media-audio', dir: 'in' })
    expect(silent.map(({ timeNs, fields }) => [timeNs / 1e9, fields['one_way']])).toEqual([
      [0, 0],
      [10, 1],
      [20, 1],
    ])
    const speaking = named(rows, 'mp_rtp', { media_role: 'media-audio', dir: 'out' })
    expect(speaking.every(({ fields }) => fields['one_way'] === 0)).toBe(true)
  })

  test('counts flows that are media by letter only', async () => {
    const rows = await rowsOf(100, ({ net, cast }) => {
      net.at(5).udp(cast.phone, cast.audio, 16_450, { clientPort: 24_900 })
    })
    const all = named(rows, 'mp_rtp', { media_role: 'media-audio', dir: 'in' })
    expect(all.map(({ fields }) => [fields['streams'], fields['unverified']])).toEqual([[0, 1]])
  })
})

describe('mp_loss', () => {
  test('tells every minute what was seen to be missing, for each direction', async () => {
    const lost = everyTenth()
    const rows = await rowsOf(
      130,
      ({ cast, say }) => {
        say(cast.phone, cast.audio, { from: 2, to: 125 })
        say(cast.audio, cast.video, { from: 2, to: 125, ports: [16_402, 20_004] })
      },
      ({ from, bytes }) => from === 'phone' && bytes.length > 200 && lost.next().value === true,
    )
    const fromPhone = named(rows, 'mp_loss', { method: 'rtp', row: 'I-25', pair: 'other' })
    expect(fromPhone.map(({ timeNs }) => timeNs / 1e9)).toEqual([0, 60, 120])
    const [, whole] = fromPhone
    expect(whole?.fields).toMatchObject({ expected: 3000, lost: 300, loss_pct: 10, judged: false })
    // Packets of 2.00 s to 125.00 s, the last one included; the very last is the tenth of ten and lost.
    const sum = fromPhone.reduce((all, { fields }) => all + Number(fields['expected']), 0)
    expect(sum).toBe(6151)
    const tags = { pair: 'media-1a/media-1v', row: 'I-26', dir: 'ab', method: 'rtp' }
    const [, between] = named(rows, 'mp_loss', tags)
    expect(between?.fields).toMatchObject({ expected: 3000, lost: 0, loss_pct: 0, dup: 0 })
  })

  test('has what receivers reported between two of their reports, by names of the inventory', async () => {
    const rows = await rowsOf(70, ({ cast, rtcp }) => {
      const ports = [16_403, 16_405] as const
      const report = (at: number, highest: number, lost: number) =>
        rtcp(at, cast.audio, cast.app, receiverReport(1, { about: 7, highest, lost }), ports)
      report(5, 1000, 3)
      report(10, 1250, 8)
      report(15, 1500, 6)
      report(20, 100, 0)
      report(25, 300, 20)
    })
    expect(named(rows, 'mp_loss', { method: 'rtcp' })).toMatchObject([
      {
        tags: { pair: 'app-a/media-1a', row: 'I-25', dir: 'ab', method: 'rtcp' },
        fields: { expected: 700, lost: 25, judged: false },
        timeNs: 0,
      },
    ])
  })

  test('has nothing of media that is not MeetingPlace’s', async () => {
    const rows = await rowsOf(70, ({ cast, say, rtcp }) => {
      say(cast.phone, cast.phone2, { from: 2, to: 65, ports: [24_000, 24_002] })
      rtcp(5, cast.phone, cast.phone2, senderReport(1, [1, 1], 1), [24_001, 24_003])
    })
    expect(rows.filter(({ measurement }) => measurement.startsWith('mp_rtp'))).toEqual([])
    expect(named(rows, 'mp_loss')).toEqual([])
  })
})
