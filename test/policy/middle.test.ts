// Connections that were picked up in their middle: what they carry tells who asks whom, and what they may
// have turned into accuses nobody.

import { describe, expect, test } from 'vitest'
import { bytesOf, join, u16 } from '../../fixtures/scenario/bytes.ts'
import { tlsData } from '../../fixtures/scenario/office-payloads.ts'
import {
  httpRequest,
  httpResponse,
  sipInvite,
  sipOk,
  sshBanner,
} from '../../fixtures/scenario/payloads.ts'
import * as binary from '../../fixtures/scenario/payloads-binary.ts'
import { ipv4 } from '../../src/model/address.ts'
import { rtpMessage } from '../support/conversations.ts'
import { audited, flowOn, remarkOf } from './story.ts'

const CLIENT_PORT = 51_234
const NAME = 'meet.example.com'
const overTcp = (message: Uint8Array) => join(u16(message.length), message)

describe('TLS in the middle of a connection that may have gone over to it is no wrong protocol', () => {
  const rows: Readonly<Record<string, readonly [client: string, server: string, port: number]>> = {
    'O-03': ['app', 'smtp', 25],
    'I-14': ['admin', 'audio', 21],
    'O-12': ['app', 'cucm', 389],
    'I-31': ['web-int', 'sql', 1433],
    'O-04': ['app', 'socks', 1080],
  }
  for (const [row, [client, server, port]] of Object.entries(rows))
    test(`on ${row}`, async () => {
      const audit = await audited((net, host) =>
        net.at(1).tcpMidstream(host(client), host(server), port, {
          clientPort: CLIENT_PORT,
          request: tlsData(80),
          response: tlsData(200),
        }),
      )
      expect(remarkOf(flowOn(audit, CLIENT_PORT))).toBe(
        `permitted_unverified ${row}, verified none`,
      )
    })

  test('but a row that never does so is broken by it', async () => {
    const audit = await audited((net, host) =>
      net.at(1).tcpMidstream(host('admin'), host('audio'), 23, {
        clientPort: CLIENT_PORT,
        request: tlsData(80),
        response: tlsData(200),
      }),
    )
    expect(remarkOf(flowOn(audit, CLIENT_PORT))).toBe('escaped:wrong_protocol I-15, verified none')
  })

  test('and whoever begins with it was never anything else', async () => {
    const talk = [{ client: binary.tlsClientHello() }, { server: binary.tlsServerHello() }]
    const audit = await audited((net, host) =>
      net.at(1).tcp(host('app'), host('smtp'), 25, { clientPort: CLIENT_PORT, talk }),
    )
    expect(remarkOf(flowOn(audit, CLIENT_PORT))).toBe('escaped:wrong_protocol O-03, verified none')
  })
})

