// What happened, in one sentence: who, what, with whom. Names as in the inventory, nothing from packets
// but ports and addresses.

import { isEcho, isMail } from './hit.ts'
import { door, isOutbound, type Scene, thing } from './scene.ts'
import { actor, party, protocolName, sentence, zoneWords } from './vocabulary.ts'
import * as webex from './webex-titles.ts'

type Title = (scene: Scene) => string

const TITLES: ReadonlyMap<string, Title> = new Map([
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

/** The title of a finding; a verdict or reason without words of its own gets a plain one. */
export function titleOf(scene: Scene): string {
  const { verdict, reason, row } = scene.hit
  const key = `${verdict}:${reason}`
  const title = TITLES.get(`${key} ${row}`) ?? TITLES.get(key) ?? TITLES.get(verdict) ?? otherwise
  return title(scene)
}

// The actors of a scene, as subject of a sentence and after a preposition.
const client = ({ hit }: Scene): string => actor(hit.judged.client)
const server = ({ hit }: Scene): string => party(hit.judged.server)
const towardsClient = ({ hit }: Scene): string => party(hit.judged.client)
const clientDid = (scene: Scene, rest: string): string =>
  sentence(client(scene), rest, scene.hit.judged.client.node !== null)
const serverDid = (scene: Scene, rest: string): string =>
  sentence(actor(scene.hit.judged.server), rest, scene.hit.judged.server.node !== null)
const begin = (text: string, rest: string): string => sentence(text, rest, false)

function overExposed(scene: Scene): string {
  const { zone } = scene.hit.judged.client
  const from = isBehindFirewall(scene) ? zoneWords(zone) : towardsClient(scene)
  const what = `${thing(scene)} on ${server(scene)}`
  if (scene.state === 'one_way') return begin(what, `received traffic from ${from}`)
  if (scene.state === 'unanswered') return begin(what, `was tried from ${from}, past the firewall`)
  return zone === 'internet'
    ? begin(what, `answered ${from}`)
    : begin(what, `was reached from ${from}`)
}

/** From networks outside, the network says more than the host does. */
const isBehindFirewall = ({ hit: { judged } }: Scene): boolean =>
  judged.client.zone !== judged.server.zone &&
  ['internet', 'dmz', 'user-net'].includes(judged.client.zone)

function wrongDirection(scene: Scene): string {
  const verb = scene.state === 'answered' ? 'opened' : 'tried to open'
  return clientDid(scene, `${verb} ${door(scene)} towards ${server(scene)}`)
}

function forbiddenByMode(scene: Scene): string {
  const mode = scene.hit.judged.server.labels.has('app') ? 'reverse' : 'normal'
  const verb = scene.state === 'answered' ? 'accepted' : 'was tried on'
  return serverDid(
    scene,
    `${verb} ${door(scene)} from ${towardsClient(scene)} while the ${mode} connection is in use`,
  )
}

function unlisted(scene: Scene): string {
  const no = 'which no row lists'
  if (isEcho(scene.hit.judged.flow)) return clientDid(scene, `pinged ${server(scene)}, ${no}`)
  if (isOutbound(scene)) return unlistedOutbound(scene, no)
  if (scene.state === 'answered')
    return serverDid(scene, `answered ${towardsClient(scene)} on ${door(scene)}, ${no}`)
  const verb = scene.state === 'one_way' ? 'sent to' : 'tried'
  return clientDid(scene, `${verb} ${door(scene)} on ${server(scene)}, ${no}`)
}

function unlistedOutbound(scene: Scene, no: string): string {
  const isAnswered = scene.state === 'answered'
  if (isMail(scene.hit.judged.flow))
    return clientDid(
      scene,
      `${isAnswered ? 'sends' : 'tries to send'} mail past the declared relay`,
    )
  const verb = isAnswered ? 'opened' : 'tried'
  return clientDid(scene, `${verb} ${door(scene)} towards ${server(scene)}, ${no}`)
}

function wrongProtocol(scene: Scene): string {
  const spoken =
    scene.protocol === null ? 'other protocols than its row' : protocolName(scene.protocol)
  return begin(`${door(scene)} on ${server(scene)}`, `carries ${spoken}`)
}

function misdropped(scene: Scene): string {
  const required = scene.rule?.obligation === 'required' ? `required ${door(scene)}` : door(scene)
  return scene.signature === 'BS2' || scene.signature === 'BS7'
    ? begin(required, `gets no answer from ${server(scene)}`)
    : begin(required, `on ${server(scene)} is ${stopped(scene)} for ${towardsClient(scene)}`)
}

/** Two sensors have seen what a filter does, and perhaps a fault of the way does (BS5). */
const stopped = ({ signature }: Scene): string =>
  signature === 'BS5' ? 'dropped on the way' : 'blocked'

function rejected(scene: Scene): string {
  const what = `${thing(scene)} on ${server(scene)}`
  if (isOutbound(scene)) return rejectedOutbound(scene)
  if (scene.proven) return begin(what, `is closed to ${towardsClient(scene)}, as it should be`)
  if (scene.state === 'refused') return refusedByHost(scene)
  return begin(what, `gave ${towardsClient(scene)} no answer`)
}

function httpsOnly(scene: Scene): string {
  const who = towardsClient(scene)
  return begin(`${door(scene)} on ${server(scene)}`, `is closed to ${who}, for HTTPS is open`)
}

const rejectedOutbound = (scene: Scene): string =>
  scene.proven
    ? clientDid(scene, `was stopped on its way to ${server(scene)}`)
    : clientDid(scene, `reached nothing at ${server(scene)}`)

/** BS8 is a router speaking for a host that it cannot reach. */
const refusedByHost = (scene: Scene): string =>
  scene.signature === 'BS8'
    ? serverDid(scene, `could not be reached from ${towardsClient(scene)} on ${door(scene)}`)
    : serverDid(scene, `itself refused ${towardsClient(scene)} on ${door(scene)}`)

function notFiltered(scene: Scene): string {
  return `${refusedByHost(scene)}; no firewall is proven`
}

function excepted(scene: Scene): string {
  return begin(
    `exception ${scene.hit.exception}`,
    `accepts ${door(scene)} from ${towardsClient(scene)} to ${server(scene)}`,
  )
}

function serviceDown(scene: Scene): string {
  return scene.signature === 'BS8'
    ? serverDid(scene, `cannot be reached on ${door(scene)}`)
    : begin(`nothing serves ${door(scene)}`, `on ${server(scene)}`)
}

function unexpectedSource(scene: Scene): string {
  return begin(
    `${thing(scene)} on ${server(scene)}`,
    `was used by ${towardsClient(scene)}, whom the row does not name`,
  )
}

function transportUnusual(scene: Scene): string {
  return clientDid(
    scene,
    `used ${door(scene)} on ${server(scene)}, a transport unusual for this service`,
  )
}

function sharedAddress(scene: Scene): string {
  return begin(
    `replication between ${client(scene)} and ${server(scene)}`,
    'uses the shared address of the Application Servers',
  )
}

function cleartext(scene: Scene): string {
  return begin(
    `${thing(scene)} on ${server(scene)}`,
    `is used in clear text by ${towardsClient(scene)}`,
  )
}

function ntpControl(scene: Scene): string {
  return clientDid(scene, `sent NTP control messages to ${server(scene)}`)
}

const otherwise = (scene: Scene): string =>
  begin(
    `${thing(scene)} on ${server(scene)}`,
    `needs a look: ${scene.hit.reason ?? scene.hit.verdict}`,
  )
