// The statements of the document, and for each what confirms it, what violates it, and what cannot tell: a
// story that coverage is asked about, or why there is none. statements.test.ts runs every story.

import { siteWithout } from '../policy/rows/site.ts'
import { absent, type Cells, hidden, kept, row, violated } from './told.ts'
import { BETWEEN_NODES } from './watched-nodes.ts'
import { WATCHED } from './watched-servers.ts'

/** A flow of the site that says nothing of the statement. */
const ELSEWHERE = 'external -> web-dmz tcp/443 tls'

/** Media go one way by nature; a sensor in the DMZ cannot tell of blades inside. */
const media = (good: string, bad: string): Cells => ({
  confirms: kept(good),
  violates: violated(bad),
  cannotTell: { ...hidden(ELSEWHERE), sensor: 'dmz-span', site: siteWithout('audio-dmz') },
})

const declared = (why: string): Cells => ({
  confirms: { impossible: why },
  violates: { impossible: why },
  cannotTell: { tell: [ELSEWHERE], state: 'declared' },
})

const range = (address: string): Cells => ({
  confirms: kept(`enduser -> ${address} 443 tls other.webex.com`),
  violates: violated(`enduser -> ${address} 443 filtered`),
  // Nothing shows that an answer would be seen.
  cannotTell: hidden(`enduser -> ${address} 443 silent`),
})

const NEXT: Cells = {
  confirms: 'next step',
  violates: 'next step',
  cannotTell: hidden('web-dmz -> app tcp/61004 http', 'web-dmz -> app udp/123 ntp'),
}

const SOCKS = 'app -> socks 1080 socks acme.webex.com 0'
const NORMAL = 'web-dmz -> app tcp/5003 opaque'
const REVERSE = 'app -> web-reverse tcp/5003 opaque'
const REPLICATION = 'app -> app-b tcp/2008 opaque'
const TOLD = 'proxy -> dns 53 lookup acme.webex.com 64.68.100.1 ttl 60'
const MOVED = 'proxy -> dns 53 lookup acme.webex.com 66.114.160.5 ttl 3600'
const BY_PROXY = 'proxy -> webex 443 tls acme.webex.com'
const SETTING = 'a setting of browsers, which no packet carries'

