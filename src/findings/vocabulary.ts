// How findings speak of hosts, networks, protocols and ports: names as in the inventory, and for
// everybody else words that a person would use on the phone.

import type { Protocol } from '../model/app.ts'
import type { Placement, Zone } from '../model/inventory.ts'

const ROLE_WORDS: ReadonlyMap<string, string> = new Map([
  ['app', 'an Application Server'],
  ['app-vip', 'the shared address of the Application Servers'],
  ['media-audio', 'an audio blade'],
  ['media-video', 'a video blade'],
  ['web', 'a Web Server'],
  ['lcs-gw', 'the LCS gateway'],
  ['sametime-gw', 'the Sametime gateway'],
  ['cucm', 'Communications Manager'],
  ['exchange', 'the Exchange server'],
  ['smtp', 'the mail relay'],
  ['dns', 'a DNS server'],
  ['ntp', 'a time server'],
  ['sql', 'the database server'],
  ['socks-proxy', 'the SOCKS proxy'],
  ['http-proxy', 'the HTTP proxy'],
  ['lcs', 'the LCS server'],
  ['sametime', 'the Sametime server'],
  ['admin', 'an administrator'],
  ['enduser-int', 'an end user'],
  ['phone', 'a phone'],
  ['router', 'a router'],
  ['sensor', 'a sensor'],
  ['webex', 'Cisco WebEx'],
])

const ZONE_WORDS: Readonly<Record<Zone, string>> = {
  core: 'the core network',
  dmz: 'the DMZ',
  'admin-net': 'the administration network',
  'user-net': 'the user network',
  internet: 'the Internet',
  cloud: 'Cisco WebEx',
  'unknown-private': 'an undeclared network',
}

const PROTOCOL_WORDS: ReadonlyMap<string, string> = new Map([
  ['ssh', 'SSH'],
  ['http', 'the HTTP service'],
  ['tls', 'the HTTPS service'],
  ['ntp', 'the time service'],
  ['snmp', 'SNMP'],
  ['sip', 'SIP'],
  ['rtp', 'the media service'],
  ['rtcp', 'the media service'],
  ['ftp', 'FTP'],
  ['telnet', 'Telnet'],
  ['h248', 'blade control (H.248)'],
  ['rtmp', 'the web meeting room'],
  ['tds', 'SQL Server'],
  ['ldap', 'the directory service'],
  ['smtp', 'the mail service'],
  ['socks', 'the SOCKS service'],
  ['dns', 'the name service'],
  ['rmi', 'Java RMI'],
  ['xml', 'XML control'],
])

const PROTOCOL_NAMES: Readonly<Record<Protocol, string>> = {
  ...{ ssh: 'SSH', http: 'HTTP', tls: 'TLS', ntp: 'NTP', snmp: 'SNMP', sip: 'SIP', rtp: 'RTP' },
  ...{ rtcp: 'RTCP', ftp: 'FTP', 'ftp-data': 'an FTP data channel', telnet: 'Telnet' },
  ...{ h248: 'H.248', rtmp: 'RTMP', tds: 'TDS', ldap: 'LDAP', smtp: 'SMTP', socks: 'SOCKS' },
  ...{ dns: 'DNS', rmi: 'Java RMI', xml: 'XML', smb: 'SMB' },
}

/** The protocol as people write it. */
export const protocolName = (protocol: Protocol): string => PROTOCOL_NAMES[protocol]

/** Who acts, as a subject or after a verb: `app-a`, `an administrator`, `a host on the Internet`. */
export function actor({ node, role, zone }: Placement): string {
  if (node !== null) return node.name
  if (zone === 'internet') return 'a host on the Internet'
  if (zone === 'unknown-private' && role === 'unknown') return 'a host in an undeclared network'
  return ROLE_WORDS.get(role) ?? `an undeclared host in ${zoneWords(zone)}`
}

/** Towards whom, after a preposition: as `actor`, but the Internet as a whole. */
export const party = (placement: Placement): string =>
  placement.node === null && placement.zone === 'internet' ? 'the Internet' : actor(placement)

export const zoneWords = (zone: Zone): string => ZONE_WORDS[zone]

/** What the protocol serves, or undefined where it has no everyday name. */
export const protocolWords = (protocol: string): string | undefined => PROTOCOL_WORDS.get(protocol)

/** `port 1433`, `UDP port 53`, `ICMP echo`, `ICMP type 13`, `IP protocol 47`. */
export function portWords(service: string): string {
  const [transport, port] = service.split('/')
  if (service === 'icmp/echo') return 'ICMP echo'
  if (transport === 'tcp') return `port ${port}`
  if (transport === 'udp') return `UDP port ${port}`
  return transport === 'ip' ? `IP protocol ${port}` : `ICMP type ${port}`
}

/** A sentence begins with a capital, except with a name that the inventory spells small. */
export const sentence = (start: string, rest: string, isName: boolean): string =>
  `${isName ? start : start.charAt(0).toUpperCase() + start.slice(1)} ${rest}`

/** Where one would stop or allow the flow. */
export function firewallBetween(client: Zone, server: Zone): string | null {
  const zones = [client, server]
  if (client === server) return null
  if (zones.includes('internet') || zones.includes('cloud')) return 'the external firewall'
  if (zones.includes('dmz')) return 'the DMZ firewall'
  return `the firewall between ${zoneWords(client)} and ${zoneWords(server)}`
}
