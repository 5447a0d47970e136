// A path-MTU black hole from packets: app-a answers a Web Server in the DMZ behind a link that takes 1400 bytes.
// Nothing of what is expected here comes from the code that is tested.

import { expect, test } from 'vitest'
import { join } from '../../fixtures/scenario/bytes.ts'
import { ETHER, ethernetFrame, FLAG, icmpError, tcpPacket } from '../../fixtures/scenario/packet.ts'
import { scenario } from '../../fixtures/scenario/scenario.ts'
import { Line, others } from './line.ts'
import { toldOf } from './told.ts'

const FULL = 1460
const SMALL = 400
const HOLE = 'degraded:mtu_black_hole S-06 app-a > web-dmz-1'
const RETRY_SECONDS = [0.3, 0.9, 2.1, 4.5, 9.3]
const CLIENT_PORT = 50_000

interface Told {
  /** How large the segments are that are lost. */
  readonly lost?: number
  /** The router says so. */
  readonly isTold?: boolean
  /** A small segment behind the lost one gets through. */
  readonly isBehind?: boolean
  /** Small ones of another connection are lost too. */
  readonly areSmallLost?: boolean
  /** Much that is small passes in another connection, so that there is enough to judge loss by. */
  readonly isBusy?: boolean
}

/** A page is fetched in two connections, and neither gets what is large. */
function hole(told: Told) {
  const {
    lost = FULL,
    isTold = false,
    isBehind = true,
    areSmallLost = false,
    isBusy = false,
  } = told
  const net = scenario({ start: '2026-03-02T10:00:00Z' })
  const app = net.host('app-a', { ip: '10.10.20.11' })
  const web = net.host('web-dmz-1', { ip: '192.0.2.20' })
  const router = net.host('a router', { ip: '10.10.20.1', ttl: 255 })
  others(net, [1, 240])
  for (const [index, at] of [5, 60].entries()) {
    const clientPort = CLIENT_PORT + index
    const line = new Line(net, [web, app], 61_004, { clientPort })
    line.open(at)
    line.exchange(at + 1, 200, SMALL)
    line.send(at + 2, 'client', { bytes: 200 })
    line.send(at + 2.001, 'server', { bytes: lost })
    const behind = isBehind ? SMALL : 0
    if (isBehind) {
      line.send(at + 2.002, 'server', { bytes: SMALL })
      line.send(at + 2.01, 'client', { left: lost + SMALL })
    }
    for (const after of RETRY_SECONDS) {
      line.send(at + 2 + after, 'server', { bytes: lost, back: lost + behind })
      if (isTold) tooBig(at + 2.001 + after, clientPort)
    }
    line.reset(at + 20, 'client')
  }
  if (areSmallLost) {
    const line = new Line(net, [web, app], 5003, { clientPort: 50_010 })
    line.open(6)
    line.exchange(7, 80, 80)
    line.vain(10, 'server', 5, 80)
  }
  if (isBusy) {
    const line = new Line(net, [web, app], 5003, { clientPort: 50_011 })
    line.open(1)
    for (let index = 0; index < 480; index++) line.exchange(2 + index / 4, 80, 80)
  }
  return net.pcap()

  function tooBig(at: number, clientPort: number): void {
    const quoted = tcpPacket(
      { source: app.address, target: web.address, ttl: 64, id: 9 },
      {
        ...{ sourcePort: 61_004, targetPort: clientPort, sequence: 1, acknowledgement: 1 },
        ...{ flags: FLAG.ACK, window: 9, payload: join([1, 2, 3]) },
      },
    )
    const header = { source: router.address, target: app.address, ttl: 255, id: 1 }
    const packet = icmpError(header, { type: 3, code: 4, quoted })
    const ends = { source: router.mac, target: app.mac, vlan: null }
    net.at(at).frame(ethernetFrame(ends, ETHER.IPV4, packet))
  }
}

test('is named as the cause, with the sizes that pass and that do not', async () => {
  const { findings, said } = await toldOf(hole({}))
  expect(said).toContain(HOLE)
  const found = findings.find(({ reason }) => reason === 'mtu_black_hole')
  expect(found).toMatchObject({ severity: 'medium', confidence: 'probable', service: 'tcp/61004' })
  expect(found?.why[0]).toMatch(
    /^Packets of 1500 bytes were sent again and again in vain: \d+ times/,
  )
  expect(found?.why[1]).toMatch(/^Packets of up to 440 bytes were acknowledged\. Small ones passed/)
})

test('is named by two connections that hang alike, where nothing behind the gap shows', async () => {
  expect((await toldOf(hole({ isBehind: false }))).said).toContain(HOLE)
})

test('is told as the cause where loss is told', async () => {
  const { findings } = await toldOf(hole({ isBusy: true }))
  const loss = findings.find(({ reason }) => reason === 'loss')
  expect(loss).toMatchObject({ row: 'S-08', source: 'app-a', destination: 'web-dmz-1' })
  expect(loss?.why.at(-1)).toBe(
    'Packets of 1500 bytes are lost again and again and smaller ones pass: a path-MTU black hole.',
  )
})

const innocent: Readonly<Record<string, Told>> = {
  'a router says that packets are too big': { isTold: true },
  'small ones are lost as well': { areSmallLost: true },
  'what is lost is no larger than what passes': { lost: SMALL },
}
for (const [name, told] of Object.entries(innocent))
  test(`is not named where ${name}`, async () => {
    const { said } = await toldOf(hole(told))
    expect(said.filter(line => line.includes('mtu_black_hole'))).toEqual([])
    // The connection did hang, whatever the cause.
    expect(said).toContain('degraded:interrupted S-06 web-dmz-1 > app-a')
  })
