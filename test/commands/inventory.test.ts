// mpwatch inventory suggest: which role a host may have by what it does, and where that is at odds with the
// site file.

import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import * as text from '../../fixtures/scenario/payloads.ts'
import * as binary from '../../fixtures/scenario/payloads-binary.ts'
import { type Scenario, scenario } from '../../fixtures/scenario/scenario.ts'
import { Behaviours, HOSTS_MAX } from '../../src/commands/inventory/behaviour.ts'
import { conflicts } from '../../src/commands/inventory/conflicts.ts'
import { type Observed, observed } from '../../src/commands/inventory/observed.ts'
import {
  suggestionObject,
  suggestionTable,
  suggestionYaml,
} from '../../src/commands/inventory/report.ts'
import type { Suggestion } from '../../src/commands/inventory/score.ts'
import { evidenceText } from '../../src/commands/inventory/words.ts'
import { loadPolicy } from '../../src/config/policy.ts'
import { loadSite } from '../../src/config/site.ts'
import { ipv4 } from '../../src/model/address.ts'
import type { Site } from '../../src/model/inventory.ts'
import { conditionsOf, Rulebook } from '../../src/policy/rulebook.ts'
import { temporaryFolder } from '../capture/read-all.ts'
import { sampleFlow } from '../support/samples.ts'

const PCAP = 'fixtures/demo/office.pcap'
const SITE = 'fixtures/demo/site.yaml'
const LONG_MS = 60_000
const { policy } = loadPolicy('rules')
const { site: demo } = loadSite(SITE)

const seenIn = (capture: string, site: Site | null = null): Promise<Observed> =>
  observed([capture], { policy, site, quiet: true })

/** Suggestions for each host of a story, by its address. */
async function told(tell: (net: Scenario) => void): Promise<Map<string, readonly Suggestion[]>> {
  const net = scenario({ start: '2026-03-02T10:15:00Z', seed: 7 })
  tell(net)
  const file = join(temporaryFolder(), 'story.pcap')
  writeFileSync(file, net.pcap())
  const { hosts } = await seenIn(file)
  return new Map(hosts.map(({ host, suggestions }) => [host.address.text, suggestions]))
}

const scoreOf = (suggestions: readonly Suggestion[] | undefined, role: string): number =>
  suggestions?.find(one => one.role === role)?.score ?? 0

describe('in the demo, without a site file,', () => {
  let seen: Observed
  beforeAll(async () => {
    seen = await seenIn(PCAP)
  }, LONG_MS)
  const suggestionsFor = (address: string) =>
    seen.hosts.find(({ host }) => host.name === address)?.suggestions ?? []

  /** Nothing of them but ICMP is in the capture, or nothing that they answer. */
  const SILENT = ['router-1', 'firewall-1', 'exchange-2']

  for (const { name, roles, addresses } of demo.nodes)
    test(`${name} ${SILENT.includes(name) ? 'gives no evidence' : `is ${roles.join(' or ')}`}`, () => {
      const [best] = suggestionsFor(addresses[0]?.text ?? '')
      if (SILENT.includes(name)) expect(best).toBeUndefined()
      else expect(roles).toContain(best?.role)
    })

  test('every score lies between 0 and 1, and evidence names its rows', () => {
    const all = seen.hosts.flatMap(({ suggestions }) => suggestions)
    expect(all.length).toBeGreaterThan(100)
    for (const { score, evidence } of all) {
      expect(score > 0 && score < 1).toBe(true)
      expect(evidence.every(({ rows }) => rows.length > 0)).toBe(true)
    }
  })

  test('the evidence is said in words', () => {
    const [best] = suggestionsFor('10.10.20.11')
    expect(best?.evidence.map(evidenceText)).toContain(
      'answers tcp/61004 (HTTP) from 3 hosts (I-12, O-10)',
    )
  })

  test('it is the same on every run', async () => {
    const again = suggestionObject(await seenIn(PCAP), null)
    expect(JSON.stringify(again)).toBe(JSON.stringify(suggestionObject(seen, null)))
  })

  test('the lines for a site file are such lines', () => {
    const yaml = suggestionYaml(seen)
    const NETWORKS =
      'networks: [{prefix: 10.0.0.0/8, zone: core}, {prefix: 192.0.2.0/24, zone: dmz}]\n'
    const file = join(temporaryFolder(), 'site.yaml')
    writeFileSync(
      file,
      `api_version: mpwatch/v1\nsite: {name: found, external_users: true}\n${NETWORKS}${yaml}`,
    )
    const { nodes } = loadSite(file).site
    const rolesOf = (address: string) =>
      nodes.find(({ addresses }) => addresses[0]?.text === address)?.roles
    expect(nodes.length).toBeGreaterThan(12)
    expect(rolesOf('10.10.20.11')).toEqual(['app'])
    expect(rolesOf('192.0.2.20')).toEqual(['web'])
    expect(rolesOf('10.77.2.21')).toBeUndefined()
  })
})

