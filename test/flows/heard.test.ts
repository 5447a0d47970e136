// When a host was last heard, by a look at the flows that are open.

import { expect, test } from 'vitest'
import { AddressBook } from '../../src/flows/addresses.ts'
import { heardNow } from '../../src/flows/heard.ts'
import { endRecord, run, sweep } from '../../src/kernel/kernel.ts'
import { Stop } from '../../src/kernel/layout.ts'
import { begin, load } from '../../src/kernel/session.ts'
import { type Frame, handshake, SECOND_NS, udp } from '../support/frames.ts'
import { chunksOf } from '../support/kernel.ts'
import { address } from '../support/samples.ts'

/** Address -> seconds, of those that were heard at all. */
function heardAfter(frames: readonly Frame[], hosts: readonly string[]) {
  begin({ seed: 1 })
  for (const chunk of chunksOf(frames)) {
    load(chunk)
    for (let stop = run(); stop !== Stop.ChunkEnd; stop = run()) {
      if (stop === Stop.Ended) endRecord()
      else if (stop === Stop.Tick) while (sweep()) endRecord()
    }
  }
  const heard = heardNow(hosts.map(address), new AddressBook())
  return Object.fromEntries([...heard].map(([host, ns]) => [host, ns / SECOND_NS]))
}

test('the latest packet of any flow counts, of the asked hosts only', () => {
  const frames = [
    udp(1, 'a:1 > b:1'),
    udp(2, 'c:1 > a:1'),
    udp(3, 'a:2 > d:1'),
    udp(4, 'e:1 > f:1'),
  ]
  expect(heardAfter(frames, ['10.0.0.1', '10.0.0.3'])).toEqual({ '10.0.0.1': 3, '10.0.0.3': 2 })
})

test('IPv6 hosts are heard like others', () => {
  const frames = [udp(1, 'A:1 > B:1'), udp(2, 'B:1 > A:1')]
  expect(heardAfter(frames, ['2001:db8::1', '2001:db8::2'])).toEqual({
    '2001:db8::1': 1,
    '2001:db8::2': 2,
  })
})

test('a host that was only spoken to was not heard', () => {
  expect(heardAfter([udp(1, 'a:1 > b:1')], ['10.0.0.2'])['10.0.0.2'] ?? -1).toBeLessThan(0)
})

test('a flow that is over is heard no more; one at rest still is', () => {
  const clock = [udp(300, 'y:1 > z:1'), udp(700, 'y:1 > z:1')]
  const frames = [...handshake(0, 'a:1 > b:80'), udp(1, 'c:1 > d:1'), ...clock]
  const heard = heardAfter(frames, ['10.0.0.1', '10.0.0.3'])
  expect(heard).toEqual({ '10.0.0.1': 0.2 })
})
