// The pure core: chunks in, batches out. What a batch is, when it comes, and that the books close.

import { describe, expect, test } from 'vitest'
import { officeNoise } from '../fixtures/scenario/noise.ts'
import { scenario } from '../fixtures/scenario/scenario.ts'
import type { Batch } from '../src/model/batch.ts'
import { type Ledger, openEquations } from '../src/model/ledger.ts'
import { Monitor } from '../src/monitor.ts'
import type { MonitorOptions } from '../src/monitor-options.ts'
import { type Frame, tcp, udp } from './support/frames.ts'
import { chunksOf, line, NO_PORTS } from './support/kernel.ts'

interface Watched {
  readonly batches: readonly Batch[]
  /** Before the open records are closed, and after. */
  readonly before: Ledger
  readonly ledger: Ledger
}

interface WatchOptions extends Partial<MonitorOptions> {
  readonly chunkPackets?: number
}

function watch(frames: readonly Frame[], { chunkPackets, ...options }: WatchOptions = {}): Watched {
  const monitor = new Monitor({
    ...{ seed: 1, ports: NO_PORTS, compliance: null },
    ...{ fromSeconds: Number.NEGATIVE_INFINITY, toSeconds: Number.POSITIVE_INFINITY },
    ...options,
  })
  const batches: Batch[] = []
  for (const chunk of chunksOf(frames, chunkPackets)) batches.push(...monitor.read(chunk))
  const before = monitor.ledger()
  batches.push(...monitor.finish())
  return { batches, before, ledger: monitor.ledger() }
}

const linesOf = ({ flows }: Batch): readonly string[] => flows.map(({ flow }) => line(flow))
const sizes = ({ batches }: Watched): readonly number[] => batches.map(({ flows }) => flows.length)

/** An office at work: every kind of episode that the language of stories knows, and noise around it. */
function office(): readonly Frame[] {
  const net = scenario({ start: '2026-03-02T10:15:00Z', seed: 3 })
  const wall = net.host('wall', { ip: '192.0.2.1', ttl: 255 })
  const web = net.host('web', { ip: '192.0.2.20', ttl: 128 })
  const app = net.host('app', { ip: '10.10.20.11', ttl: 63 })
  const six = net.host('six', { ip: '2001:db8::6' })
  const seven = net.host('seven', { ip: '2001:db8::7' })
  for (let minute = 0; minute < 20; minute++) {
    const now = net.at(minute * 60)
    now.tcp(web, app, 5003)
    now.tcpFiltered(app, web, 61_004, { by: wall, how: minute % 2 === 0 ? 'icmp' : 'rst' })
    now.tcpSilent(web, app, 1627)
    now.tcp(six, seven, 443, { close: 'server_reset' })
    now.udp(web, app, 123)
    now.ping(six, seven)
    now.arp(app, web)
  }
  officeNoise(net, { hosts: 8, seconds: 120, network: '172.16' })
  return net.packets()
}

describe('a batch', () => {
  test('holds what a second of capture time has closed, and comes with the next packet', () => {
    const frames = [udp(0, 'a:1 > b:1'), udp(0.5, 'c:1 > d:1'), udp(70, 'e:1 > f:1')]
    const { batches } = watch(frames)
    expect(batches.map(linesOf)).toEqual([
      [
        'udp 10.0.0.1:1 > 10.0.0.2:1 first_packet 1/0 idle',
        'udp 10.0.0.3:1 > 10.0.0.4:1 first_packet 1/0 idle',
      ],
      ['udp 10.0.0.5:1 > 10.0.0.6:1 first_packet 1/0 capture_end'],
    ])
  })

  test('does not come for a second that closed nothing', () => {
    const frames = [1, 2, 3, 4, 5].map(second => udp(second, 'a:1 > b:1'))
    expect(sizes(watch(frames))).toEqual([1])
  })

  test('comes at the end even if it is empty', () => {
    expect(sizes(watch([]))).toEqual([0])
  })

  test('opens no findings where nothing is judged', () => {
    expect(watch([udp(0, 'a:1 > b:1')]).batches).toMatchObject([{ opened: [] }])
  })
})

