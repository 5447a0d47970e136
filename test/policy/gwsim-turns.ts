// A machine of 5003 for tests, and the sightings that drive it.

import type { GwsimMode } from '../../src/model/inventory.ts'
import type { ModeStep } from '../../src/model/mode.ts'
import type { JudgedFlow, OutcomeState } from '../../src/model/verdict.ts'
import { Inventory } from '../../src/policy/inventory.ts'
import { GwsimModes } from '../../src/policy/modes.ts'
import { conditionsOf, Rulebook } from '../../src/policy/rulebook.ts'
import { VERDICT } from '../../src/policy/verdicts.ts'
import { policyOf, row } from '../support/judged.ts'
import { addressOf, flow, network, node, segment, site, tcp } from './builders.ts'

export const MINUTE = 60
const NS = 1e9
const APP = '10.10.20.11'
const WEB = '192.0.2.20'

const POLICY = policyOf([
  row('I-06', 'web -> app tcp/5003', { mode: { machine: 'gwsim', opener: 'web' } }),
  row('I-32', 'app -> web tcp/5003', { mode: { machine: 'gwsim', opener: 'app' } }),
])

/** A machine, and what happens to it; times in seconds. */
export function machine(declared: readonly (readonly [string, GwsimMode])[] = []) {
  const hq = site({
    networks: [network('10.10.20.0/24 core'), network('192.0.2.0/27 dmz')],
    nodes: [node(`app app ${APP}`), node(`web web ${WEB}`)],
    modes: { gwsim: new Map(declared), socks: null, https: true },
  })
  const inventory = new Inventory(hq, [])
  const modes = new GwsimModes(new Rulebook(POLICY, conditionsOf(hq, [])))
  const place = (text: string) => inventory.place(addressOf(text))
  const ends = (direction: GwsimMode) =>
    direction === 'normal' ? ([WEB, APP] as const) : ([APP, WEB] as const)

  const record = (direction: GwsimMode, at: number, more = {}) => {
    const [client, server] = ends(direction)
    return flow(`${client}:50000 -> ${server}:5003 tcp`, {
      ...{ firstNs: at * NS, lastNs: at * NS, tcp: tcp({ syn: segment(at * 1000) }) },
      ...more,
    })
  }
  const judged = (direction: GwsimMode, at: number, state: OutcomeState, more = {}): JudgedFlow => {
    const [client, server] = ends(direction).map(place)
    if (client === undefined || server === undefined) throw new Error('both are there')
    const outcome = { ...VERDICT.outcome, state }
    const verdict = { ...VERDICT, outcome }
    return { flow: record(direction, at, more), client, server, verdict }
  }
  return {
    completes(direction: GwsimMode, at: number, isReset = false): void {
      const [client, server] = ends(direction).map(place)
      if (client === undefined || server === undefined) return
      modes.connected({
        ...{ transport: 'tcp', client, server, clientPort: 50_000, serverPort: 5003 },
        ...{ basis: 'syn', isReset, timeNs: at * NS, flow: 1 },
      })
    },
    lives(direction: GwsimMode, at: number): void {
      const [client, server] = ends(direction)
      modes.packet(
        {
          ...{ flow: 1, transport: 'tcp', isFromHigh: true, timeNs: at * NS, ttl: 64 },
          low: { address: addressOf(client), port: 50_000 },
          high: { address: addressOf(server), port: 5003 },
          ...{ payloadBytes: 0, tcp: null, packet: { file: 0, frame: 1, offset: 24 } },
        },
        ({ text }) => place(text),
      )
    },
    ends: (direction: GwsimMode, at: number, state: OutcomeState, more = {}) =>
      modes.ended(judged(direction, at, state, more), at * NS),
    tick: (at: number) => modes.tick(at * NS),
    state: () => modes.view('web')?.state,
    learned: () => modes.view('web')?.learned,
    all: (): readonly ModeStep[] => modes.view('web')?.steps ?? [],
    steps: () => modes.view('web')?.steps.map(({ state, sinceNs }) => `${state} ${sinceNs / NS}`),
    /** The mode against which a flow of the direction is held that was answered then, or was not. */
    against(direction: GwsimMode, at: number, isAnswered = true) {
      const [client, server] = ends(direction).map(place)
      if (client === undefined || server === undefined) return undefined
      const synAck = isAnswered ? segment(at * 1000) : null
      const facts = tcp({ syn: segment(at * 1000), synAck })
      return modes.against(record(direction, at, { tcp: facts }), client, server)?.direction
    },
  }
}

/** The steps that are remembered of a Web Server whose mode changed so often, twenty minutes apart. */
export function alternating(changes: number): readonly ModeStep[] {
  const web = machine()
  for (let turn = 0; turn < changes; turn++) {
    const direction = turn % 2 === 0 ? 'normal' : 'reverse'
    web.completes(direction, turn * 40 * MINUTE)
    web.completes(direction, turn * 40 * MINUTE + 20 * MINUTE)
  }
  return web.all()
}
