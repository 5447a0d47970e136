// What to do about a finding, in one sentence: which port, between which addresses, on which firewall.
// Good news says that there is nothing to do, and what it proves.

import { isMail } from './hit.ts'
import { matchText } from './ports.ts'
import { door, isOutbound, type Scene } from './scene.ts'
import { firewallBetween, party, protocolName, zoneWords } from './vocabulary.ts'
import * as webex from './webex-fixes.ts'

type Fix = (scene: Scene) => string

const FIXES: ReadonlyMap<string, Fix> = new Map([
  ['escaped:over_exposed', overExposed],
  ['escaped:wrong_direction', wrongDirection],
  ['escaped:forbidden_by_mode', forbiddenByMode],
  ['escaped:unlisted', unlisted],
  ['escaped:wrong_protocol', wrongProtocol],
  ['escaped:unlisted T-08', webex.socksUnconfigured],
  ['escaped:unsupported_proxy', webex.unsupportedProxy],
  ['escaped:off_range', webex.offRange],
  ['misdropped:dns_blocked', webex.dnsBlocked],
  ['misdropped:proxy_denied', webex.proxyDenied],
  ['misdropped:tls_intercepted', webex.tlsIntercepted],
  ['misdropped:name_reset', webex.nameReset],
  ['misdropped:content_filtered', webex.contentFiltered],
  ['misdropped', misdropped],
  ['rejected:off_range', webex.offRangeRefused],
  ['rejected:https_only', httpsOnly],
  ['rejected', rejected],
  ['excepted', excepted],
  ['degraded:service_down', serviceDown],
  ['advisory:unexpected_source', unexpectedSource],
  ['advisory:not_filtered', notFiltered],
  ['advisory:transport_unusual', transportUnusual],
  ['advisory:shared_address', sharedAddress],
  ['advisory:cleartext', cleartext],
  ['advisory:ntp_control', ntpControl],
  ['advisory:cached', webex.cached],
  ['advisory:stale_ip_path', webex.staleIpPath],
  ['advisory:socks_port_drift', webex.socksPortDrift],
])

const ACCEPT = 'add an exception on row unlisted with an owner and an end date'

/** The fix of a finding; a verdict or reason without words of its own gets a plain one. */
export function fixOf(scene: Scene): string {
  const { verdict, reason, row } = scene.hit
  const key = `${verdict}:${reason}`
  const fix = FIXES.get(`${key} ${row}`) ?? FIXES.get(key) ?? FIXES.get(verdict) ?? otherwise
  return fix(scene)
}

// Firewalls are told addresses of nodes and networks of everybody else; a name or a network stands
// where the members had several addresses.
function to({ serverAddress, hit: { judged } }: Scene): string {
  const { node, webexRange } = judged.server
  if (serverAddress === null) return node?.name ?? party(judged.server)
  // A firewall that lacks one address of WebEx lacks its whole range.
  return webexRange === null ? serverAddress : `${serverAddress} (WebEx range ${webexRange})`
}

function from({ clientAddress, hit: { judged } }: Scene): string {
  const { node, role, zone } = judged.client
  if (node !== null) return clientAddress ?? node.name
  return (role === 'unknown' ? clientAddress : null) ?? zoneWords(zone)
}

const service = ({ service: only, rule }: Scene): string =>
  only ?? (rule === undefined ? 'these ports' : matchText(rule.match))

/** `on the external firewall`; inside one zone only the host itself can filter. */
function where({ hit: { judged } }: Scene): string {
  const firewall = firewallBetween(judged.client.zone, judged.server.zone)
  return firewall === null ? `on ${judged.server.name} itself` : `on ${firewall}`
}

function overExposed(scene: Scene): string {
  const { client } = scene.hit.judged
  if (client.zone === 'internet') return `${closing(scene)}.`
  if (client.role === 'unknown')
    return `${closing(scene)}, or declare ${from(scene)} in the site file if it belongs there.`
  // Inside, the firewall must go on letting others through, so the fix names the source.
  return `Close ${service(scene)} from ${from(scene)} to ${to(scene)} ${where(scene)}.`
}

const closing = (scene: Scene): string =>
  `Close ${service(scene)} towards ${to(scene)} ${where(scene)}`

function wrongDirection(scene: Scene): string {
  return (
    `Find what on ${scene.hit.judged.client.name} opens ${door(scene)}; ` +
    'the document lets only the other side open it.'
  )
}