describe('a service that is answered', () => {
  const fetch = { request: text.httpRequest('/a'), response: text.httpResponse() }

  test('counts more by its protocol than by its port, and nothing by another protocol', async () => {
    const roles = await told(net => {
      const web = net.host('web', { ip: '10.0.0.1' })
      const [one, two, three] = ['10.0.0.2', '10.0.0.3', '10.0.0.4'].map(ip => net.host(ip, { ip }))
      if (one === undefined || two === undefined || three === undefined) return
      net.at(1).tcp(web, one, 61_004, fetch)
      net.at(2).tcpOpen(web, two, 61_004)
      net.at(3).tcp(web, three, 61_004, {
        talk: [{ server: text.sshBanner() }, { client: text.sshBanner('PuTTY') }],
      })
    })
    expect(scoreOf(roles.get('10.0.0.2'), 'app')).toBeCloseTo(0.9)
    expect(scoreOf(roles.get('10.0.0.3'), 'app')).toBeCloseTo(0.27)
    expect(roles.get('10.0.0.4')).toEqual([])
    expect(scoreOf(roles.get('10.0.0.1'), 'web')).toBeCloseTo(0.45)
  })

  test('counts for nobody where it is refused', async () => {
    const roles = await told(net => {
      const [web, app] = [net.host('web', { ip: '10.0.0.1' }), net.host('app', { ip: '10.0.0.2' })]
      net.at(1).tcpRefused(web, app, 61_004)
    })
    expect([...roles.values()]).toEqual([[], []])
  })

  test('is shared by the roles whose rows name it, until peers tell them apart', async () => {
    const roles = await told(net => {
      const host = (ip: string) => net.host(ip, { ip })
      const [app, web, mail] = ['10.0.0.1', '10.0.0.2', '10.0.0.3'].map(host)
      if (app === undefined || web === undefined || mail === undefined) return
      net.at(1).tcp(web, app, 61_004, fetch)
      net.at(2).tcp(app, mail, 443, {
        request: binary.tlsClientHello(),
        response: binary.tlsServerHello(),
      })
    })
    const mail = roles.get('10.0.0.3')
    expect(mail?.[0]?.role).toBe('exchange')
    expect(scoreOf(mail, 'exchange')).toBeGreaterThan(2 * scoreOf(mail, 'web'))
  })
})

test('an address that answers as an Application Server and opens nothing may be the shared one', async () => {
  const roles = await told(net => {
    const [one, other] = ['10.0.0.1', '10.0.0.2'].map(ip => net.host(ip, { ip }))
    const vip = net.host('vip', { ip: '10.0.0.9' })
    if (one === undefined || other === undefined) return
    const vendor = { request: binary.opaque(80), response: binary.opaque(120, 2) }
    net.at(1).tcp(one, other, 2008, vendor)
    net.at(2).tcp(other, one, 2008, vendor)
    net.at(3).tcp(other, vip, 2008, vendor)
  })
  expect(roles.get('10.0.0.9')?.[0]?.role).toBe('app-vip')
  expect(roles.get('10.0.0.1')?.[0]?.role).toBe('app')
  expect(roles.get('10.0.0.2')?.[0]?.role).toBe('app')
})

