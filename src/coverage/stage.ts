// Who stands where at the site: the closed set of groups between which rows can be at work. Tells whether a
// row can be at work here at all, and whether this sensor would see it.

import { type Address, ipv4 } from '../model/address.ts'
import type { Placement, Sensor, Site, Zone } from '../model/inventory.ts'
import type { Peers, Policy, Row, Selector } from '../model/policy.ts'

/** What the site, the policy and the vantage say, before any flow. */
export interface Setting {
  readonly policy: Policy
  readonly site: Site
  /** The sensors that took the captures; none where that is not known. */
  readonly sensors: readonly Sensor[]
  readonly place: (address: Address) => Placement
  /** Rows in force that let the first open connections to the second. */
  readonly rowsBetween: (client: Placement, server: Placement) => readonly string[]
  /** Rows in force at this site. */
  readonly isInForce: (row: Row) => boolean
  /** Whether name servers have told a name of WebEx for this address, as of a time. */
  readonly isNamed: (address: Address, atNs: number) => boolean
}

/** A kind of host at the site: what its labels and zone are, and whether there are several. */
export interface Standing {
  readonly placement: Placement
  readonly isOne: boolean
}

export class Stage {
  readonly standings: readonly Standing[]
  /** Zones that the sensors mirror together; null where none is declared. */
  readonly sees: readonly Zone[] | null
  readonly #sensors: readonly Sensor[]
  readonly #site: Site

  constructor({ site, policy, place, sensors }: Setting) {
    this.sees = sensors.length === 0 ? null : [...new Set(sensors.flatMap(({ sees }) => sees))]
    this.#sensors = sensors
    this.#site = site
    const kinds = new Map<string, { placement: Placement; names: Set<string | null> }>()
    const placements = [
      ...site.nodes.flatMap(({ addresses }) => addresses.map(place)),
      ...site.networks.flatMap(({ role, prefix }) =>
        role === null ? [] : [place(prefix.address)],
      ),
      ...policy.webex.ranges.slice(0, 1).map(({ prefix }) => place(prefix.address)),
      OUTSIDE,
    ]
    for (const placement of placements) {
      const key = [placement.group, ...placement.labels].join(' ')
      const kind = kinds.get(key) ?? { placement, names: new Set() }
      kind.names.add(placement.node?.name ?? null)
      kinds.set(key, kind)
    }
    this.standings = [...kinds.values()].map(({ placement, names }) => ({
      placement,
      isOne: names.size === 1 && !names.has(null),
    }))
  }

  /** Roles of the site. */
  has(label: string): boolean {
    return this.standings.some(({ placement }) => placement.labels.has(label))
  }

  /** Why no flow of the row can be here, in a sentence; null where there can. */
  missing({ id, from, to, activeWith }: Row): string | null {
    if (activeWith !== null && !this.has(activeWith)) return noRole([activeWith])
    if (from.selectors.every(({ label }) => label === 'external') && !this.#site.externalUsers)
      return 'The site declares no external users.'
    const clients = this.#meant(from)
    const servers = this.#meant(to)
    if (servers.length === 0) return noRole(labels(to))
    if (clients.length === 0) return noRole(labels(from))
    const isAlone = nodes(clients).every(one =>
      nodes(servers).every(other => one === other && one.isOne),
    )
    return isAlone ? `Only one node could use row ${id}: it takes two.` : null
  }

  /** Why this sensor cannot see flows of the row, in a sentence; null where it can. */
  hidden({ from, to }: Row): string | null {
    const { sees } = this
    if (sees === null) return null
    const zones = [...this.#meant(from), ...this.#meant(to)].map(({ placement }) => placement.zone)
    // A flow of the row touches a zone of each end; one that is mirrored will do.
    if (zones.some(zone => sees.includes(zone))) return null
    const unseen = [...new Set(zones)].sort().join(' and ')
    const seen = sees.length === 0 ? 'nothing' : sees.join(' and ')
    const names = this.#sensors.map(({ name }) => name).join(' and ')
    const mirror = this.#sensors.length === 1 ? 'mirrors' : 'mirror'
    return `${names} ${mirror} ${seen}, and this would pass in ${unseen}.`
  }

  #meant({ selectors }: Peers): readonly Standing[] {
    return this.standings.filter(({ placement }) =>
      selectors.some(selector => isMeant(selector, placement)),
    )
  }
}

const isMeant = ({ label, zone }: Selector, placement: Placement): boolean =>
  placement.labels.has(label) && (zone === null || zone === placement.zone)

/** An address that two nodes share is no third one. */
const nodes = (standings: readonly Standing[]): readonly Standing[] =>
  standings.filter(({ placement }) => !placement.labels.has('app-vip'))

const labels = ({ selectors }: Peers): string[] => selectors.map(({ label }) => label)

/** `No node has the role lcs-gw.` */
export const noRole = (roles: readonly string[]): string =>
  `No node has the role ${roles.join(' or ')}.`

/** Everybody on the Internet. */
const OUTSIDE: Placement = {
  address: ipv4(0),
  ...{ name: 'external@internet', group: 'external@internet', role: 'external', node: null },
  ...{ labels: new Set(['external']), zone: 'internet', basis: 'public', webexRange: null },
  ...{ isMeetingPlace: false, isWebexUser: false, isLinkScope: false },
}