describe('a busy second', () => {
  const crowd = Array.from({ length: 5000 }, (_, index) => udp(0, `a:${1000 + index} > b:53`))

  test('makes several batches at the end of the capture', () => {
    expect(sizes(watch(crowd))).toEqual([...new Array(19).fill(256), 136])
  })

  test('makes several batches when its ports are used anew', () => {
    const ports = Array.from({ length: 5000 }, (_, index) => 1000 + index)
    const syns = [1, 2].flatMap(sequence =>
      ports.map(port => tcp(0, `a:${port} > b:80`, 'SYN', { sequence })),
    )
    expect(sizes(watch(syns))).toEqual([...new Array(39).fill(256), 16])
  })

  test('makes several batches when it falls silent', () => {
    expect(Math.max(...sizes(watch([...crowd, udp(90, 'c:1 > d:1')])))).toBeLessThanOrEqual(256)
  })
})

describe('an office at work', () => {
  const frames = office()
  const whole = watch(frames)

  test('is told in hundreds of records of every kind', () => {
    const flows = whole.batches.flatMap(({ flows }) => flows.map(({ flow }) => flow))
    expect(flows.length).toBeGreaterThan(200)
    const kinds = new Set(flows.map(({ transport }) => transport))
    expect([...kinds].sort()).toEqual(['icmp6', 'tcp', 'udp'])
    expect(flows.filter(({ icmpError }) => icmpError !== null).length).toBeGreaterThanOrEqual(10)
  })

  test('closes its books, before the end and after it', () => {
    expect(openEquations(whole.before)).toEqual([])
    expect(openEquations(whole.ledger)).toEqual([])
    expect(whole.ledger.reader.seen).toBe(frames.length)
    expect(whole.ledger.flows.live).toBe(0)
    expect(whole.before.flows.live).toBeGreaterThan(0)
  })

  for (const chunkPackets of [1, 3, 50])
    test(`gives the same batches in chunks of ${chunkPackets}`, () => {
      const cut = watch(frames, { chunkPackets })
      expect(cut.batches).toEqual(whole.batches)
      expect(cut.ledger).toEqual(whole.ledger)
    })

  test('leaves nothing of itself in the next run', () => {
    watch(frames)
    expect(watch(frames).batches).toEqual(whole.batches)
  })
})

describe('packets outside the time asked for', () => {
  const frames = [0, 1, 2, 3].map(second => udp(second, `a:${1000 + second} > b:53`))

  test('are counted as filtered, both ends of the time being inside it', () => {
    const { batches, ledger } = watch(frames, { fromSeconds: 1, toSeconds: 2 })
    expect(batches.flatMap(({ flows }) => flows.map(({ flow }) => flow.client.port))).toEqual([
      1001, 1002,
    ])
    expect(ledger.reader).toMatchObject({ seen: 4, decoded: 2, filtered: 2 })
    expect(openEquations(ledger)).toEqual([])
  })

  test('are not what the clock goes by', () => {
    const { batches } = watch([...frames, udp(300, 'c:1 > d:1')], { fromSeconds: 0, toSeconds: 10 })
    expect(batches.flatMap(({ flows }) => flows.map(({ flow }) => flow.end))).toEqual(
      Array(4).fill('capture_end'),
    )
  })
})

test('the ledger names each reason that was met, and no other', () => {
  const { ledger } = watch([udp(0, 'a:1 > b:1'), { timeNs: 0, bytes: new Uint8Array(3) }])
  expect(ledger.reasons).toEqual({ 'truncated.link': 1 })
  expect(ledger.reader).toMatchObject({ seen: 2, decoded: 1, truncated: 1, malformed: 0 })
  expect(ledger.verdicts).toBeNull()
})