export const STATEMENTS: Readonly<Record<string, Cells>> = {
  'W-01': {
    confirms: kept('enduser -> webex 443 tls acme.webex.com'),
    violates: violated('enduser -> webex 443 filtered'),
    cannotTell: hidden('enduser -> webex 443 silent'),
  },
  'W-02': {
    confirms: kept('enduser -> webex 443 tls other.webex.com'),
    violates: violated('enduser -> dns 53 lookup other.webex.com nxdomain'),
    cannotTell: hidden('enduser -> webex 443 opaque'),
  },
  'W-03': {
    confirms: kept('enduser -> webex 443 tls acme.webex.com'),
    violates: violated('enduser -> dns 53 lookup acme.webex.com nxdomain'),
    cannotTell: hidden('enduser -> webex 443 opaque'),
  },
  'W-04': {
    confirms: kept(
      'enduser -> webex 80 http acme.webex.com/menu.js 200 Content-Type: text/javascript',
    ),
    violates: violated('enduser -> webex 80 http acme.webex.com/menu.js 403'),
    cannotTell: hidden('enduser -> webex 443 tls acme.webex.com'),
  },
  'W-05': declared(SETTING),
  'W-06': {
    confirms: kept('enduser -> proxy 3128 get acme.webex.com/ 200 X-Cache: MISS from proxy'),
    violates: violated('enduser -> proxy 3128 get acme.webex.com/ 200 X-Cache: HIT from proxy'),
    cannotTell: hidden('enduser -> proxy 3128 connect acme.webex.com 200'),
  },
  'W-07': {
    confirms: { ...kept(BY_PROXY), before: [TOLD] },
    violates: { ...violated(BY_PROXY), before: [TOLD, MOVED], atSeconds: 200 },
    // No name server was heard.
    cannotTell: hidden(BY_PROXY),
  },
  'W-08': range('64.68.96.1'),
  'W-09': range('66.114.160.1'),
  'W-10': range('66.163.32.1'),
  'W-11': range('209.197.192.1'),
  'W-12': range('208.8.81.1'),
  'W-13': range('210.4.192.1'),
  'W-14': range('62.109.192.1'),
  'W-15': range('173.243.0.1'),
  'W-16': range('114.29.192.1'),

  'T-01': row('admin -> app tcp/22 ssh', 'admin -> app tcp/22 filtered'),
  'T-02': row('app -> audio tcp/2010 opaque', 'app-b -> app tcp/2008 filtered'),
  'T-03': row('app -> audio tcp/2010 opaque', 'web-dmz -> app tcp/8080 http'),
  'T-04': {
    confirms: kept('web-dmz -> app tcp/8080 filtered'),
    violates: violated('web-dmz -> app tcp/8080 http'),
    // The host itself said no, so that no filter is proven.
    cannotTell: absent('web-dmz -> app tcp/8080 refused'),
  },
  'T-05': row('app -> audio tcp/2010 opaque', 'app -> audio tcp/2010 filtered'),
  'T-06': declared('a definition'),
  'T-07': row('app -> dns udp/53 dns', 'app -> external tcp/8080 opaque'),
  'T-08': {
    confirms: kept(SOCKS),
    violates: {
      ...violated('app -> elsewhere 9050 socks www.example.com 0'),
      site: siteWithout('socks'),
    },
    cannotTell: absent('admin -> app tcp/22 ssh'),
  },
  'T-09': {
    confirms: kept(SOCKS),
    violates: violated('app -> socks 9050 socks acme.webex.com 0'),
    cannotTell: absent('admin -> app tcp/22 ssh'),
  },
  'T-10': {
    confirms: kept('app -> webex 443 tls acme.webex.com'),
    violates: violated('app -> proxy 3128 connect acme.webex.com 200'),
    cannotTell: absent('admin -> app tcp/22 ssh'),
  },

  'I-01': row('admin -> app tcp/22 ssh', 'enduser -> app tcp/22 ssh'),
  'I-02': row('admin -> app tcp/443 tls', 'web-dmz -> app tcp/443 tls'),
  'I-03': row('web-int -> app udp/123 ntp', 'admin -> app udp/123 ntp'),
  'I-04': row('admin -> app udp/161 snmp', 'external -> app udp/161 snmp'),
  'I-05': row(REPLICATION, 'audio -> app tcp/2008 opaque'),
  'I-06': row(NORMAL, 'external -> app tcp/5003 opaque'),
  'I-06.1': row(NORMAL, 'app -> web-normal tcp/5003 opaque'),
  'I-06.2': {
    confirms: kept('web-reverse -> app tcp/5003 filtered'),
    violates: violated('web-reverse -> app tcp/5003 opaque'),
    // Nobody tried.
    cannotTell: absent(REVERSE),
  },
  'I-07': row('cucm -> app tcp/5060 sip', 'external -> app tcp/5060 sip'),
  'I-08': row('web-int -> app tcp/8080 http', 'web-dmz -> app tcp/8080 http'),
  'I-09': row('admin -> app tcp/9090 http', 'enduser -> app tcp/9090 http'),
  'I-10': row('audio -> app tcp/61002 sip', 'external -> app tcp/61002 sip'),
  'I-11': row('audio -> app tcp/61003 opaque', 'web-dmz -> app tcp/61003 opaque'),
  'I-12': row('web-dmz -> app tcp/61004 http', 'web-dmz -> app tcp/61004 filtered'),
  'I-13': media('audio -> app udp/20000 rtp', 'phone -> app udp/20000 rtp'),
  'I-14': row('admin -> audio tcp/21 ftp', 'enduser -> audio tcp/21 ftp'),
  'I-15': row('admin -> audio tcp/23 telnet', 'external -> audio tcp/23 telnet'),
  'I-16': row('admin -> audio tcp/80 http', 'enduser -> audio tcp/80 http'),
  'I-17': row('app -> audio udp/123 ntp', 'admin -> audio udp/123 ntp'),
  'I-18': row('admin -> audio udp/161 snmp', 'enduser -> audio udp/161 snmp'),
  'I-19': row('app -> audio tcp/2010 opaque', 'admin -> audio tcp/2010 opaque'),
  'I-20': row('app -> audio tcp/3333 opaque', 'admin -> audio tcp/3333 opaque'),
  'I-21': row('app -> audio tcp/3336 xml', 'web-dmz -> audio tcp/3336 xml'),
  'I-22': row('audio -> video tcp/3337 xml', 'web-dmz -> video tcp/3337 xml'),
  'I-23': row('app -> audio tcp/3340 opaque', 'external -> audio tcp/3340 opaque'),
  'I-24': row('cucm -> audio tcp/5060 sip', 'phone -> audio tcp/5060 sip'),
  'I-25': media('phone -> audio udp/16400 rtp', 'external -> audio udp/16400 rtp'),
  'I-26': media('phone -> video udp/20100 rtp', 'external -> video udp/20100 rtp'),
  'I-27': row('app -> video tcp/2944 h248', 'admin -> video tcp/2944 h248'),
  'I-28': row('enduser -> web-int tcp/80 http', 'external -> web-int tcp/80 http'),
  'I-28.1': row('external -> web-dmz tcp/80 http', 'external -> web-dmz tcp/80 filtered'),
  'I-28.2': {
    confirms: kept('external -> web-dmz tcp/443 tls', 'external -> web-dmz tcp/80 filtered'),
    violates: violated(
      'external -> web-dmz tcp/443 filtered',
      'external -> web-dmz tcp/80 filtered',
    ),
    cannotTell: absent('enduser -> web-int tcp/80 http'),
  },
  'I-29': row('enduser -> web-int tcp/443 tls', 'external -> web-int tcp/443 tls'),
  'I-29.1': row('external -> web-dmz tcp/443 tls', 'external -> web-dmz tcp/443 filtered'),
  'I-30': row('enduser -> web-int tcp/1627 rtmp', 'external -> web-int tcp/1627 rtmp'),
  'I-30.1': row('external -> web-dmz tcp/1627 rtmp', 'external -> web-dmz tcp/1627 filtered'),
  'I-31': {
    confirms: kept('web-int -> sql tcp/1433 tds'),
    violates: violated('external -> web-dmz tcp/1433 tds'),
    // Its own database is on the same host, and never on the wire.
    cannotTell: { ...hidden(ELSEWHERE), site: siteWithout('role: sql,') },
  },
  'I-32': row(REVERSE, 'web-int -> web-dmz tcp/5003 opaque'),
  'I-33': {
    confirms: kept('lcs -> lcs-gw tcp/5061 tls'),
    violates: violated('external -> lcs-gw tcp/5060 sip'),
    cannotTell: { ...absent(ELSEWHERE), site: siteWithout('role: lcs-gw,') },
  },
  'I-34': row('sametime -> sametime-gw tcp/8083 rmi', 'external -> sametime-gw tcp/8083 rmi'),
  'I-35': row('sametime -> sametime-gw tcp/8086 rmi', 'admin -> sametime-gw tcp/8086 rmi'),

  'O-01': row('app -> exchange tcp/80 http', 'audio -> exchange tcp/80 http'),
  'O-02': row('app -> exchange tcp/443 tls', 'web-dmz -> exchange tcp/443 tls'),
  'O-03': row('app -> smtp tcp/25 smtp', 'web-dmz -> smtp tcp/25 smtp'),
  'O-04': {
    confirms: kept(SOCKS),
    violates: violated('app -> socks 1080 socks www.example.com 0'),
    cannotTell: { ...absent(ELSEWHERE), site: siteWithout('socks') },
  },
  'O-05': row('app -> dns udp/53 dns', 'app -> dns tcp/53 filtered'),
  'O-06': row('app -> ntp udp/123 ntp', 'audio -> ntp udp/123 ntp'),
  'O-07': row(REPLICATION, 'app-b -> app tcp/2008 filtered'),
  'O-08': row(REVERSE, 'app -> web-reverse tcp/5003 filtered'),
  'O-09': row(NORMAL, 'web-normal -> app tcp/5003 filtered'),
  'O-10': row('web-dmz -> app tcp/61004 http', 'web-dmz -> app tcp/61004 filtered'),
  'O-11': row('app -> cucm tcp/8443 tls', 'web-dmz -> cucm tcp/8443 tls'),
  'O-12': row('app -> cucm tcp/389 ldap', 'audio -> cucm tcp/389 ldap'),
  'O-13': media('audio -> phone udp/30000 rtp from 16400', 'audio -> phone udp/30000 filtered'),
  'O-14': media('video -> phone udp/30000 rtp from 20100', 'video -> phone udp/30000 filtered'),
  'O-15': media(
    'audio -> phone udp/30001 rtcp from 16401',
    'audio -> phone udp/30001 rtcp-filtered',
  ),

  ...WATCHED,
  'S-04': declared('the name under which it was installed, which no packet carries'),
  'S-05': declared('what somebody entered by hand, which no packet carries'),
  'S-07': NEXT,
  'S-08': NEXT,
  'S-10': row('web-dmz -> app tcp/61004 http', 'app -> web-dmz tcp/61004 http'),
  'S-12': row('web-dmz -> ntp udp/123 ntp', 'web-int -> ntp udp/123 filtered'),

  ...BETWEEN_NODES,
  'F-02': declared('capacity, which an idle link does not show'),
  'F-03': declared('licences, which no packet carries'),
  'F-16': declared('what is inside a replicated change, which nobody can read'),
}
