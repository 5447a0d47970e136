// What one flow announces about others: data connections of FTP, media of SIP. An announcement names what
// follows, and never allows what no row allows (F22).

import { describe, expect, test } from 'vitest'
import { sdp, sipInvite, sipOk } from '../../fixtures/scenario/payloads.ts'
import { opaque } from '../../fixtures/scenario/payloads-binary.ts'
import type { Verbs } from '../../fixtures/scenario/scenario.ts'
import type { Line } from '../../fixtures/scenario/tcp.ts'
import { audited, flowOn, remarkOf, type Tell } from './story.ts'

const DATA_PORT = 49_777
const BLADE = '10,10,20,31'
const PORTS = `${DATA_PORT >> 8},${DATA_PORT & 0xff}`

const FTP: readonly Line[] = [
  { server: '220 FTP server ready.\r\n' },
  { client: 'USER admin\r\n' },
  { server: '331 Password required.\r\n' },
  { client: 'PASS word\r\n' },
  { server: '230 Logged in.\r\n' },
]
const said = (client: string, server: string): readonly Line[] => [
  ...FTP,
  { client: `${client}\r\n` },
  { server: `${server}\r\n` },
  { client: 'RETR mpx.log\r\n' },
  { server: '150 Here it comes.\r\n' },
]

type People = (name: string) => ReturnType<Parameters<Tell>[1]>
const passive = (net: Verbs, host: People): void =>
  void net.tcp(host('admin'), host('audio'), DATA_PORT, { response: opaque(3000) })
const active = (net: Verbs, host: People): void =>
  void net.tcp(host('audio'), host('admin'), DATA_PORT, { clientPort: 20, request: opaque(3000) })

describe('a data connection that was announced', () => {
  const ways: Readonly<Record<string, readonly [string, string, typeof passive]>> = {
    'by PASV': ['PASV', `227 Entering Passive Mode (${BLADE},${PORTS})`, passive],
    'by EPSV': ['EPSV', `229 Entering Extended Passive Mode (|||${DATA_PORT}|)`, passive],
    'by PORT': [`PORT 10,10,50,5,${PORTS}`, '200 PORT command successful.', active],
    'by EPRT': [`EPRT |1|10.10.50.5|${DATA_PORT}|`, '200 EPRT command successful.', active],
  }
  for (const [how, [command, reply, data]] of Object.entries(ways)) {
    test(`${how} is judged like its control connection`, async () => {
      const audit = await audited((net, host) => {
        net.at(1).tcpOpen(host('admin'), host('audio'), 21, { talk: said(command, reply) })
        data(net.at(2), host)
      })
      const judged = flowOn(audit, DATA_PORT)
      expect(judged.flow.app.protocol).toBe('ftp-data')
      expect(remarkOf(judged)).toBe('permitted I-14, verified signature')
    })

    test(`${how} falls with its control connection`, async () => {
      const audit = await audited((net, host) => {
        const other: People = name => host(name === 'admin' ? 'enduser' : name)
        const talk = said(
          command.replace('10,10,50,5', '10,20,3,4').replace('10.10.50.5', '10.20.3.4'),
          reply,
        )
        net.at(1).tcpOpen(host('enduser'), host('audio'), 21, { talk })
        data(net.at(2), other)
      })
      expect(remarkOf(flowOn(audit, DATA_PORT))).toBe('escaped:over_exposed I-14, verified none')
    })
  }

  test('belongs to it though nothing was transferred', async () => {
    const audit = await audited((net, host) => {
      const talk = said('PASV', `227 Entering Passive Mode (${BLADE},${PORTS})`)
      net.at(1).tcpOpen(host('admin'), host('audio'), 21, { talk })
      net.at(2).tcp(host('admin'), host('audio'), DATA_PORT)
    })
    expect(flowOn(audit, DATA_PORT).verdict).toMatchObject({ kind: 'permitted', row: 'I-14' })
  })

  test('belongs to it though a reply before the announcement was not captured', async () => {
    const talk = said('PASV', `227 Entering Passive Mode (${BLADE},${PORTS})`)
    const tell: Tell = (net, host) => {
      net.at(1).tcpOpen(host('admin'), host('audio'), 21, { talk })
      passive(net.at(2), host)
    }
    const isLost = ({ bytes }: { readonly bytes: Uint8Array }) =>
      Buffer.from(bytes).includes('331 Password')
    expect(remarkOf(flowOn(await audited(tell, isLost), DATA_PORT))).toBe(
      'permitted I-14, verified signature',
    )
  })
})

