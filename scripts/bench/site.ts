// The site file of the benchmark captures: every server a node with its role, every client known by
// its network, the Internet undeclared, so that each flow takes its way through the policy.

import { stringify } from 'yaml'
import { ipv6 } from '../../src/model/address.ts'
import { type BenchNetwork, type Host, makeHosts, NETWORKS } from './hosts.ts'

/** The site file as YAML text. */
export function siteYaml(): string {
  const hosts = Object.values(makeHosts()).flat()
  return stringify(
    {
      api_version: 'mpwatch/v1',
      site: { name: 'bench', webex_site: 'bench.webex.com', external_users: true },
      public_prefixes: ['192.0.2.0/24'],
      networks: Object.values(NETWORKS).flatMap(declared),
      nodes: hosts.filter(({ role }) => role !== null).map(nodeOf),
      modes: { gwsim: gwsimModes(hosts), https: true },
      sensors: [{ name: 'bench-span', sees: ['core', 'dmz'] }],
    },
    { lineWidth: 0, flowCollectionPadding: false },
  )
}

function declared({ ipv4: base, ipv4Length, subnet, zone, role }: BenchNetwork): object[] {
  if (zone === null) return []
  const prefixes = [`${base.join('.')}/${ipv4Length}`, `2001:db8:${subnet.toString(16)}::/64`]
  return prefixes.map(prefix => (role === null ? { prefix, zone } : { prefix, zone, role }))
}

function nodeOf(host: Host): object {
  return {
    name: host.name,
    role: host.role,
    address: [host.ipv4.join('.'), ipv6(host.ipv6).text],
    mac: [...host.mac].map(byte => byte.toString(16).padStart(2, '0')).join(':'),
  }
}

function gwsimModes(hosts: readonly Host[]): Record<string, string> {
  const webs = hosts.filter(({ role }) => role === 'web')
  return Object.fromEntries(webs.map(({ name }) => [name, 'normal']))
}
