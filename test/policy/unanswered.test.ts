// BS7: a datagram that asks for an answer, sent again under the same number and never answered. A filter, or
// a server that is down; and only where an answer would have been seen.

import { describe, expect, test } from 'vitest'
import type { Bytes } from '../../fixtures/scenario/bytes.ts'
import { sipInvite, sipOk } from '../../fixtures/scenario/payloads.ts'
import * as binary from '../../fixtures/scenario/payloads-binary.ts'
import { ipv4 } from '../../src/model/address.ts'
import { verdictText } from '../support/audit.ts'
import { audited, flowOn } from './story.ts'

const CLIENT_PORT = 51_111
const NAME = 'meet.example.com'

interface Asked {
  readonly ends: readonly [client: string, server: string, port: number]
  readonly request: Bytes
  readonly response: Bytes
  readonly row: string
  /** Of the finding; one below that of an attempt that was surely filtered. */
  readonly severity: string
}

const CASES: Readonly<Record<string, Asked>> = {
  DNS: {
    ends: ['app', 'dns', 53],
    request: binary.dnsQuery(NAME, 77),
    response: binary.dnsAnswer(NAME, ipv4(1), 77),
    ...{ row: 'O-05', severity: 'medium' },
  },
  SNMP: {
    ends: ['admin', 'app', 161],
    request: binary.snmpGet(77),
    response: binary.snmpResponse(77),
    ...{ row: 'I-04', severity: 'low' },
  },
  SIP: {
    ends: ['cucm', 'app', 5060],
    request: sipInvite(),
    response: sipOk(),
    ...{ row: 'I-07', severity: 'low' },
  },
  NTP: {
    ends: ['app', 'ntp', 123],
    request: binary.ntpRequest(77),
    response: binary.ntpReply(77),
    ...{ row: 'O-06', severity: 'low' },
  },
}

interface Story {
  readonly count: number
  readonly isAnswered?: boolean
  readonly isVisible?: boolean
}

async function told({ ends, request, response }: Asked, story: Story) {
  const { count, isAnswered = false, isVisible = true } = story
  const [client, server, port] = ends
  const audit = await audited((net, host) => {
    const [from, to] = [host(client), host(server)]
    // A connection seen both ways shows that answers between the two would be seen.
    if (isVisible) net.at(1).tcp(to, from, 9999)
    const often = { clientPort: CLIENT_PORT, count, everyMs: 2000, request }
    net.at(10).udpOneWay(from, to, port, often)
    if (isAnswered) net.at(17).udp(from, to, port, { ...often, count: 1, response })
  })
  const { flow, verdict } = flowOn(audit, CLIENT_PORT)
  const { signature, state } = verdict.outcome
  const finding = audit.findings.find(
    one => one.row === verdict.row && one.verdict === verdict.kind,
  )
  return {
    retries: flow.app.retries,
    says: `${verdictText({ flow, verdict } as Parameters<typeof verdictText>[0])} by ${signature ?? state}`,
    confidence: verdict.confidence,
    severity: finding?.severity,
  }
}

for (const [name, asked] of Object.entries(CASES))
  describe(name, () => {
    const { row, severity } = asked

    test('asked three times and never answered is possibly misdropped', async () => {
      expect(await told(asked, { count: 3 })).toEqual({
        ...{ retries: 2, says: `misdropped ${row} by BS7` },
        ...{ confidence: 'possible', severity },
      })
    })

    test('is not where one answer came', async () => {
      const { says } = await told(asked, { count: 3, isAnswered: true })
      expect(says).toBe(`permitted ${row} by answered`)
    })

    test('is not after one question alone', async () => {
      const { says, retries } = await told(asked, { count: 1 })
      expect([says, retries]).toEqual([`permitted_unverified ${row} by one_way`, 0])
    })

    test('is not where answers between the two were never seen', async () => {
      const { says } = await told(asked, { count: 3, isVisible: false })
      expect(says).toBe(`permitted_unverified ${row} by one_way`)
    })
  })

test('new questions are no repetition, though nobody answers them', async () => {
  const audit = await audited((net, host) => {
    net.at(1).tcp(host('dns'), host('app'), 9999)
    net.at(10).udpOneWay(host('app'), host('dns'), 53, {
      ...{ clientPort: CLIENT_PORT, count: 5 },
      request: index => binary.dnsQuery(NAME, index + 1),
    })
  })
  expect(flowOn(audit, CLIENT_PORT).verdict.outcome.signature).toBeNull()
})
