// The policy's rows, ready to be asked: which rows speak of this transport and port, which are in
// force at this site, which hosts they mean.

import type { FlowRecord } from '../model/flow.ts'
import type { GwsimMode, Placement, PortRange, Sensor, Site } from '../model/inventory.ts'
import type { Policy, PortMatch, Row } from '../model/policy.ts'
import { matches } from './inventory.ts'

/** What the site decides about the policy. */
export interface Conditions {
  readonly externalUsers: boolean
  /** Roles that some host of the site has. */
  readonly declared: ReadonlySet<string>
  /** The port of the declared SOCKS proxy, in place of the row's 1080 (T-09). */
  readonly socksPort: number | null
  /** What YOURSITENAME stands for (W-03); null where the site does not say. Lower case. */
  readonly webexSite: string | null
  /** Declared direction of 5003 by name of the Web Server. */
  readonly gwsim: ReadonlyMap<string, GwsimMode>
  /** Who took the captures, in the order of their bits; empty where that is not declared. */
  readonly sensors: readonly Sensor[]
}

/** The conditions that a site file sets, for captures of the named sensors. */
export function conditionsOf(site: Site, sensors: readonly string[]): Conditions {
  const declared = new Set<string>(site.nodes.flatMap(({ roles }) => roles))
  for (const { role } of site.networks) if (role !== null) declared.add(role)
  if (site.modes.socks !== null) declared.add('socks-proxy')
  return {
    externalUsers: site.externalUsers,
    declared,
    socksPort: site.modes.socks?.port ?? null,
    webexSite: site.webexSite,
    gwsim: site.modes.gwsim,
    sensors: site.sensors.filter(({ name }) => sensors.includes(name)),
  }
}

/** What a flow asks of its server: a port, for ICMP the type. Other protocols have neither. */
export interface Service {
  readonly transport: PortMatch['transport'] | 'other'
  readonly port: number
}

export class Rulebook {
  readonly policy: Policy
  readonly conditions: Conditions
  /** The rows in force at this site, in the order of the policy. */
  readonly rows: readonly Row[]
  readonly #byService = new Map<string, readonly Row[]>()
  /** 1 for each port that a row in force names. */
  readonly #named: Readonly<Record<'tcp' | 'udp', Uint8Array>>
  readonly #modePorts: ReadonlySet<number>

  constructor(policy: Policy, conditions: Conditions) {
    this.policy = policy
    this.conditions = conditions
    this.rows = policy.rows
      .filter(row => isInForce(row, conditions))
      .map(row => placed(row, conditions))
    this.#named = { tcp: portsNamed(this.rows, 'tcp'), udp: portsNamed(this.rows, 'udp') }
    const byMode = this.rows.filter(({ mode }) => mode !== null).flatMap(({ match }) => match)
    this.#modePorts = new Set(byMode.map(({ ports }) => ports.first))
  }

  /** The rows in force that cover the service, in the order of the policy. */
  covering({ transport, port }: Service): readonly Row[] {
    if (transport === 'other') return []
    const key = `${transport}/${port}`
    const known = this.#byService.get(key)
    if (known !== undefined) return known
    const rows = this.rows.filter(row => isOn(row, { transport, port }))
    this.#byService.set(key, rows)
    return rows
  }

  /** Whether a row in force names the port for TCP (6) or UDP (17): what directions are told by. */
  isReserved(protocol: number, port: number): boolean {
    return this.#named[protocol === 6 ? 'tcp' : 'udp'][port] === 1
  }

  /** Whether a mode decides who may open this TCP port. */
  isModePort(port: number): boolean {
    return this.#modePorts.has(port)
  }

  /** The service that the SOCKS proxy is declared for; null where none is declared. */
  get socks(): Service | null {
    const [range] = this.rows.find(({ activeWith }) => activeWith === 'socks-proxy')?.match ?? []
    return range === undefined ? null : { transport: 'tcp', port: range.ports.first }
  }

  /** The id of the practice item that would allow this flow, were it on. */
  practiceFor(client: Placement, server: Placement, service: Service): string | null {
    const item = this.policy.practiceOff.find(
      row => isOn(row, service) && isPeer(row.from, client) && isPeer(row.to, server),
    )
    return item?.id ?? null
  }
}

/** A row that names every port names none: it permits, but it makes no port of the host its own. */
export const namesPort = ({ match }: Row): boolean => match.some(({ ports }) => !isAny(ports))

function portsNamed(rows: readonly Row[], transport: 'tcp' | 'udp'): Uint8Array {
  const named = new Uint8Array(65_536)
  for (const { ports } of rows
    .filter(namesPort)
    .flatMap(({ match }) => match.filter(range => range.transport === transport)))
    named.fill(1, ports.first, ports.last + 1)
  return named
}

const isAny = ({ first, last }: PortRange): boolean => first === 0 && last === 65_535

export const isPeer = ({ selectors }: Row['from'], placement: Placement): boolean =>
  selectors.some(selector => matches(selector, placement))

/** Whether a row or an exception speaks of the service. */
export const isOn = ({ match }: Pick<Row, 'match'>, { transport, port }: Service): boolean =>
  match.some(
    ({ transport: named, ports }) =>
      named === transport && port >= ports.first && port <= ports.last,
  )

const ICMP_ECHO = 8
const ICMP6_ECHO = 128
/** ICMPv6 has types of its own; above all of ICMP's, no row can mean one by mistake. */
const ICMP6_OTHERS = 256

/** The service that a flow asks of its server. Echo is the same for both IP versions. */
export function serviceOf({ transport, server, client }: FlowRecord): Service {
  if (transport === 'tcp' || transport === 'udp') return { transport, port: server.port }
  if (transport === 'icmp') return { transport, port: client.port }
  if (transport === 'other') return { transport, port: 0 }
  const port = client.port === ICMP6_ECHO ? ICMP_ECHO : ICMP6_OTHERS + client.port
  return { transport: 'icmp', port }
}

/**
 * A row for a role that nobody has is no row; rows for external users need a site that has them.
 */
function isInForce({ activeWith, from }: Row, { declared, externalUsers }: Conditions): boolean {
  if (activeWith !== null && !declared.has(activeWith)) return false
  return externalUsers || !from.selectors.every(({ label }) => label === 'external')
}

/** The SOCKS row listens where the site says. */
function placed(row: Row, { socksPort }: Conditions): Row {
  if (row.activeWith !== 'socks-proxy' || socksPort === null) return row
  return { ...row, match: [{ transport: 'tcp', ports: { first: socksPort, last: socksPort } }] }
}
