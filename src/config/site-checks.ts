// What the parts of a site file must agree on. Each check complains about every place that breaks
// it.

import type { z } from 'zod'
import { type Address, contains } from '../model/address.ts'
import { type GwsimMode, MEETINGPLACE, type Network, ROLES, type Zone } from '../model/inventory.ts'
import { complain, type Desk, type Entry, fieldOf, isMapping, rawList, whereOf } from './check.ts'
import { idsOf } from './ids.ts'
import { noSuch } from './no-such.ts'
import { quoted } from './reading.ts'
import type { nodeEntry } from './site-schema.ts'
import type { Path } from './yaml.ts'

/** Networks and nodes that are well formed in themselves. */
export interface Declared {
  readonly networks: readonly Entry<Network>[]
  readonly nodes: readonly Entry<z.output<typeof nodeEntry>>[]
}

/**
 * No placeholder is left, and at least one host is MeetingPlace; else there is nothing to judge by.
 */
export function isFilledIn(desk: Desk, advice: string): void {
  for (const [path, text] of textsIn(desk.file.value, []))
    if (PLACEHOLDER.test(text))
      complain(desk, path, `${quoted(text)} is a placeholder: put what holds at your site`)
  const roles = rawList(desk, ['nodes']).flatMap(node => fieldOf(node, 'role'))
  // A role that is misspelt is told as such, and may well have been the one.
  const isMeetingPlace = roles.some(role => !isRoleOfOthers(role))
  if (!isMeetingPlace) complain(desk, ['nodes'], `no node has a MeetingPlace role${advice}`)
}

const PLACEHOLDER = /YOURSITENAME|CHANGE-ME/i
const OTHERS: readonly unknown[] = ROLES.filter(role => !MEETINGPLACE.includes(role))
const isRoleOfOthers = (role: unknown): boolean => OTHERS.includes(role)

/** Every text below a value; keys are not among them. Depth is bounded by the YAML reader. */
function* textsIn(value: unknown, path: Path): Generator<readonly [Path, string]> {
  if (typeof value === 'string') yield [path, value]
  if (Array.isArray(value))
    for (const [index, item] of value.entries()) yield* textsIn(item, [...path, index])
  if (isMapping(value))
    for (const [key, item] of Object.entries(value)) yield* textsIn(item, [...path, key])
}

/** An address belongs to one node, be it its own or the one by which others see it (nat). */
export function addressesAreUnique(desk: Desk, { nodes }: Declared): void {
  const taken = new Map<string, string>()
  for (const key of ['address', 'nat'] as const)
    for (const { path, value } of nodes)
      for (const [index, { text }] of (value[key] ?? []).entries()) {
        const owner = taken.get(text)
        if (owner !== undefined)
          complain(desk, [...path, key, index], `${text} is already an address of ${owner}`)
        else taken.set(text, value.name)
      }
}

export function prefixesAreUnique(desk: Desk, { networks }: Declared): void {
  const taken = new Map<string, string>()
  for (const { path, value } of networks) {
    const { text } = value.prefix
    const first = taken.get(text)
    if (first === undefined) taken.set(text, whereOf(desk, path))
    else complain(desk, [...path, 'prefix'], `${text} is declared twice; first in ${first}`)
  }
}

/** Each address of a node has a zone: its node's, or that of a network. */
export function zonesAreKnown(desk: Desk, { networks, nodes }: Declared): void {
  // A network that is itself in error may be the one; that error is told, and comes first.
  if (networks.length < rawList(desk, ['networks']).length) return
  for (const { path, value } of nodes)
    for (const [index, address] of value.address.entries())
      if (value.zone === null && zoneOf(address, networks) === undefined)
        complain(desk, [...path, 'address', index], `${address.text} ${NO_NETWORK}`)
}

const NO_NETWORK = 'lies in no declared network: declare the network, or give the node a zone'

/** The zone of the longest prefix that holds the address. */
function zoneOf(address: Address, networks: Declared['networks']): Zone | undefined {
  let best: Network | undefined
  for (const { value } of networks)
    if (value.prefix.length > (best?.prefix.length ?? -1) && contains(value.prefix, address))
      best = value
  return best?.zone
}

/**
 * Blocked outsiders are a fault at one site and wanted at another: with a Web Server in the dmz,
 * say.
 */
export function externalUsersAreSaid(desk: Desk, declared: Declared, said: boolean | null): void {
  const outside = declared.nodes.find(
    ({ value: { role, zone, address } }) =>
      role.includes('web') &&
      (zone === 'dmz' || (zone === null && address.some(isIn('dmz', declared.networks)))),
  )
  if (said === null && outside !== undefined)
    complain(
      desk,
      ['site', 'external_users'],
      `the key "external_users" is missing: ${outside.value.name} is a Web Server in the dmz, ` +
        'so say true or false: do people on the Internet use it?',
    )
}

const isIn = (zone: Zone, networks: Declared['networks']) => (address: Address) =>
  zoneOf(address, networks) === zone

export function gwsimNamesWebServers(
  desk: Desk,
  { nodes }: Declared,
  modes: ReadonlyMap<string, Entry<GwsimMode>>,
): void {
  const names = idsOf(desk, ['nodes'], 'name').map(([name]) => name)
  for (const [name, { path }] of modes) {
    const node = nodes.find(({ value }) => value.name === name)
    if (!names.includes(name)) complain(desk, path, noSuch('node', name, names), 'key')
    else if (node !== undefined && !node.value.role.includes('web'))
      complain(desk, path, `${name} is no Web Server, and only those have a gwsim mode`, 'key')
  }
}

/** A warning: SOCKS to a host without the role is judged as unlisted (T-08). */
export function proxyIsDeclared(desk: Desk, { nodes }: Declared, proxy: Address): void {
  const isDeclared = nodes.some(
    ({ value }) =>
      value.role.includes('socks-proxy') && value.address.some(({ text }) => text === proxy.text),
  )
  if (!isDeclared)
    complain(
      desk,
      ['modes', 'socks', 'proxy'],
      `no node with the role socks-proxy has the address ${proxy.text}: SOCKS to it is unlisted`,
    )
}