describe('beside a site file', () => {
  /** The demo's site with other lines. */
  const siteWith = (change: (yaml: string) => string): Site => {
    const file = join(temporaryFolder(), 'site.yaml')
    const yaml = readFileSync(SITE, 'utf8')
    expect(change(yaml)).not.toBe(yaml)
    writeFileSync(file, change(yaml))
    return loadSite(file).site
  }
  const conflictsWith = async (site: Site): Promise<string[]> => {
    const { hosts } = await seenIn(PCAP, site)
    return conflicts(hosts, site).map(({ host, message }) => `${host}: ${message}`)
  }
  const UNSEEN = ['router-1', 'firewall-1'].map(
    name => `${name}: declared router, in no TCP or UDP flow of these captures`,
  )

  test('that is right, only what was not seen is told', async () => {
    expect(await conflictsWith(demo)).toEqual(UNSEEN)
  })

  test('a node that is declared as something else is told', async () => {
    const site = siteWith(yaml =>
      yaml
        .replace('name: web-1, role: web,', 'name: web-1, role: media-audio,')
        .replace('    web-1: normal', '    #'),
    )
    expect(await conflictsWith(site)).toEqual([
      expect.stringMatching(/^web-1: declared media-audio, behaves as web \(0\.9\d\)$/),
      ...UNSEEN,
    ])
  })

  test('a MeetingPlace host that is not declared is told', async () => {
    const site = siteWith(yaml => yaml.replace(/.*name: media-1v.*\n/, ''))
    expect(await conflictsWith(site)).toEqual([
      expect.stringMatching(/^10\.10\.20\.32: not declared, behaves as media-video \(0\.9\d\)$/),
      ...UNSEEN,
    ])
  })

  test('a shared address that is not declared as one is told', async () => {
    const declared = siteWith(yaml => yaml.replace('role: app-vip', 'role: app'))
    expect((await conflictsWith(declared))[0]).toMatch(/^app-vip: declared app, answers as an Appl/)
    const undeclared = siteWith(yaml => yaml.replace(/.*name: app-vip.*\n/, ''))
    expect((await conflictsWith(undeclared))[0]).toMatch(
      /^10\.10\.20\.10: not declared, answers as/,
    )
  })

  test('a translated address is the node behind it', async () => {
    const site = siteWith(yaml =>
      yaml.replace('address: 192.0.2.20, nat', 'address: 192.0.2.25, nat'),
    )
    const natted = siteWith(yaml =>
      yaml.replace('192.0.2.20, nat: 198.51.100.20', '192.0.2.25, nat: 192.0.2.20'),
    )
    expect((await conflictsWith(site))[0]).toMatch(/^192\.0\.2\.20: not declared, behaves as web/)
    expect(await conflictsWith(natted)).toEqual(UNSEEN)
  })
})

test('hosts beyond the maximum are counted, and declared ones are always kept', () => {
  const book = new Rulebook(policy, conditionsOf(demo, []))
  const behaviours = new Behaviours(book, ({ text: name }) => ({
    name,
    isDeclared: name === '10.10.20.11',
  }))
  const between = (client: number, server: number) =>
    sampleFlow({
      client: { address: ipv4(client), port: 40_000 },
      server: { address: ipv4(server), port: 61_004 },
    })
  for (let host = 0; host < HOSTS_MAX + 10; host += 2)
    behaviours.take(between(0x0a000000 + host, 0x0a000001 + host))
  for (const _ of [1, 2]) behaviours.take(between(0x0a000000, 0x0a0a140b))
  expect(behaviours.leftOut).toBe(10)
  expect(behaviours.hosts.size).toBe(HOSTS_MAX + 1)
  expect(behaviours.hosts.get('10.10.20.11')?.acts.size).toBe(1)
})

test('the table has a column for what is declared where there is a site file', async () => {
  const [bare, beside] = [
    suggestionTable(await seenIn(PCAP), null, 100),
    suggestionTable(await seenIn(PCAP, demo), demo, 100),
  ]
  expect(bare).toMatch(/^host +role +score +because it$/m)
  expect(bare).toMatch(/^10\.10\.20\.21 +web +0\.99 +answers tcp\/1627 \(RTMP\)/m)
  expect(bare).not.toContain('At odds')
  expect(beside).toMatch(/^web-1 +web +web +0\.99 +answers/m)
  expect(beside).toContain('At odds with the site file\n  - router-1: declared router, in no')
  for (const line of [...bare.split('\n'), ...beside.split('\n')])
    expect(line.length).toBeLessThanOrEqual(100)
})

describe('on the command line', () => {
  const suggest = (...args: readonly string[]) => {
    const argv = ['--import', 'tsx', 'src/main.ts', 'inventory', 'suggest', PCAP, ...args]
    const { status, stdout, stderr } = spawnSync(process.execPath, argv, { encoding: 'utf8' })
    return { code: status, stdout, stderr }
  }

  test('it prints a table, lines for a site file, or JSON', { timeout: LONG_MS }, () => {
    expect(suggest().stdout).toMatch(/^Likely roles of hosts, by what they do\./)
    expect(suggest('--yaml').stdout).toMatch(
      /^# Declare under networks.*\nnodes:\n {2}# 1\.00: answers/,
    )
    const { code, stdout } = suggest('--json', '-', '--site', SITE)
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({
      schema: 'mpwatch/suggest/1',
      captures: [{ name: PCAP }],
      hosts: expect.arrayContaining([
        expect.objectContaining({ host: 'app-a', declared: ['app'] }),
      ]),
      left_out: 0,
    })
  })

  test('two outputs on standard output are refused', { timeout: LONG_MS }, () => {
    expect(suggest('--json', '-', '--yaml')).toMatchObject({ code: 2, stdout: '' })
  })

  test('no verdict depends on it: audit knows nothing of it', () => {
    const sources = ['src/commands/audit.ts', 'src/commands/read.ts', 'src/compliance.ts']
    for (const file of sources) expect(readFileSync(file, 'utf8')).not.toContain('inventory/')
  })
})
