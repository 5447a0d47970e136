// Goal: kill -9 of the whole monitor at any moment loses nothing that anybody was told, and leaves nobody behind
// (faults.md F6).
// Method: the compiled monitor watches a wire on which the demo goes round and round; it is killed after delays from a
// fixed seed. What its log and its control socket said is looked for in its store. MPWATCH_MONITOR_KILLS says how
// often (3 unless told).

import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { seeded } from '../../fixtures/scenario/random.ts'
import { SocketDesk } from '../../src/web/socket-desk.ts'
import { canWatch, type Namespace, wait } from '../capture/live/namespace.ts'
import type { Running } from './running.ts'
import { ALL, everyFinding, inStore, repeatedIn } from './store-of.ts'
import { cable, holdsWithin, pidsOf, sendFor, storeOf, watchMirror } from './wire.ts'

const KILLS = Number(process.env['MPWATCH_MONITOR_KILLS'] ?? 3)
const ROUND_MS_MAX = 60_000
const DELAY_MS_MAX = 4000
const SAID = { author: 'ann', comment: 'seen before the kill' }

/** What somebody was told by monitors that were killed. */
interface Told {
  readonly findings: Set<string>
  readonly acknowledged: Set<string>
  /** The capture clock, as it was told last. */
  captureMs: number
}

/** Asks the monitor, and acknowledges what is new, until it is gone. */
async function ask(namespace: Namespace, told: Told): Promise<void> {
  const desk = new SocketDesk(join(storeOf(namespace), 'control.sock'))
  try {
    for (;;) {
      told.captureMs = (await desk.status()).captureMs ?? told.captureMs
      const findings = await desk.findings({ limit: 1000, offset: 0 })
      for (const { finding } of findings) told.findings.add(finding.id)
      const [next] = findings.filter(({ acknowledgement }) => acknowledgement === null)
      if (next !== undefined) {
        await desk.acknowledge([next.finding.id], SAID)
        told.acknowledged.add(next.finding.id)
      }
      await wait(20)
    }
  } catch {
    // It was killed.
  }
}

function killed(running: Running): Promise<unknown> {
  running.child.kill('SIGKILL')
  return running.ended
}

describe.skipIf(!canWatch).concurrent('a monitor that is killed', () => {
  test(`F6: loses nothing that was told in ${KILLS} kills`, {
    timeout: (KILLS + 1) * ROUND_MS_MAX,
  }, async () => {
    const namespace = cable()
    const told: Told = { findings: new Set(), acknowledged: new Set(), captureMs: 0 }
    const next = seeded(20261129)
    sendFor(namespace, 30)
    for (let kill = 0; kill < KILLS; kill++) {
      const running = watchMirror(namespace)
      await running.until('asked', () => running.events('control_listening').length > 0)
      // The first is to find something in any case.
      if (kill === 0) await running.until('open', () => running.events('finding_opened').length > 9)
      const asking = ask(namespace, told)
      await wait(next() % DELAY_MS_MAX)
      await killed(running)
      await asking
      for (const { id } of running.events('finding_opened')) told.findings.add(String(id))
      expect(await holdsWithin(5, () => pidsOf(namespace, 'tcpdump').length === 0)).toBe(true)
      await inStore(storeOf(namespace), async store => {
        expect(store.opening.lost, store.opening.notes.join('\n')).toBe(0)
        const findings = await everyFinding(store)
        const ids = findings.map(({ finding }) => finding.id)
        expect(ids).toEqual(expect.arrayContaining([...told.findings]))
        const acknowledged = findings
          .filter(({ acknowledgement }) => acknowledgement !== null)
          .map(({ finding }) => finding.id)
        expect(acknowledged).toEqual(expect.arrayContaining([...told.acknowledged]))
        expect(repeatedIn(await store.events(ALL))).toEqual([])
      })
    }
    expect(told.acknowledged.size).toBeGreaterThan(3)
    const last = watchMirror(namespace)
    await last.until('told of the gap', () =>
      last.events('capture_back').some(({ cause }) => cause === 'not_running'),
    )
    expect(await last.end()).toEqual({ code: 0, signal: null })
    const gaps = await inStore(storeOf(namespace), store => store.blind(ALL))
    const [latest] = gaps.filter(({ cause }) => cause === 'not_running').slice(-1)
    // What came behind the last telling was judged by nobody who lived to tell.
    expect((latest?.fromMs ?? 0) - told.captureMs).toBeGreaterThanOrEqual(-1000)
    expect((latest?.fromMs ?? 0) - told.captureMs).toBeLessThan(2000)
    expect(latest?.toMs).toBeGreaterThan(told.captureMs + 500)
  })

  test('leaves no capturing program behind, though no packet comes', {
    timeout: ROUND_MS_MAX,
  }, async () => {
    const namespace = cable()
    const running = watchMirror(namespace)
    await running.watching()
    expect(pidsOf(namespace, 'tcpdump')).toHaveLength(1)
    await killed(running)
    expect(await holdsWithin(5, () => pidsOf(namespace, 'tcpdump').length === 0)).toBe(true)
    expect(await holdsWithin(5, () => pidsOf(namespace, 'sh').length === 0)).toBe(true)
  })

  test('by a second signal ends at once, though its capturing program does not', {
    timeout: ROUND_MS_MAX,
  }, async () => {
    const namespace = cable()
    const running = watchMirror(namespace)
    await running.watching()
    for (const pid of pidsOf(namespace, 'tcpdump')) process.kill(pid, 'SIGSTOP')
    running.child.kill('SIGTERM')
    await running.until('stopping', () => running.events('stopping').length > 0)
    expect(await running.end('SIGTERM')).toEqual({ code: null, signal: 'SIGTERM' })
    expect(running.events('stopped')).toEqual([])
    expect(await holdsWithin(5, () => pidsOf(namespace, 'tcpdump').length === 0)).toBe(true)
  })
})
