// F-05: where the Application Servers stand at two places, the VLAN of the shared address spans both, so
// the address keeps its VLAN id whoever holds it and wherever it is heard.

import type { Observation } from '../../model/observation.ts'
import type { Watch } from '../watcher.ts'
import { type Claim, isShared } from './neighbours.ts'
import type { Owners } from './owners.ts'
import { frameOf, NO_VANTAGE } from './shared-address.ts'

const STATEMENT = 'F-05'
/** VLANs remembered of an address; a further one is not told. */
const VLANS_MAX = 8

/** How the shared address was heard in one VLAN. */
interface Heard {
  readonly first: Claim
  /** Places of the servers that held it there. */
  readonly sites: Set<string>
}

export class VlanSpan {
  readonly #watch: Watch
  readonly #owners: Owners
  readonly #heard = new Map<string, Map<number, Heard>>()
  readonly #isSpread: boolean

  constructor(watch: Watch, owners: Owners) {
    this.#watch = watch
    this.#owners = owners
    this.#isSpread = new Set(owners.nodes.map(({ site }) => site)).size > 1
  }

  claimed(claim: Claim): void {
    const { node, vlan, placement, timeNs } = claim
    if (!this.#isSpread || !isShared(node) || vlan === null) return
    const vlans = this.#heard.get(placement.address.text) ?? new Map<number, Heard>()
    this.#heard.set(placement.address.text, vlans)
    const [before] = vlans.values()
    const heard = vlans.get(vlan) ?? { first: claim, sites: new Set<string>() }
    const isNew = !vlans.has(vlan) && vlans.size < VLANS_MAX
    if (isNew) vlans.set(vlan, heard)
    if (isNew && before !== undefined) this.#watch.observe(this.#mismatch(before.first, claim))
    const site = this.#owners.of(claim.mac)?.site
    if (site !== undefined) heard.sites.add(site)
    if (vlans.size === 1 && heard.sites.size > 1) this.#watch.kept(STATEMENT, timeNs)
  }

  finish(): void {
    const all = [...this.#heard.values()].flatMap(vlans => [...vlans.values()])
    if (all.length > 1 || all.some(({ sites }) => sites.size > 1)) return
    this.#watch.blind(STATEMENT, this.#why(all.length > 0))
  }

  #why(isHeard: boolean): string {
    if (!this.#isSpread)
      return 'All Application Servers stand at one site, and no VLAN has to span two.'
    if (isHeard) return 'The shared address was heard from the Application Server of one site only.'
    return `${NO_VANTAGE('the shared address')}, or it hears frames without their VLAN tags.`
  }

  #mismatch(before: Claim, claim: Claim): Observation {
    const { placement, timeNs } = claim
    const heard = [before, claim]
    return {
      ...{ verdict: 'topology', reason: 'vlan_mismatch', row: STATEMENT, service: null },
      ...{ source: placement, destination: placement, confidence: 'confirmed', proofs: 1 },
      title: `${placement.name} is heard in VLAN ${before.vlan} and in VLAN ${claim.vlan}`,
      fix: `Let one VLAN span both sites, with the same id, and put both Application Servers' ports for ${placement.name} in it.`,
      expected: `${placement.address.text} is in the same VLAN at both sites`,
      why: heard.map(
        one => `${this.#watch.timeText(one.timeNs)}: ${one.says}, in VLAN ${one.vlan}.`,
      ),
      ...{ firstNs: before.timeNs, lastNs: timeNs, flows: [], frames: heard.map(frameOf) },
    }
  }
}
