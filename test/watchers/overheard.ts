// A segment that is listened to, for tests of what its watcher says: sightings from short sentences, and no
// kernel in between.

import type { Node, Site } from '../../src/model/inventory.ts'
import type { Observation } from '../../src/model/observation.ts'
import { Inventory } from '../../src/policy/inventory.ts'
import { Segment } from '../../src/watchers/segment/segment.ts'
import type { Watch } from '../../src/watchers/watcher.ts'
import { addressOf, network, node, site } from '../policy/builders.ts'
import { policyOf } from '../support/judged.ts'

const SECOND_NS = 1e9
/** What the cards of the servers end in; `R` is the router, others are strangers. */
const CARDS: Readonly<Record<string, string>> = { A: '11', B: '12', R: '01', M: '31' }

export const mac = (card: string): string =>
  card.length > 1 ? card : `02:00:00:00:00:${CARDS[card] ?? card.charCodeAt(0).toString(16)}`

const ADDRESSES: Readonly<Record<string, string>> = {
  ...{ vip: '10.10.20.10', 'app-a': '10.10.20.11', 'app-b': '10.10.20.12' },
  ...{
    'media-1': '10.10.20.31',
    'media-2': '10.10.20.41',
    router: '10.10.20.1',
    'web-dmz-1': '192.0.2.20',
  },
}

/** Two Application Servers, the address they share, a blade here and one in the north, and others. */
export function servers(more: Readonly<Record<string, Partial<Node>>> = {}): Site {
  const of = (name: string, role: string) =>
    node(`${name} ${role} ${ADDRESSES[name]}`, more[name] ?? {})
  return site({
    networks: [network('10.10.20.0/24 core'), network('192.0.2.0/27 dmz')],
    nodes: [
      of('app-a', 'app'),
      of('app-b', 'app'),
      of('vip', 'app-vip'),
      of('media-1', 'media-audio'),
      { ...of('media-2', 'media-audio'), site: 'north' },
      of('router', 'router'),
      of('web-dmz-1', 'web'),
    ],
  })
}

/** What was said, a line each. */
export interface Overheard {
  readonly segment: Segment
  readonly observations: readonly Observation[]
  readonly blind: ReadonlyMap<string, string>
  readonly kept: ReadonlySet<string>
  /** `verdict:reason from -> to`, in the order in which they were made. */
  said(): readonly string[]
  end(seconds: number): Overheard
}

const FRAME = /^([\d.]+) (\S+) sends as (\S+)(?: ttl (\d+))?(?: vlan (\d+))?(?: file (\d+))?$/
const ARP = /^([\d.]+) (\S+) (asks|answers) as (\S+)(?: to (\S+))?(?: vlan (\d+))?(?: file (\d+))?$/

/**
 * Tells the watcher each sentence: `5 A sends as vip ttl 64 vlan 20`, `6 B answers as vip to web-dmz-1`.
 * Who asks or answers without saying whom asks for his own address, which is gratuitous.
 */
export function overhear(declared: Site, ...sentences: readonly string[]): Overheard {
  const observations: Observation[] = []
  const blind = new Map<string, string>()
  const kept = new Set<string>()
  const inventory = new Inventory(declared, [])
  const watch: Watch = {
    ...{ site: declared, policy: policyOf([]), sees: null },
    place: address => inventory.place(address),
    isVisible: () => true,
    modeOf: () => undefined,
    sensors: [],
    sinceEpochNs: unixSeconds => unixSeconds * 1e9,
    timeText: ns => `${ns / SECOND_NS} s`,
    observe: observation => observations.push(observation),
    measure: () => {},
    kept: statement => kept.add(statement),
    blind: (statement, reason) => blind.set(statement, reason),
  }
  const segment = new Segment(watch)
  for (const [index, sentence] of sentences.entries()) tell(segment, sentence, index + 1)
  const overheard: Overheard = {
    ...{ segment, observations, blind, kept },
    said: () =>
      observations.map(
        ({ verdict, reason, source, destination }) =>
          `${verdict}:${reason} ${source.name} -> ${destination.name}`,
      ),
    end(seconds) {
      segment.finish(0, seconds * SECOND_NS)
      return overheard
    },
  }
  return overheard
}

function tell(segment: Segment, sentence: string, frame: number): void {
  const sent = FRAME.exec(sentence)
  const asked = ARP.exec(sentence)
  const packet = { file: Number(sent?.[6] ?? asked?.[7] ?? 0), frame, offset: 0 }
  if (sent !== null) {
    const [, seconds = '', card = '', as = '', ttl = '64', vlan] = sent
    segment.sourced({
      ...{ ...momentOf(seconds, vlan), packet, mac: mac(card), nextHopMac: mac('R') },
      ...{ address: addressOf(ADDRESSES[as] ?? as), ttl: Number(ttl) },
    })
  } else if (asked !== null) {
    const [, seconds = '', card = '', verb, as = '', to = as, vlan] = asked
    segment.arp({
      ...{ ...momentOf(seconds, vlan), packet },
      operation: verb === 'asks' ? 'request' : 'reply',
      sender: { address: addressOf(ADDRESSES[as] ?? as), mac: mac(card) },
      target: addressOf(ADDRESSES[to] ?? to),
    })
  } else segment.tick(Number(sentence) * SECOND_NS)
}

const momentOf = (seconds: string, vlan: string | undefined) => ({
  timeNs: Math.round(Number(seconds) * SECOND_NS),
  vlan: vlan === undefined ? null : Number(vlan),
})