describe('a connection is nobody’s data connection', () => {
  const stories: Readonly<Record<string, Tell>> = {
    'where nothing announced it': (net, host) => {
      net.at(1).tcpOpen(host('admin'), host('audio'), 21, { talk: FTP })
      passive(net.at(2), host)
    },
    'where the announcement names somebody else': (net, host) => {
      const talk = said('PASV', `227 Entering Passive Mode (10,10,20,11,${PORTS})`)
      net.at(1).tcpOpen(host('admin'), host('audio'), 21, { talk })
      net.at(2).tcp(host('admin'), host('app'), DATA_PORT, { response: opaque(3000) })
    },
    'where somebody else comes': (net, host) => {
      const talk = said('PASV', `227 Entering Passive Mode (${BLADE},${PORTS})`)
      net.at(1).tcpOpen(host('admin'), host('audio'), 21, { talk })
      net.at(2).tcp(host('enduser'), host('audio'), DATA_PORT, { response: opaque(3000) })
    },
    'where it comes minutes later': (net, host) => {
      const talk = said('PASV', `227 Entering Passive Mode (${BLADE},${PORTS})`)
      net.at(1).tcpOpen(host('admin'), host('audio'), 21, { talk })
      passive(net.at(125), host)
    },
  }
  for (const [when, tell] of Object.entries(stories))
    test(when, async () => {
      expect(remarkOf(flowOn(await audited(tell), DATA_PORT))).toBe(
        'escaped:unlisted unlisted, verified none',
      )
    })

  test('where the one that was announced has come already', async () => {
    const audit = await audited((net, host) => {
      const talk = said('PASV', `227 Entering Passive Mode (${BLADE},${PORTS})`)
      net.at(1).tcpOpen(host('admin'), host('audio'), 21, { talk })
      net.at(2).tcp(host('admin'), host('audio'), DATA_PORT, { response: opaque(3000) })
      net.at(3).tcp(host('admin'), host('audio'), DATA_PORT, { response: opaque(3000) })
    })
    const remarks = audit.flows.filter(({ flow }) => flow.server.port === DATA_PORT).map(remarkOf)
    expect(remarks.toSorted()).toEqual([
      'escaped:unlisted unlisted, verified none',
      'permitted I-14, verified signature',
    ])
  })
})

describe('media that SIP announced', () => {
  /** The telephone says where it listens; the call is one that the rows allow. */
  const call = (net: Verbs, host: People, address: string, port: number): void =>
    void net.udp(host('cucm'), host('audio'), 5060, {
      request: sipInvite({ body: sdp(address, port) }),
      response: sipOk({ body: sdp('10.10.20.31', 16_400) }),
    })

  test('verify a stream that leaves the blade from a port of no row', async () => {
    const audit = await audited((net, host) => {
      call(net.at(1), host, '10.30.1.1', 30_000)
      net.at(2).rtp(host('audio'), host('phone'), { sourcePort: 40_001, port: 30_000 })
    })
    expect(remarkOf(flowOn(audit, 40_001))).toBe('permitted O-13, verified signature')
  })

  test('cannot be told of a stream that was not announced', async () => {
    const audit = await audited((net, host) => {
      call(net.at(1), host, '10.30.1.1', 30_002)
      net.at(2).rtp(host('audio'), host('phone'), { sourcePort: 40_001, port: 30_000 })
    })
    expect(remarkOf(flowOn(audit, 40_001))).toBe('permitted_unverified O-13, verified none')
  })

  test('never make an unlisted flow allowed', async () => {
    const audit = await audited((net, host) => {
      call(net.at(1), host, '203.0.113.9', 30_000)
      net.at(2).rtp(host('audio'), host('external'), { sourcePort: 16_400, port: 30_000 })
    })
    expect(flowOn(audit, 30_000).verdict).toMatchObject({ kind: 'escaped' })
  })

  test('never make other datagrams media', async () => {
    const audit = await audited((net, host) => {
      call(net.at(1), host, '10.30.1.1', 30_000)
      net.at(2).udpOneWay(host('audio'), host('phone'), 30_000, {
        ...{ clientPort: 40_001, count: 20, everyMs: 20, request: opaque(160) },
      })
    })
    expect(remarkOf(flowOn(audit, 40_001))).toBe('permitted_unverified O-13, verified none')
    expect(audit.findings.map(({ title }) => title)).toContainEqual(
      expect.stringMatching(/of what .* on row O-13 is not recognised/),
    )
  })
})