// The port says nothing: both are dynamic, and the server's packet comes first.
describe('a request tells who is the client', () => {
  const talks: Readonly<
    Record<string, readonly [request: string | Uint8Array, response: string | Uint8Array]>
  > = {
    HTTP: [httpRequest(), httpResponse()],
    TLS: [binary.tlsClientHello(), binary.tlsServerHello()],
    'DNS over TCP': [overTcp(binary.dnsQuery(NAME)), overTcp(binary.dnsAnswer(NAME, ipv4(1)))],
    'SIP over TCP': [sipInvite({ transport: 'TCP' }), sipOk({ transport: 'TCP' })],
  }
  for (const [name, [request, response]] of Object.entries(talks))
    test(`${name}, though the capture shows an answer first`, async () => {
      const audit = await audited((net, host) =>
        // Told from the other end: what the verb calls the client answers here.
        net.at(1).tcpMidstream(host('web-dmz'), host('external'), 49_500, {
          ...{ clientPort: CLIENT_PORT, request: response, response: request },
        }),
      )
      const { flow } = flowOn(audit, CLIENT_PORT)
      expect(flow.basis).toBe('app_request')
      expect([flow.client.port, flow.server.port]).toEqual([49_500, CLIENT_PORT])
    })

  const datagrams: typeof talks = {
    DNS: [binary.dnsQuery(NAME), binary.dnsAnswer(NAME, ipv4(1))],
    SIP: [sipInvite(), sipOk()],
    NTP: [binary.ntpRequest(), binary.ntpReply()],
    SNMP: [binary.snmpGet(), binary.snmpResponse()],
  }
  for (const [name, [request, response]] of Object.entries(datagrams))
    test(`${name} over UDP, though the capture shows an answer first`, async () => {
      const audit = await audited((net, host) =>
        net.at(1).udp(host('web-dmz'), host('external'), 49_500, {
          ...{ clientPort: CLIENT_PORT, request: response, response: request, count: 2 },
        }),
      )
      const { flow } = flowOn(audit, CLIENT_PORT)
      expect(flow.basis).toBe('app_request')
      expect([flow.client.port, flow.server.port]).toEqual([49_500, CLIENT_PORT])
    })

  test('and the counters go with their ends', async () => {
    const [answer, question] = [httpResponse('x'.repeat(900)), httpRequest()]
    const audit = await audited((net, host) =>
      net.at(1).tcpMidstream(host('web-dmz'), host('external'), 49_500, {
        ...{ clientPort: CLIENT_PORT, exchanges: 1, request: answer, response: question },
      }),
    )
    const { flow } = flowOn(audit, CLIENT_PORT)
    expect(flow.toClient.bytes - flow.toServer.bytes).toBe(
      bytesOf(answer).length - bytesOf(question).length,
    )
    expect(flow.data).toEqual({ client: true, server: true })
  })

  test('so that it may carry a verdict that turns on direction', async () => {
    const audit = await audited((net, host) =>
      net.at(1).tcpMidstream(host('app'), host('web-dmz'), 61_004, {
        ...{ clientPort: CLIENT_PORT, request: httpRequest(), response: httpResponse() },
      }),
    )
    const judged = flowOn(audit, CLIENT_PORT)
    expect(judged.flow.basis).toBe('app_request')
    expect(remarkOf(judged)).toBe('escaped:wrong_direction S-10, verified none')
  })

  test('which nothing does where no request was seen', async () => {
    const audit = await audited((net, host) =>
      net.at(1).tcpMidstream(host('app'), host('web-dmz'), 61_004, { clientPort: CLIENT_PORT }),
    )
    expect(flowOn(audit, CLIENT_PORT).verdict.reason).not.toBe('wrong_direction')
  })
})

describe('what both ends say alike tells nothing', () => {
  test('SSH', async () => {
    const audit = await audited((net, host) =>
      net.at(1).tcpMidstream(host('web-dmz'), host('external'), 49_500, {
        ...{ clientPort: CLIENT_PORT, request: sshBanner(), response: sshBanner() },
      }),
    )
    const { flow } = flowOn(audit, CLIENT_PORT)
    expect([flow.app.protocol, flow.basis]).toEqual(['ssh', 'first_packet'])
  })

  test('TLS, once it is sealed', async () => {
    const audit = await audited((net, host) =>
      net.at(1).tcpMidstream(host('web-dmz'), host('external'), 49_500, {
        ...{ clientPort: CLIENT_PORT, request: tlsData(80), response: tlsData(200) },
      }),
    )
    const { flow } = flowOn(audit, CLIENT_PORT)
    expect([flow.app.protocol, flow.basis]).toEqual(['tls', 'first_packet'])
  })

  test('RTP', async () => {
    const audit = await audited((net, host) =>
      net.at(1).udp(host('web-dmz'), host('external'), 49_500, {
        ...{ clientPort: CLIENT_PORT, count: 8, everyMs: 20 },
        request: index => rtpMessage(index),
        response: index => rtpMessage(index, 99, 1),
      }),
    )
    const { flow } = flowOn(audit, CLIENT_PORT)
    expect([flow.app.protocol, flow.basis]).toEqual(['rtp', 'first_packet'])
  })
})
