// Goal: at 100,000 packets a second the monitor's books close, to the packet, whatever is lost, and are told.
// Method: the compiled monitor on a virtual cable, and tcpreplay. How much is lost depends on what else the machine
// does, so that is printed, and `npm run live` is the place to measure it.

import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { canWatch, Namespace } from '../capture/live/namespace.ts'
import { Running, statusOf } from './running.ts'

const LONG_MS = 240_000
const PACKETS = 300_000
const PER_SECOND = 100_000

const namespaces: Namespace[] = []
afterAll(async () => {
  for (const namespace of namespaces) await namespace.remove()
})

describe.skipIf(!canWatch)('on a wire', () => {
  test('at 100,000 packets/s every packet is delivered or counted as lost', {
    timeout: LONG_MS,
  }, async () => {
    const namespace = new Namespace()
    namespaces.push(namespace)
    namespace.pair('sends', 'mirror')
    const store = join(namespace.folder, 'store')
    const site = ['--site', 'fixtures/demo/site.yaml', '--sensor', 'core-span']
    const args = ['-i', 'mirror', ...site, '--store', store, '--metrics', 'off']
    const running = new Running(args, { command: ['ip', 'netns', 'exec', namespace.name] })
    await running.watching()
    await namespace.send('sends', PACKETS, PER_SECOND)
    const state = async () => (await statusOf(store)).interfaces[0]
    // The program that captures tells its counts from time to time.
    await running.until('through', async () => (await state())?.received === PACKETS)
    const settled = async () => {
      const { delivered = 0, kernelDropped = 0, helperDropped = 0 } = (await state()) ?? {}
      return delivered + kernelDropped + helperDropped === PACKETS
    }
    await running.until('settled', settled)
    const { delivered = 0, kernelDropped = 0 } = (await state()) ?? {}
    const { ledger } = await statusOf(store)
    expect(ledger?.reader.seen).toBe(delivered)
    expect(await running.end()).toEqual({ code: 0, signal: null })
    expect(running.events('ledger_open')).toEqual([])
    // Such as warnings of the runtime: the log is lines of JSON, and nothing else.
    expect(running.said).toEqual([])
    const drops = running.events('capture_blind').filter(({ cause }) => cause === 'drops')
    expect(drops.length > 0).toBe(kernelDropped > 0)
    process.stderr.write(`${PACKETS} packets at ${PER_SECOND}/s: ${kernelDropped} lost\n`)
  })
})
