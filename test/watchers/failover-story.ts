// Stories about two Application Servers: somebody is served by app-a, others talk all the while, and there may be a
// heartbeat between the two.

import { httpRequest, httpResponse } from '../../fixtures/scenario/payloads.ts'
import { scenario } from '../../fixtures/scenario/scenario.ts'
import { Line, others } from './line.ts'

export const MINUTE = 60

/** Both nodes, an administrator who is served by app-a once a minute, and others all the while. */
export function story(until = 30 * MINUTE, { isServed = true } = {}) {
  const net = scenario({ start: '2026-03-02T10:00:00Z' })
  const a = net.host('app-a', { ip: '10.10.20.11' })
  const b = net.host('app-b', { ip: '10.10.20.12' })
  const admin = net.host('admin', { ip: '10.10.50.9' })
  const dns = net.host('dns-1', { ip: '10.10.20.53' })
  others(net, [1, until])
  const page = { request: httpRequest('/'), response: httpResponse() }
  for (let at = 7; at < until; at += MINUTE)
    if (isServed) net.at(at).tcp(admin, a, 80, page)
    else net.at(at).udpOneWay(a, dns, 9)
  return { net, a, b, admin }
}
export type Story = ReturnType<typeof story>

export const beat = (minute: number) => 10 + minute * MINUTE

/** A long connection with a beat in each of these minutes. */
export function beats({ net, a, b }: Story, minutes: readonly number[], port = 2008): Line {
  const line = new Line(net, [a, b], port)
  line.open(2)
  for (const minute of minutes) line.exchange(beat(minute))
  return line
}

export const range = (from: number, until: number) =>
  Array.from({ length: until - from }, (_, index) => from + index)
