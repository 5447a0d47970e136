// O-01 and O-02 in use to one Exchange server at once: TLS was turned on, and the clear path stayed open.

import { expect, test } from 'vitest'
import { httpRequest, httpResponse } from '../../fixtures/scenario/payloads.ts'
import { tlsClientHello, tlsServerHello } from '../../fixtures/scenario/payloads-binary.ts'
import { scenario } from '../../fixtures/scenario/scenario.ts'
import { auditBytes } from '../support/audit.ts'
import { SITE } from './site.ts'

async function audited(
  ports: readonly (readonly [server: 'exchange-1' | 'exchange-2', port: number])[],
) {
  const net = scenario({ start: '2026-03-02T10:00:00Z' })
  const app = net.host('app-a', { ip: '10.10.20.11' })
  const exchange = {
    'exchange-1': net.host('exchange-1', { ip: '10.10.20.51' }),
    'exchange-2': net.host('exchange-2', { ip: '10.10.20.52' }),
  }
  for (const [index, [server, port]] of ports.entries()) {
    const said =
      port === 80
        ? { request: httpRequest('/calendar'), response: httpResponse() }
        : { request: tlsClientHello(), response: tlsServerHello() }
    net.at(1 + index * 10).tcp(app, exchange[server], port, said)
  }
  return auditBytes(net.pcap(), SITE)
}

test('clear text and TLS to the same server are remarked on once', async () => {
  const { findings } = await audited([
    ['exchange-1', 80],
    ['exchange-1', 443],
    ['exchange-1', 80],
  ])
  expect(findings).toMatchObject([
    {
      ...{ verdict: 'advisory', reason: 'mixed_transport', row: 'O-02', severity: 'low' },
      ...{ source: 'app-a', destination: 'exchange-1' },
      title: 'app-a reaches exchange-1 both in clear text and by TLS',
    },
  ])
})

test('each server may have a transport of its own', async () => {
  const { findings } = await audited([
    ['exchange-1', 80],
    ['exchange-2', 443],
  ])
  expect(findings).toEqual([])
})
