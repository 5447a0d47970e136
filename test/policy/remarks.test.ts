// What is remarked of flows that rows allow: logins in clear, control of a time server, and how much of a
// row stays unrecognised.

import { describe, expect, test } from 'vitest'
import { join, zeros } from '../../fixtures/scenario/bytes.ts'
import type { Line } from '../../fixtures/scenario/tcp.ts'
import { openEquations } from '../../src/model/ledger.ts'
import type { JudgedFlow } from '../../src/model/verdict.ts'
import { verdictText } from '../support/audit.ts'
import { testEach } from './rows/cases.ts'
import { audited, flowOn } from './story.ts'

const CLIENT_PORT = 51_111

const advised = (judged: JudgedFlow): string =>
  [verdictText(judged), ...judged.verdict.advisories].join(', ')

describe('clear text on the rows of administration', () => {
  testEach(
    {
      'admin -> app udp/161 snmp': 'permitted I-04, cleartext',
      'admin -> app tcp/9090 http': 'permitted I-09, cleartext',
      'admin -> audio tcp/21 ftp': 'permitted I-14, cleartext',
      'admin -> audio tcp/23 telnet': 'permitted I-15, cleartext',
      'admin -> audio udp/161 snmp': 'permitted I-18, cleartext',
      'lcs -> lcs-gw tcp/5060 sip': 'permitted I-33, cleartext',
      'app -> cucm tcp/389 ldap': 'permitted O-12, cleartext',
      // Sealed, or on a row of which nobody expects more.
      'lcs -> lcs-gw tcp/5061 tls': 'permitted I-33',
      'admin -> app tcp/80 http': 'permitted I-02',
      'cucm -> app tcp/5060 sip': 'permitted I-07',
      // What nobody recognises is not called clear.
      'admin -> audio tcp/23 opaque': 'permitted_unverified I-15',
    },
    advised,
  )

  test('is none where FTP went over to TLS', async () => {
    const talk: readonly Line[] = [
      { server: '220 FTP server ready.\r\n' },
      { client: 'AUTH TLS\r\n' },
      { server: '234 Go ahead.\r\n' },
    ]
    const audit = await audited((net, host) =>
      net.at(1).tcp(host('admin'), host('audio'), 21, { clientPort: CLIENT_PORT, talk }),
    )
    expect(advised(flowOn(audit, CLIENT_PORT))).toBe('permitted I-14')
  })
})

describe('NTP that controls a server', () => {
  const control = join([0x16, 0x01], zeros(10))
  const answer = join([0x16, 0x81], zeros(10))
  const listing = join([0x17, 0x00, 0x03, 0x2a], zeros(4))
  const listed = join([0x97, 0x00, 0x03, 0x2a], zeros(4))
  for (const [what, request, response] of [
    ['control', control, answer],
    ['private', listing, listed],
  ] as const)
    test(`(${what}) is no time exchange`, async () => {
      const audit = await audited((net, host) =>
        net.at(1).udp(host('web-dmz'), host('app'), 123, {
          ...{ clientPort: CLIENT_PORT, request, response },
        }),
      )
      const judged = flowOn(audit, CLIENT_PORT)
      expect(judged.flow.app.facts.operation).toBe(what)
      expect(advised(judged)).toBe('permitted_unverified I-03, ntp_control')
    })
})

describe('how much of a row nobody recognises', () => {
  /** So many connections, of which some say what nobody knows. */
  const shareOf = async (flows: number, strange: number) => {
    const talks = (index: number): readonly Line[] =>
      index < strange
        ? [{ client: 'who knows\n' }, { server: 'nobody\n' }]
        : [{ client: 'SSH-2.0-a\r\n' }, { server: 'SSH-2.0-b\r\n' }]
    const { findings, ledger } = await audited((net, host) => {
      for (let index = 0; index < flows; index++)
        net.at(1 + index / 10).tcp(host('admin'), host('app'), 22, { talk: talks(index) })
    })
    expect(openEquations(ledger)).toEqual([])
    return findings.map(({ title, members, severity }) => ({ title, members, severity }))
  }

  test('is a finding above 10 %', async () => {
    expect(await shareOf(19, 2)).toEqual([
      {
        title: '10.5 % of what admin@admin-net sent app on row I-01 is not recognised',
        ...{ members: 2, severity: 'low' },
      },
    ])
  })

  test('is none at 10 %', async () => {
    expect(await shareOf(20, 2)).toEqual([])
  })

  // RTMP shows itself by its handshake alone, so a capture that starts late would accuse every meeting room.
  test('does not count connections that are older than the capture', async () => {
    const { findings, flows } = await audited((net, host) => {
      net.at(1).tcpMidstream(host('enduser'), host('web-int'), 1627)
    })
    expect(flows.map(verdictText)).toContain('permitted_unverified I-30')
    expect(findings).toEqual([])
  })

  test('does not count connections that carried nothing', async () => {
    const { findings } = await audited((net, host) => {
      net.at(1).tcp(host('admin'), host('app'), 22)
    })
    expect(findings).toEqual([])
  })
})
