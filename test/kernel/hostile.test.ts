// Goal: no packet makes the kernel loop, crash or write where it should not.
// Method: each story is replayed in a process of its own, which has five seconds for a few packets.

import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { join, zeros } from '../../fixtures/scenario/bytes.ts'
import { type Frame, handshake, IP_AT, icmpAbout, patched, tcp, udp } from '../support/frames.ts'

const MS_MAX = 5000
const TEST_MS_MAX = 30_000

function replayAlone(frames: readonly Frame[]): Promise<{ lines: string[]; open: string[] }> {
  const script = fileURLToPath(new URL('./replay-alone.ts', import.meta.url))
  const told = frames.map(({ timeNs, bytes, wire = bytes.length }) => {
    return { timeNs, wire, hex: Buffer.from(bytes).toString('hex') }
  })
  return new Promise((resolve, reject) => {
    const argv = ['--import', 'tsx', script]
    const child = execFile(process.execPath, argv, { timeout: MS_MAX }, (error, stdout) =>
      error === null ? resolve(JSON.parse(stdout)) : reject(error),
    )
    child.stdin?.end(JSON.stringify(told))
  })
}

/** Moves the clock over ten minutes of silence, so that an open connection comes to rest. */
const LATER = [udp(300, 'x:1 > y:1'), udp(650, 'x:1 > y:1')]
const IN_FLOW = 'tcp 10.0.0.1:1000 > 10.0.0.2:80 syn 1/0 capture_end'

test('an ordinary story is replayed', { timeout: TEST_MS_MAX }, async () => {
  const { lines, open } = await replayAlone([tcp(0, 'a:1000 > b:80', 'SYN')])
  expect({ lines, open }).toEqual({ lines: [IN_FLOW], open: [] })
})

test('ports of an IPv6 connection at rest are used anew', {
  timeout: TEST_MS_MAX,
}, async () => {
  const again = [
    tcp(700, 'A:1000 > B:80', 'SYN', { sequence: 7000 }),
    udp(700.5, 'C:9 > D:9'),
    tcp(701, 'B:80 > A:1000', 'SYN+ACK', { acknowledgement: 7001 }),
  ]
  const { lines, open } = await replayAlone([...handshake(0, 'A:1000 > B:80'), ...LATER, ...again])
  expect(lines.filter(line => line.includes('2001:db8::'))).toEqual([
    'tcp 2001:db8::1:1000 > 2001:db8::2:80 syn 2/1 idle',
    'tcp 2001:db8::1:1000 > 2001:db8::2:80 syn 1/1 capture_end',
    'udp 2001:db8::3:9 > 2001:db8::4:9 first_packet 1/0 capture_end',
  ])
  expect(open).toEqual([])
})

test('an ICMPv6 error quotes a packet from a host to itself', {
  timeout: TEST_MS_MAX,
}, async () => {
  const error = icmpAbout(0, 'B > A', [1, 1], tcp(0, 'A:1000 > A:80', 'SYN'))
  expect((await replayAlone([error])).open).toEqual([])
})

test('LLC, a tag, LLC, a tag: five thousand times', { timeout: TEST_MS_MAX }, async () => {
  const round = [0xaa, 0xaa, 3, 0, 0, 0, 0x81, 0, 0, 5, 0, 46]
  const bytes = join(zeros(12), [0, 46], ...Array.from({ length: 5000 }, () => round))
  expect((await replayAlone([{ timeNs: 0, bytes }])).open).toEqual([])
})

test('a first fragment of 200,000 bytes stays in its place', {
  timeout: TEST_MS_MAX,
}, async () => {
  const clients = Array.from({ length: 200 }, (_, index) => 1000 + index)
  const syns = clients.map(port => tcp(0, `a:${port} > b:80`, 'SYN'))
  // Its length is told by the frame alone, as segmentation offload leaves it.
  const head = patched(udp(1, 'c:1 > d:2'), IP_AT + 2, 0, 0, 0, 7, 0x20, 0)
  const bytes = join(head.bytes, new Uint8Array(200_000).fill(0xff))
  const huge = { timeNs: 1e9, bytes, wire: 260_000 }
  const { lines, open } = await replayAlone([...syns, huge])
  expect(lines.filter(line => line.includes('10.0.0.2:80 syn 1/0'))).toHaveLength(200)
  expect(open).toEqual([])
})
