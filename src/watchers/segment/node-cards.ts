// F-04: the licence of an Application Server belongs to its network card, so the card behind the address of
// a node does not change. The shared address may go from card to card and is none of this.

import type { Observation } from '../../model/observation.ts'
import type { Watch } from '../watcher.ts'
import type { Card, Claim } from './neighbours.ts'
import { frameOf, NO_VANTAGE } from './shared-address.ts'

const STATEMENT = 'F-04'
/** Cards remembered of an address; that of one more is not told. */
const CARDS_MAX = 8

export class NodeCards {
  readonly #watch: Watch
  /** By address, the cards seen with it; the first one is what later ones are held against. */
  readonly #cards = new Map<string, Map<string, Card>>()

  constructor(watch: Watch) {
    this.#watch = watch
  }

  claimed(claim: Claim): void {
    const { node, placement, mac } = claim
    if (!node.roles.includes('app')) return
    const cards = this.#cards.get(placement.address.text) ?? new Map<string, Card>()
    this.#cards.set(placement.address.text, cards)
    const [first] = cards.values()
    const isNew = !cards.has(mac) && cards.size < CARDS_MAX
    if (isNew) cards.set(mac, claim)
    const isRight = node.macs.length > 0 ? node.macs.includes(mac) : mac === (first?.mac ?? mac)
    if (isRight) this.#watch.kept(STATEMENT, claim.timeNs)
    else if (isNew) this.#watch.observe(this.#changed(claim, first))
  }

  finish(): void {
    if (this.#cards.size === 0)
      this.#watch.blind(STATEMENT, `${NO_VANTAGE('an Application Server')}.`)
  }

  #changed(claim: Claim, first: Card | undefined): Observation {
    const { placement, node, mac, timeNs } = claim
    const before = first === undefined ? [] : [first]
    const declared = `The site file gives ${node.name} ${node.macs.join(', ')}.`
    const cards = node.macs.length > 0 ? 'a card that is not declared' : 'another card than before'
    return {
      ...{ verdict: 'topology', reason: 'node_mac_changed', row: STATEMENT, service: null },
      ...{ source: placement, destination: placement, confidence: 'confirmed', proofs: 1 },
      title: `${node.name} is heard with ${cards}`,
      fix: `If ${node.name} got new hardware or teamed interfaces, have its licence issued for ${mac} and declare the card; otherwise find the host that uses its address.`,
      expected: `${placement.address.text} stays with the card for which ${node.name} is licensed`,
      why: [
        ...(node.macs.length > 0 ? [declared] : []),
        ...[...before, claim].map(card => `${this.#watch.timeText(card.timeNs)}: ${card.says}.`),
      ],
      ...{ firstNs: timeNs, lastNs: timeNs, flows: [], frames: [...before, claim].map(frameOf) },
    }
  }
}