function forbiddenByMode(scene: Scene): string {
  const { client, server } = scene.hit.judged
  const block = `Block ${service(scene)} from ${client.name} to ${server.name}`
  return server.labels.has('app')
    ? `${block}, or remove the reverse configuration of this unit.`
    : `${block}, or declare this unit as reverse.`
}

function unlisted(scene: Scene): string {
  const { practice } = scene.hit.judged.verdict
  if (practice !== null)
    return `Turn on practice item ${practice} if this traffic is wanted; else stop it ${where(scene)}.`
  if (isRmiCallback(scene))
    return `Find out whether Java RMI handed out this port for a callback; if so, ${ACCEPT}.`
  if (!isOutbound(scene)) return `${closing(scene)}, or ${ACCEPT}.`
  const peer = isMail(scene.hit.judged.flow) ? 'this relay' : to(scene)
  return `If ${peer} is intended, declare it or ${ACCEPT}.`
}

function wrongProtocol(scene: Scene): string {
  const { client, server } = scene.hit.judged
  const spoken = scene.protocol === null ? 'this' : protocolName(scene.protocol)
  return `Find out what on ${client.name} speaks ${spoken} with ${service(scene)} of ${server.name}, and stop it.`
}

/** RMI servers may tell their clients further ports, which no row lists. */
function isRmiCallback({ service: text, hit: { judged } }: Scene): boolean {
  const isBetween = (one: string, other: string): boolean =>
    judged.client.labels.has(one) && judged.server.labels.has(other)
  const isSametime = isBetween('sametime', 'sametime-gw') || isBetween('sametime-gw', 'sametime')
  return isSametime && text?.startsWith('tcp/') === true
}

function misdropped(scene: Scene): string {
  const { client, server } = scene.hit.judged
  const place = firewallBetween(client.zone, server.zone)
  const on = place === null ? 'on every filter between the two' : `on ${place}`
  const allow = `Allow ${service(scene)} from ${from(scene)} to ${to(scene)} ${on}`
  return scene.signature === 'BS5' ? `${allow}, which lies between the two sensors.` : `${allow}.`
}

function rejected(scene: Scene): string {
  if (scene.proven) return `Nothing to do: ${proofOf(scene)}.`
  if (scene.state === 'refused') return notFiltered(scene)
  return 'Nothing to do, but silence alone does not prove that a filter works.'
}

function httpsOnly(): string {
  return 'Nothing to do: port 80 may be closed while 443 serves HTTPS.'
}

/** T-04 asks to close the ports of `-` rows (X0); elsewhere the row's own exposure does. */
function proofOf({ rule, byMode }: Scene): string {
  if (byMode) return 'the mode in use wants this port closed'
  if (rule === undefined) return 'no row lists what was stopped'
  return rule.exposure === 'X0'
    ? 'this proves that the port is closed, as T-04 demands'
    : `this proves that row ${rule.id} is open only to those it names`
}

function notFiltered(scene: Scene): string {
  return (
    `Close ${service(scene)} towards ${to(scene)} ${where(scene)}; ` +
    'the refusal does not prove a filter.'
  )
}

function excepted({ exception }: Scene): string {
  return exception === undefined
    ? 'Nothing to do while the exception holds.'
    : `Nothing to do until ${exception.expires}; ${exception.owner} answers for it.`
}

function serviceDown(scene: Scene): string {
  return scene.signature === 'BS8'
    ? `Find out why ${to(scene)} is down, or has no route.`
    : `Start the service on ${service(scene)} of ${scene.hit.judged.server.name}.`
}

function unexpectedSource(scene: Scene): string {
  return (
    `If this is wanted, add ${scene.hit.judged.client.role} to the sources of row ${scene.hit.row}; ` +
    'the document does not name this role there.'
  )
}

function transportUnusual(scene: Scene): string {
  return `Find out what uses ${service(scene)} on ${scene.hit.judged.server.name}.`
}

function sharedAddress(): string {
  return 'Let replication use the own addresses of the two nodes, not the shared one.'
}

function cleartext(scene: Scene): string {
  return `Use an encrypted way in where there is one; anybody between the two can read ${service(scene)}.`
}

function ntpControl({ hit: { judged } }: Scene): string {
  return `Let ${judged.server.name} answer questions about the time only, and no control messages.`
}

const otherwise = (scene: Scene): string =>
  `Compare ${service(scene)} from ${from(scene)} to ${to(scene)} with row ${scene.hit.row}.`
