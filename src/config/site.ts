// Loads a site file: who is who and where. Everything is judged by it, so it must be complete and
// may not contradict itself; a file that was copied and not filled in is refused.

import { basename } from 'node:path'
import { assert, type Problem } from '../model/errors.ts'
import type { Node, Sensor, Site } from '../model/inventory.ts'
import type { Exception } from '../model/policy.ts'
import { checkFile, checkList, checkMap, type Desk, type Entry } from './check.ts'
import { Complaints } from './complaints.ts'
import { exceptionsOf } from './exceptions.ts'
import { hashOf } from './hash.ts'
import { takeIds } from './ids.ts'
import {
  addressesAreUnique,
  type Declared,
  externalUsersAreSaid,
  gwsimNamesWebServers,
  isFilledIn,
  prefixesAreUnique,
  proxyIsDeclared,
  zonesAreKnown,
} from './site-checks.ts'
import { gwsimEntry, networkEntry, nodeEntry, sensorEntry, siteFile } from './site-schema.ts'
import { loadYaml } from './yaml.ts'

export interface LoadedSite {
  readonly site: Site
  /** From the site file's own list; whoever judges adds them to the policy's. */
  readonly exceptions: readonly Exception[]
  readonly warnings: readonly Problem[]
}

const ADVICE =
  '. A site file says which host is what: copy rules/site.example.yaml and put your own hosts in it'

/**
 * Reads one site file.
 * @throws UsageError with every problem of the file, sorted by place.
 */
export function loadSite(path: string): LoadedSite {
  const complaints = new Complaints()
  const warnings = new Complaints()
  const file = loadYaml(path, complaints, ADVICE)
  const desk = file && { file, complaints, label: basename(path) }
  const site = desk && siteOf(desk, warnings)
  const exceptions = desk && exceptionsOf(desk)
  complaints.throwIfAny()
  assert(site !== undefined && exceptions !== undefined, 'a file without complaints is a site')
  return { site, exceptions, warnings: warnings.problems() }
}

function siteOf(desk: Desk, warnings: Complaints): Site | undefined {
  const head = checkFile(desk, siteFile)
  const declared = declaredIn(desk)
  isFilledIn(desk, ADVICE)
  takeIds(desk, ['nodes'], new Map(), 'name')
  takeIds(desk, ['sensors'], new Map(), 'name')
  addressesAreUnique(desk, declared)
  prefixesAreUnique(desk, declared)
  zonesAreKnown(desk, declared)
  const modes = checkMap(desk, ['modes', 'gwsim'], gwsimEntry)
  gwsimNamesWebServers(desk, declared, modes)
  const sensors = checkList(desk, ['sensors'], sensorEntry).map(
    ({ value: { name, sees, clock_ms } }): Sensor => ({ name, sees, clockMs: clock_ms }),
  )
  if (head === undefined) return undefined
  externalUsersAreSaid(desk, declared, head.site.external_users)
  if (head.modes.socks !== null)
    proxyIsDeclared({ ...desk, complaints: warnings }, declared, head.modes.socks.proxy)
  return {
    name: head.site.name,
    webexSite: head.site.webex_site,
    externalUsers: head.site.external_users ?? false,
    networks: declared.networks.map(({ value }) => value),
    nodes: declared.nodes.map(entry => nodeOf(entry, head.site.name)),
    publicPrefixes: head.public_prefixes,
    modes: {
      gwsim: new Map([...modes].map(([name, { value }]) => [name, value])),
      socks: head.modes.socks,
      https: head.modes.https,
    },
    sensors,
    hash: hashOf([desk]),
  }
}

const declaredIn = (desk: Desk): Declared => ({
  networks: checkList(desk, ['networks'], networkEntry),
  nodes: checkList(desk, ['nodes'], nodeEntry),
})

/** A host stands at the site unless it says where else: failover partners may be elsewhere. */
function nodeOf({ value }: Entry<Declared['nodes'][number]['value']>, site: string): Node {
  return {
    name: value.name,
    roles: value.role,
    addresses: value.address,
    nat: value.nat ?? [],
    macs: value.mac ?? [],
    site: value.site ?? site,
    zone: value.zone,
    dynamicPorts: value.dynamic_ports,
  }
}
