// Goal: a mirror port that falls silent, or loses one direction, though its link is up, is told as blindness while it
// lasts: never as compliance, and never as something that is missing (faults.md F13a).
// Method: the compiled monitor plays an hour of the office day of which one direction ends half-way; another one
// watches a wire on which nobody sends any more.

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { officeDay } from '../../fixtures/day/day.ts'
import { pcapOf } from '../../fixtures/scenario/pcap.ts'
import { SocketDesk } from '../../src/web/socket-desk.ts'
import { canWatch } from '../capture/live/namespace.ts'
import { busy, HALF_WAY, isDownwards } from '../support/halved.ts'
import { mpwatch, Running } from './running.ts'
import { ALL, everyFinding, folderOf, inStore } from './store-of.ts'
import { cable, storeOf, watchMirror } from './wire.ts'

const LONG_MS = 120_000
const BEFORE_S = 300
const AFTER_S = 900
/** Seconds of capture time in one. */
const SPEED = 40

/** Around the middle of the day; one direction of each pair is lost from there on. */
function halvedPart(): Uint8Array {
  const day = officeDay()
  const packets = [...day.packets(), ...busy()]
    .filter(packet => {
      const seconds = packet.timeNs / 1e9
      const isIn = seconds >= HALF_WAY - BEFORE_S && seconds < HALF_WAY + AFTER_S
      return isIn && (seconds < HALF_WAY || !isDownwards(packet))
    })
    .toSorted((one, other) => one.timeNs - other.timeNs)
  return pcapOf(packets, { epochSeconds: day.epochSeconds })
}

describe.concurrent('is told as blindness, and nothing as missing:', () => {
  test('F13a: one direction that is lost', { timeout: LONG_MS }, async () => {
    const folder = folderOf()
    const [capture, store] = [join(folder, 'halved.pcap'), join(folder, 'store')]
    writeFileSync(capture, halvedPart())
    const running = new Running([
      ...['--read-from', capture, '--speed', String(SPEED), '--store', store, '--metrics', 'off'],
      ...['--site', 'fixtures/day/site.yaml', '--sensor', 'core-span'],
    ])
    const desk = new SocketDesk(join(store, 'control.sock'))
    await running.until('asked', () => running.events('control_listening').length > 0)
    await running.until('compliant', async () => (await desk.status()).state === 'compliant')
    await running.until('blind', () => running.events('capture_blind').length > 0)
    expect((await desk.status()).blind).toMatchObject([{ cause: 'one_way', toMs: null }])
    // What seemed to be late in the minute before it was noticed is taken back.
    const sentence = 'Not observed. core-span shows one direction only.'
    await running.until(sentence, async () => (await desk.status()).sentence === sentence)
    expect(await mpwatch('status', '--store', store)).toMatch(
      /^Not observed\. core-span shows one direction only\.\n! core-span is blind since /,
    )
    expect(await running.ended).toEqual({ code: 0, signal: null })
    await inStore(store, async kept => {
      const findings = await everyFinding(kept)
      const accusing = findings.filter(
        ({ state, finding: { verdict } }) =>
          state === 'open' || ['missing', 'misdropped'].includes(verdict),
      )
      expect(accusing.map(({ finding }) => finding.title)).toEqual([])
      const [blind] = await kept.blind(ALL)
      const lostMs = (officeDay().epochSeconds + HALF_WAY) * 1000
      expect(Math.abs((blind?.fromMs ?? 0) - lostMs)).toBeLessThan(10_000)
    })
  })

  test.skipIf(!canWatch)(
    'F13a: a wire on which no packet comes any more',
    {
      timeout: LONG_MS,
    },
    async () => {
      const namespace = cable()
      const config = join(namespace.folder, 'mpwatch.yaml')
      writeFileSync(config, 'api_version: mpwatch/v1\ncapture: {silent_s: 5}\n')
      const running = watchMirror(namespace, ['--config', config])
      const desk = new SocketDesk(join(storeOf(namespace), 'control.sock'))
      await running.watching()
      await namespace.send('sends', 100)
      await running.until('silent', () => running.events('capture_blind').length > 0)
      expect(running.events('capture_blind')[0]).toMatchObject({
        cause: 'silent',
        interface: 'mirror',
      })
      expect(await desk.status()).toMatchObject({
        state: 'not_observed',
        sentence: 'Not observed. mirror has fallen silent.',
        interfaces: [{ state: 'blind' }],
      })
      await namespace.send('sends', 100)
      await running.until('back', () => running.events('capture_back').length > 0)
      expect((await desk.status()).blind).toEqual([])
      expect(await running.end()).toEqual({ code: 0, signal: null })
      const findings = await inStore(storeOf(namespace), everyFinding)
      expect(findings.filter(({ finding }) => finding.verdict === 'missing')).toEqual([])
    },
  )
})
