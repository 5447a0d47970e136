// Stories about the segment of the Application Servers, as captures, and what the whole audit makes of them.

import { type Scenario, scenario } from '../../fixtures/scenario/scenario.ts'
import type { Host, HostOptions } from '../../fixtures/scenario/stage.ts'
import type { Finding } from '../../src/model/finding.ts'
import { audited } from './audited.ts'

export const CORE = 20
export const VENDOR = { request: 'opaque question', response: 'opaque answer' }
const STATEMENTS = ['M-01', 'M-02', 'M-03', 'M-04', 'M-05', 'F-04', 'F-05', 'F-06']

/** Two sites, or one: who stands where, and with which cards. */
export function site(
  more: {
    readonly first?: string
    readonly second?: string
    readonly nodes?: readonly string[]
  } = {},
): string {
  const { first = 'hq', second = 'hq', nodes = [] } = more
  return `
api_version: mpwatch/v1
site: {name: hq, external_users: false}
networks:
  - {prefix: 10.10.20.0/24, zone: core}
  - {prefix: 10.60.0.0/24, zone: core}
  - {prefix: 10.30.0.0/16, zone: user-net, role: phone}
nodes:
  - {name: app-a, role: app, address: 10.10.20.11, site: ${first}}
  - {name: app-b, role: app, address: 10.10.20.12, site: ${second}}
  - {name: app-vip, role: app-vip, address: 10.10.20.10}
  - {name: media-1, role: media-audio, address: 10.10.20.31}
  - {name: media-far, role: media-audio, address: 10.60.0.31}
  - {name: router-1, role: router, address: 10.10.20.1, mac: "02:00:5e:00:01:01"}
${nodes.map(node => `  - ${node}`).join('\n')}
sensors:
  - {name: core-span, sees: [core]}
`
}

export const CARD = { a: '02:04:0a:0a:14:0b', b: '02:04:0a:0a:14:0c' } as const
const MEDIA_2 = '{name: media-2, role: media-audio, address: 10.10.20.41, site: north}'
export const TWO_SITES = site({ second: 'north', nodes: [MEDIA_2] })

/** Everybody on stage; a story names whom it needs. */
function cast(net: Scenario, more: Readonly<Record<string, Partial<HostOptions>>> = {}) {
  const host = (name: string, ip: string, options: Partial<HostOptions> = {}) =>
    net.host(name, { ip, vlan: CORE, ...options, ...more[name] })
  const router = host('router-1', '10.10.20.1', { mac: '02:00:5e:00:01:01', ttl: 255 })
  return {
    router,
    a: host('app-a', '10.10.20.11'),
    b: host('app-b', '10.10.20.12'),
    vip: host('app-vip', '10.10.20.10', { mac: CARD.a }),
    vipAtB: host('app-vip at b', '10.10.20.10', { mac: CARD.b }),
    media: host('media-1', '10.10.20.31'),
    media2: host('media-2', '10.10.20.41'),
    far: host('media-far', '10.60.0.31', { behind: router, ttl: 63 }),
    phone: host('phone', '10.30.0.7', { behind: router, ttl: 63 }),
  }
}

export type Cast = ReturnType<typeof cast>
export type Story = (net: Scenario, cast: Cast) => void

type More = Parameters<typeof cast>[1]

/** The story as a capture file. */
export function captureOf(story: Story, more?: More): Uint8Array {
  const net = scenario({ start: '2026-03-02T10:00:00Z' })
  story(net, cast(net, more))
  return net.pcap()
}

export async function tell(yaml: string, story: Story, more?: More) {
  const { findings, statements } = await audited(captureOf(story, more), yaml)
  const own = findings.filter(({ row }) => STATEMENTS.includes(row))
  return {
    findings: own,
    said: own.map(lineOf).toSorted(),
    kept: STATEMENTS.filter(id => (statements.of(id)?.keptNs ?? null) !== null),
    blind: (id: string) => statements.of(id)?.blind ?? null,
  }
}

const lineOf = ({ verdict, reason, row, severity, source, destination }: Finding): string =>
  `${verdict}:${reason} ${row} ${severity} ${source} -> ${destination}`

export const control = (net: Scenario, at: number, app: Host, media: Host): void =>
  void net.at(at).tcp(app, media, 2010, VENDOR)
