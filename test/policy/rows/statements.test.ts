// What other statements allow: WebEx (W-01), time (S-11, S-12), the ping between the nodes (F-09);
// and what nobody lists.

import { describe, expect, test } from 'vitest'
import { pcapOf } from '../../../fixtures/scenario/pcap.ts'
import { auditBytes } from '../../support/audit.ts'
import { testCases, testEach } from './cases.ts'
import { SITE } from './site.ts'
import { captureOf } from './telling.ts'

describe('WebEx: HTTP and HTTPS, from the site (W-01, A-06)', () => {
  testCases({
    'app -> webex tcp/443 established': 'permitted_unverified W-01',
    'web-dmz -> webex tcp/80 established': 'permitted_unverified W-01',
    'enduser -> webex tcp/443 established': 'permitted_unverified W-01',
    'proxy -> webex tcp/443 established': 'permitted_unverified W-01',
    'app -> webex tcp/443 filtered': 'misdropped W-01',
    'enduser -> webex tcp/443 filtered': 'misdropped W-01',
    // The document limits no port for people; MeetingPlace has no reason to use another.
    'enduser -> webex tcp/8443 established': 'permitted_unverified W-01',
    'proxy -> webex udp/9000 established': 'permitted_unverified W-01',
    'app -> webex tcp/8443 established': 'escaped:unlisted unlisted',
    'audio -> webex tcp/443 established': 'escaped:unlisted unlisted',
    // Not the site's concern.
    'cucm -> webex tcp/443 established': 'out_of_scope',
    'external -> webex tcp/443 established': 'out_of_scope',
  })
})

describe('connections from WebEx (A-06)', () => {
  testCases({
    'webex -> app tcp/3389 established': 'escaped:unlisted unlisted',
    'webex -> app tcp/61004 established': 'escaped:over_exposed I-12',
    'webex -> app tcp/61004 filtered': 'rejected I-12',
    'webex -> proxy tcp/8443 established': 'escaped:unlisted unlisted',
    // In the DMZ, WebEx is the Internet.
    'webex -> web-dmz tcp/443 established': 'permitted_unverified I-29.1',
    'webex -> web-int tcp/443 established': 'escaped:over_exposed I-29',
    'webex -> web-dmz tcp/1433 established': 'escaped:over_exposed I-31',
    'webex -> web-dmz tcp/3389 established': 'escaped:unlisted unlisted',
    'webex -> enduser tcp/8443 established': 'permitted_unverified W-01',
  })
})

describe('time, both ways (S-11, S-12, A-31)', () => {
  testCases({
    'app -> web-dmz udp/123 established': 'permitted_unverified S-11',
    'app -> web-int udp/123 established': 'permitted_unverified S-11',
    'external -> web-dmz udp/123 established': 'escaped:unlisted unlisted',
    'audio -> web-int udp/123 established': 'escaped:unlisted unlisted',
    'web-dmz -> ntp udp/123 established': 'permitted_unverified S-12',
    'web-int -> ntp udp/123 filtered': 'misdropped S-12',
    'web-dmz -> external udp/123 established': 'escaped:unlisted unlisted',
    // Old clients ask from port 123 too, so that both ends hold a row's port.
    'web-int -> app udp/123 established from 123': 'permitted_unverified I-03',
    'audio -> app udp/123 established from 123': 'permitted_unverified I-03',
  })
})

describe('ping (F-09, A-43)', () => {
  testCases({
    'app -> app-b icmp/echo established': 'permitted F-09',
    'app-b -> app icmp/echo one_way': 'permitted_unverified F-09',
    'admin -> app icmp/echo established': 'escaped:unlisted unlisted',
    'app -> web-dmz icmp/echo established': 'escaped:unlisted unlisted',
    'external -> web-dmz icmp/echo one_way': 'escaped:unlisted unlisted',
    'router -> dns icmp/echo established': 'out_of_scope',
  })
})

test('a ping that no row lists is worth a line, and no alarm (A-43)', async () => {
  const { packets, epochSeconds } = captureOf(['admin -> app icmp/echo established'])
  const { findings } = await auditBytes(pcapOf(packets, { epochSeconds }), SITE)
  expect(
    findings.map(({ verdict, reason, severity, service }) => [verdict, reason, severity, service]),
  ).toEqual([['escaped', 'unlisted', 'info', 'icmp/echo']])
})

describe('what no row lists', () => {
  testCases({
    'external -> app tcp/3389 established': 'escaped:unlisted unlisted',
    'external -> app tcp/3389 filtered': 'rejected unlisted',
    'app -> external tcp/8080 established': 'escaped:unlisted unlisted',
    'app -> external udp/4500 one_way': 'escaped:unlisted unlisted',
    'enduser -> external tcp/443 established': 'out_of_scope',
    'enduser -> dns udp/53 established': 'out_of_scope',
  })
})

describe('an unlisted flow is inbound to MeetingPlace, else outbound', () => {
  const bounds: Readonly<Record<string, string>> = {
    'external -> app tcp/3389 established': 'inbound',
    'app-b -> web-int tcp/3389 established': 'inbound',
    'app -> external tcp/3389 established': 'outbound',
    'webex -> proxy tcp/8443 established': 'outbound',
  }
  testEach(bounds, ({ verdict }) => verdict.bound ?? 'neither')
})

describe('an unlisted flow is named by the practice item that is off (A-49)', () => {
  const items: Readonly<Record<string, string | null>> = {
    'app -> cucm tcp/5060 established': 'P-01',
    'video -> admin udp/162 one_way': 'P-02',
    'admin -> web-int tcp/3389 established': 'P-07',
    'app -> admin udp/514 one_way': 'P-10',
    'app -> dns udp/67 established': 'P-12',
    'external -> web-dmz tcp/3389 established': null,
    // A flow that a row forbids is not excused by practice.
    'admin -> audio tcp/3333 established': null,
  }
  testEach(items, ({ verdict }) => verdict.practice)
})
