// What to do about what happens on the way to WebEx. Ranges, names of content networks and
// interception authorities are data that a site may edit: rules/webex-ranges.yaml.

import type { Scene } from './scene.ts'

const DATA = 'rules/webex-ranges.yaml'

const serverName = ({ hit }: Scene): string => hit.judged.server.name
const clientName = ({ hit }: Scene): string => hit.judged.client.name

export const socksUnconfigured = (scene: Scene): string =>
  `Declare the SOCKS proxy in the site file if it is configured on ${clientName(scene)}; ` +
  'else find out what speaks SOCKS there.'

export const unsupportedProxy = (scene: Scene): string =>
  `Let ${clientName(scene)} reach Cisco WebEx directly or through a SOCKS proxy; ` +
  'no other kind of proxy is supported.'

export const offRange = (scene: Scene): string =>
  scene.protocol === 'socks'
    ? `Find out what on ${clientName(scene)} asks for other targets than Cisco WebEx.`
    : `Add the address to ${DATA} if WebEx has a newer list of ranges, ` +
      'or the name to cdn_names there if a content network serves it.'

export const offRangeRefused = (): string =>
  'Nothing to do: this proves that the proxy lets MeetingPlace reach Cisco WebEx alone.'

export const dnsBlocked = (scene: Scene): string =>
  `Let ${serverName(scene)} answer for webex.com and every name below it.`

export const proxyDenied = (scene: Scene): string =>
  `Let ${serverName(scene)} pass requests for webex.com and every name below it.`

export const tlsIntercepted = (): string =>
  'Except webex.com and every name below it from inspection of TLS.'

export const nameReset = (): string =>
  'Except webex.com and every name below it from what filters connections by name.'

export const contentFiltered = (): string =>
  'Let JavaScript and ActiveX of webex.com pass unchanged, on firewalls and on proxies.'

export const cached = (): string =>
  'Except webex.com and every name below it from what proxies keep copies of.'

export const staleIpPath = (scene: Scene): string =>
  `Let ${clientName(scene)} ask for the addresses of webex.com names anew once they run out.`

export const socksPortDrift = (scene: Scene): string =>
  `Put the port of ${serverName(scene)} that is in use into the site file, under modes.socks.`
