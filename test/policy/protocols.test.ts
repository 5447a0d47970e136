// Goal: no port is trusted to carry what its row says, and no protocol is taken for another (pitfall 10).
// Method: the conversation of every protocol on every row's port, between a source that the row names and
// its server. What each row expects stands here, written down from the document and not read from rules/.

import { describe, expect, test } from 'vitest'
import { sshBanner } from '../../fixtures/scenario/payloads.ts'
import type { Line } from '../../fixtures/scenario/tcp.ts'
import type { JudgedFlow } from '../../src/model/verdict.ts'
import { verdictText } from '../support/audit.ts'
import { DATAGRAM_TALKS, STREAM_TALKS } from '../support/conversations.ts'
import { testEach } from './rows/cases.ts'
import { audited, flowOn } from './story.ts'

/** The row, then everything that it expects; `opaque` where nobody but the vendor knows. */
type Rows = Readonly<Record<string, string>>

const TCP_ROWS: Rows = {
  'admin -> app tcp/22': 'I-01 ssh',
  'admin -> app tcp/80': 'I-02 http',
  'admin -> app tcp/443': 'I-02 tls',
  'app-b -> app tcp/2008': 'I-05 opaque',
  'web-int -> app tcp/5003': 'I-06 opaque',
  'cucm -> app tcp/5060': 'I-07 sip',
  'web-int -> app tcp/8080': 'I-08 http',
  'admin -> app tcp/9090': 'I-09 http',
  'audio -> app tcp/61002': 'I-10 sip',
  'audio -> app tcp/61003': 'I-11 opaque',
  'web-dmz -> app tcp/61004': 'I-12 http',
  'admin -> audio tcp/21': 'I-14 ftp',
  'admin -> video tcp/23': 'I-15 telnet',
  'admin -> audio tcp/80': 'I-16 http',
  'app -> audio tcp/2010': 'I-19 opaque',
  'app -> video tcp/3333': 'I-20 opaque',
  'app -> audio tcp/3336': 'I-21 xml http',
  'audio -> video tcp/3337': 'I-22 xml http',
  'app -> audio tcp/3340': 'I-23 opaque',
  'cucm -> audio tcp/5060': 'I-24 sip',
  'app -> video tcp/2944': 'I-27 h248',
  'app -> video tcp/2945': 'I-27 h248',
  'enduser -> web-int tcp/80': 'I-28 http',
  'external -> web-dmz tcp/80': 'I-28.1 http',
  'enduser -> web-int tcp/443': 'I-29 tls',
  'external -> web-dmz tcp/443': 'I-29.1 tls',
  'enduser -> web-int tcp/1627': 'I-30 rtmp',
  'external -> web-dmz tcp/1627': 'I-30.1 rtmp',
  'web-int -> sql tcp/1433': 'I-31 tds',
  'app -> web-reverse tcp/5003': 'I-32 opaque',
  'lcs -> lcs-gw tcp/5060': 'I-33 sip tls',
  'lcs -> lcs-gw tcp/5069': 'I-33 sip tls',
  'sametime -> sametime-gw tcp/8083': 'I-34 rmi',
  'sametime -> sametime-gw tcp/8086': 'I-35 rmi',
  'app -> exchange tcp/80': 'O-01 http',
  'app -> exchange tcp/443': 'O-02 tls',
  'app -> smtp tcp/25': 'O-03 smtp',
  'app -> socks tcp/1080': 'O-04 socks',
  'audio -> dns tcp/53': 'O-05 dns',
  'app -> cucm tcp/8443': 'O-11 tls',
  'app -> cucm tcp/389': 'O-12 ldap',
}

/** An address of WebEx alone, without a name of its domain, verifies nothing. */
const NAMELESS_ROWS: Rows = {
  'enduser -> webex tcp/80': 'W-01 http',
  'enduser -> webex tcp/443': 'W-01 tls',
}

/** RMI has no form over UDP, so that nothing on 8083 can be what I-34 expects. */
const UDP_ROWS: Rows = {
  'web-dmz -> app udp/123': 'I-03 ntp',
  'admin -> app udp/161': 'I-04 snmp',
  'cucm -> app udp/5060': 'I-07 sip',
  'audio -> app udp/61002': 'I-10 sip',
  'audio -> app udp/20000': 'I-13 rtp rtcp',
  'app -> audio udp/123': 'I-17 ntp',
  'admin -> audio udp/161': 'I-18 snmp',
  'cucm -> audio udp/5060': 'I-24 sip',
  'phone -> audio udp/16400': 'I-25 rtp rtcp',
  'phone -> video udp/20100': 'I-26 rtp rtcp',
  'sametime -> sametime-gw udp/8083': 'I-34 rmi',
  'app -> dns udp/53': 'O-05 dns',
  'app -> ntp udp/123': 'O-06 ntp',
  'app -> web-dmz udp/123': 'S-11 ntp',
  'web-dmz -> ntp udp/123': 'S-12 ntp',
}

