// One cause and what its members have in common: a finding while it grows.

import type { Finding } from '../model/finding.ts'
import type { Policy } from '../model/policy.ts'
import type { JudgedFlow } from '../model/verdict.ts'
import { authorityOf } from './authority.ts'
import { fixOf } from './fix.ts'
import { type Hit, serviceOf } from './hit.ts'
import { type Member, Members } from './members.ts'
import { type Common, isGovernedByMode, provesControl, type Setting, weightier } from './scene.ts'
import { titleOf } from './title.ts'

export class Cause {
  readonly id: string
  readonly #policy: Policy
  readonly #setting: Setting
  readonly #members = new Members()
  #common: Common

  constructor(id: string, hit: Hit, policy: Policy) {
    this.id = id
    this.#policy = policy
    this.#setting = settingOf(hit, policy)
    this.#common = commonOf(hit.judged, this.#setting)
  }

  add(member: Member): void {
    this.#members.add(member)
    this.#common = shared(this.#common, commonOf(member.judged, this.#setting))
  }

  /** The first member's. */
  get hit(): Hit {
    return this.#setting.hit
  }

  get members(): number {
    return this.#members.count
  }

  /** The finding as far as it is known now. */
  finding(): Finding {
    const scene = { ...this.#setting, ...this.#common }
    const { hit, service } = scene
    return {
      id: this.id,
      verdict: hit.verdict,
      reason: hit.reason,
      ...authorityOf(this.#policy, hit, service),
      title: titleOf(scene),
      source: hit.judged.client.name,
      destination: hit.judged.server.name,
      service,
      fix: fixOf(scene),
      exception: hit.verdict === 'excepted' ? hit.exception : null,
      ...this.#members.summary(),
      ...{ why: [], frames: [] },
    }
  }
}

function settingOf(hit: Hit, policy: Policy): Setting {
  return {
    hit,
    rule: policy.rows.find(({ id }) => id === hit.row),
    byMode: isGovernedByMode(policy, hit.judged),
    exception: policy.exceptions.find(({ id }) => id === hit.exception),
  }
}

function commonOf(judged: JudgedFlow, { byMode }: Setting): Common {
  const { flow, verdict } = judged
  return {
    service: serviceOf(flow),
    signature: verdict.outcome.signature,
    protocol: flow.app.protocol,
    clientAddress: flow.client.address.text,
    serverAddress: flow.server.address.text,
    state: verdict.outcome.state,
    proven: provesControl(judged, byMode),
  }
}

const shared = (one: Common, other: Common): Common => {
  return {
    service: same(one.service, other.service),
    signature: same(one.signature, other.signature),
    protocol: same(one.protocol, other.protocol),
    clientAddress: same(one.clientAddress, other.clientAddress),
    serverAddress: same(one.serverAddress, other.serverAddress),
    state: weightier(one.state, other.state),
    proven: one.proven && other.proven,
  }
}

const same = <Value>(one: Value, other: Value): Value | null => (one === other ? one : null)
