// Small good files that the tests of the loaders change in one place each, and folders to put them in.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Problem, UsageError } from '../../src/model/errors.ts'

export const GOOD_POLICY = `api_version: mpwatch/v1
policy: {id: small, strict_outbound: false}
exposure:
  X0: {says: Local only., accepts: [meetingplace@core], accepts_listed: true}
  X1: {says: Administrators., includes: X0, accepts: [admin]}
rows:
  - id: I-01
    kind: incoming
    cite: {section: Ports, table: incoming, server: Application Server, row: SSH 22}
    says: Administrators log in here.
    from: {roles: [admin], basis: document}
    to: {roles: [app], basis: document}
    l4: [tcp/22]
    app: {expect: [ssh]}
    exposure: X1
  - id: I-13
    kind: incoming
    cite: {section: Ports}
    says: Media for recordings arrives here.
    from: {roles: [media], basis: inferred}
    to: {roles: [app@core], basis: document}
    l4: [udp/16384-32767, icmp/echo]
    reversed: S-10
    advisory: {udp: transport_unusual}
statements:
  - {id: S-10, cite: {section: Web}, says: The port opens one way only.}
limits:
  - {id: S-07, on: [I-01, I-13], metric: rtt_ms, value: 100}
exceptions:
  - {id: EX-7, row: unlisted, from: app-a, to: 198.51.100.9/32, l4: tcp/514, owner: noc, reason: syslog, expires: 2027-01-31}
tests:
  - {flow: admin -> app tcp/22, expect: permitted_unverified I-01}
`

export const GOOD_WEBEX = `api_version: mpwatch/v1
webex_ranges:
  version: seed
  source: the document
  date: 2026-11-22
  ranges:
    - {id: W-08, cidr: 64.68.96.0/19, range: 64.68.96.0 - 64.68.127.255}
    - {id: W-12, cidr: 208.8.81.0/24, range: 208.8.81.0 - 208.8.81.255}
`

export const GOOD_PRACTICE = `api_version: mpwatch/v1
practice:
  - {id: P-01, enabled: false, says: Call control., from: {roles: [app]}, to: {roles: [cucm]}, l4: [tcp/5060]}
  - {id: P-02, enabled: true, says: Traps., from: {roles: [app]}, to: {roles: [admin]}, l4: [udp/162]}
`

export const GOOD_SITE = `api_version: mpwatch/v1
site: {name: hq, webex_site: acme.webex.com, external_users: true}
public_prefixes: [198.51.100.0/24]
networks:
  - {prefix: 10.10.20.0/24, zone: core}
  - {prefix: 192.0.2.0/27, zone: dmz}
  - {prefix: 10.20.0.0/16, zone: user-net, role: enduser-int}
nodes:
  - {name: app-a, role: app, address: 10.10.20.11, mac: "00:1B:54:AA:00:11"}
  - {name: media-1, role: [media-audio, media-video], address: [10.10.20.31, 10.10.20.32], site: branch}
  - {name: web-1, role: web, address: 192.0.2.20, nat: 198.51.100.20, dynamic_ports: 49152-65535}
  - {name: proxy, role: socks-proxy, address: 172.16.0.1, zone: core}
modes:
  gwsim: {web-1: reverse}
  socks: {proxy: 172.16.0.1}
sensors:
  - {name: core-span, sees: [core, dmz]}
exceptions:
  - {id: EX-1, row: I-01, from: proxy, to: app, l4: [tcp/22], owner: noc, reason: change 1, expires: 2027-01-31}
`

/** A folder with a folder `rules` in it, gone when the process ends. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'mpwatch-config-'))
  mkdirSync(join(folder, 'rules'))
  process.once('exit', () => rmSync(folder, { recursive: true }))
  return folder
}

/** Writes the good policy with some of its files changed, and returns the folder `rules`. */
export function writePolicy(
  folder: string,
  changed: Readonly<Record<string, string | Uint8Array>> = {},
): string {
  const files = {
    'policy.yaml': GOOD_POLICY,
    'webex-ranges.yaml': GOOD_WEBEX,
    'practice.yaml': GOOD_PRACTICE,
    ...changed,
  }
  const rules = join(folder, 'rules')
  for (const [name, content] of Object.entries(files)) writeFileSync(join(rules, name), content)
  return rules
}

export function writeSite(folder: string, content: string | Uint8Array = GOOD_SITE): string {
  const path = join(folder, 'site.yaml')
  writeFileSync(path, content)
  return path
}

/** What the load complains about; the empty list where it does not. */
export function problemsOf(load: () => unknown): readonly Problem[] {
  try {
    load()
    return []
  } catch (error) {
    if (error instanceof UsageError) return error.problems
    throw error
  }
}

/** Each problem as `line:column message`, without the list of all valid words at its end. */
export const sentencesOf = (problems: readonly Problem[]): string[] =>
  problems.map(({ where, message }) =>
    `${where.replace(/^.*\.yaml:/, '')} ${message}`.replace(/ [A-Z][a-z ]+ are: .*\.$/, ''),
  )