/** `permitted I-01, verified signature`. */
const remark = (judged: JudgedFlow): string =>
  `${verdictText(judged)}, verified ${judged.verdict.verified}`

function expected(row: string, words: readonly string[], protocol: string): string {
  if (protocol === 'opaque')
    return words.includes('opaque')
      ? `permitted ${row}, verified negative`
      : `permitted_unverified ${row}, verified none`
  return words.includes(protocol)
    ? `permitted ${row}, verified signature`
    : `escaped:wrong_protocol ${row}, verified none`
}

function combinations(rows: Rows, protocols: readonly string[]): Record<string, string> {
  const all = Object.entries(rows).flatMap(([way, what]) => {
    const [row = '', ...words] = what.split(' ')
    return protocols.map(protocol => [`${way} ${protocol}`, expected(row, words, protocol)])
  })
  return Object.fromEntries(all) as Record<string, string>
}

describe('pitfall 10: every protocol on every row of TCP', () => {
  testEach(combinations(TCP_ROWS, Object.keys(STREAM_TALKS)), remark)
})

describe('pitfall 10: every protocol to addresses of WebEx', () => {
  const rows = Object.entries(combinations(NAMELESS_ROWS, Object.keys(STREAM_TALKS)))
  const unverified = rows.map(([way, text]) => [
    way,
    text.replace(/^permitted /, 'permitted_unverified '),
  ])
  testEach(Object.fromEntries(unverified) as Record<string, string>, remark)
})

describe('pitfall 10: every protocol on every row of UDP', () => {
  testEach(combinations(UDP_ROWS, Object.keys(DATAGRAM_TALKS)), remark)
})

// By letter these rows open every port of a telephone; by their signature they do not.
describe('pitfall 10: what blades send telephones, from their own ports', () => {
  testEach(
    {
      'audio -> phone udp/20006 rtp from 16384': 'permitted O-13, verified signature',
      'audio -> phone udp/20006 rtp from 16682': 'permitted O-13, verified signature',
      'video -> phone udp/16400 rtp from 20000': 'permitted O-14, verified signature',
      'audio -> phone udp/20007 rtcp from 16385': 'permitted O-15, verified signature',
      'video -> phone udp/16401 rtcp from 20001': 'permitted O-15, verified signature',
      'audio -> phone udp/20008 opaque from 16386': 'permitted_unverified O-13, verified none',
      'video -> phone udp/16402 opaque from 20002': 'permitted_unverified O-14, verified none',
      'audio -> phone udp/20009 dns from 16388': 'escaped:wrong_protocol O-13, verified none',
      'audio -> phone udp/20010 sip from 16390': 'escaped:wrong_protocol O-13, verified none',
      'video -> phone udp/16403 snmp from 20004': 'escaped:wrong_protocol O-14, verified none',
    },
    remark,
  )
})

describe('what blades send telephones from another port', () => {
  testEach(
    {
      'audio -> phone udp/20006 rtp from 16383': 'permitted_unverified O-13, verified none',
      'audio -> phone udp/20006 rtp from 16684': 'permitted_unverified O-13, verified none',
      'audio -> phone udp/20006 rtp from 20000': 'permitted_unverified O-13, verified none',
      'video -> phone udp/20006 rtp from 21800': 'permitted_unverified O-14, verified none',
    },
    remark,
  )
})

describe('where one side alone speaks another protocol, nobody is accused', () => {
  const talks: Readonly<Record<string, readonly Line[]>> = {
    'the server': [{ server: sshBanner() }],
    'the client': [{ client: sshBanner() }],
  }
  for (const [who, talk] of Object.entries(talks))
    for (const [row, port] of [
      ['I-08', 8080],
      ['I-06', 5003],
    ] as const)
      test(`${who}, on ${row}`, async () => {
        const audit = await audited((net, host) =>
          net.at(1).tcp(host('web-int'), host('app'), port, { clientPort: 51_000, talk }),
        )
        expect(remark(flowOn(audit, 51_000))).toBe(`permitted_unverified ${row}, verified none`)
      })
})
