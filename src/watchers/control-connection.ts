// The control connection on tcp/5003 of each Web Server: both directions at once (I-06.1), neither (S-01),
// and another direction than before. Which state holds is the judge's knowledge; this tells people.

import type { GwsimMode, Placement } from '../model/inventory.ts'
import type { GwsimState, ModeStep, ModeView } from '../model/mode.ts'
import type { Connection } from '../model/sighting.ts'
import type { JudgedFlow } from '../model/verdict.ts'
import { limitNs, webAndApp } from './limits.ts'
import type { Watch, Watcher } from './watcher.ts'

const CONTROL_PORT = 5003
const SERVICE = 'tcp/5003'
const EXPECTED = 'web -> app tcp/5003, or the other way round'
/** Steps of the machine that a finding tells. */
const STEPS_TOLD = 6
const BY_MODE: Readonly<Record<GwsimMode, string>> = { normal: 'S-02', reverse: 'S-03' }

type Sides = { [mode in GwsimMode]: JudgedFlow | null }

/** What was told of a Web Server so far, and the latest flows that prove something. */
interface Seen {
  readonly web: Placement
  app: Placement
  state: GwsimState
  learned: GwsimMode | null
  /** A conflict of which a flow is still open. */
  conflict: ModeStep | null
  readonly answered: Sides
  readonly failed: Sides
}

export class ControlConnection implements Watcher {
  readonly #watch: Watch
  readonly #windowNs: number
  readonly #webs = new Map<string, Seen>()

  constructor(watch: Watch) {
    this.#watch = watch
    this.#windowNs = limitNs(watch.policy, 'mode_window_s', 600)
  }

  connected({ transport, serverPort, client, server, timeNs }: Connection): void {
    if (transport !== 'tcp' || serverPort !== CONTROL_PORT) return
    const seen = this.#seen(client, server)
    if (seen !== null) this.#look(seen, timeNs)
  }

  ended(judged: JudgedFlow): void {
    const { flow, client, server, verdict } = judged
    if (flow.transport !== 'tcp' || flow.server.port !== CONTROL_PORT) return
    const seen = this.#seen(client, server)
    if (seen === null) return
    const direction = client.name === seen.web.name ? 'normal' : 'reverse'
    const { state } = verdict.outcome
    if (state === 'answered') seen.answered[direction] = judged
    if (state === 'blocked' || state === 'refused') seen.failed[direction] = judged
    this.#look(seen, flow.lastNs)
    this.#keep(seen, direction, judged)
    this.#tellConflict(seen)
  }

  tick(nowNs: number): void {
    for (const seen of this.#webs.values()) this.#look(seen, nowNs)
  }

  #seen(client: Placement, server: Placement): Seen | null {
    const pair = webAndApp(client, server)
    if (pair === null) return null
    const { web, app } = pair
    const known = this.#webs.get(web.name)
    if (known !== undefined) {
      known.app = app
      return known
    }
    const seen: Seen = {
      ...{ web, app, state: 'unknown', learned: null, conflict: null },
      answered: { normal: null, reverse: null },
      failed: { normal: null, reverse: null },
    }
    this.#webs.set(web.name, seen)
    return seen
  }

  /** Tells what has changed since the last look. */
  #look(seen: Seen, nowNs: number): void {
    const view = this.#watch.modeOf(seen.web.name)
    if (view === undefined) return
    const { state, learned, declared } = view
    const isChanged = seen.learned !== null && learned !== seen.learned
    if (isChanged && declared === null) this.#tellChange(seen, view, nowNs)
    // Against a declared mode it is the flow that is wrong, and a finding of its own.
    if (state !== seen.state && state === 'conflict' && declared === null)
      seen.conflict = view.steps.at(-1) ?? null
    if (state !== seen.state && state === 'blocked') this.#tellBlocked(seen, view)
    seen.state = state
    seen.learned = learned
  }

  #keep({ web, state }: Seen, direction: GwsimMode, { flow, verdict }: JudgedFlow): void {
    const { lastNs } = flow
    if (verdict.kind === 'rejected' && verdict.row === 'I-06.2') this.#watch.kept('I-06.2', lastNs)
    const isAllowed = verdict.kind === 'permitted' || verdict.kind === 'permitted_unverified'
    if (!isAllowed || verdict.outcome.state !== 'answered') return
    // Half a conversation keeps no statement.
    if (flow.toServer.packets === 0 || flow.toClient.packets === 0) return
    this.#watch.kept('S-01', lastNs)
    this.#watch.kept(BY_MODE[direction], lastNs)
    const mode = this.#watch.modeOf(web.name)?.declared ?? state
    if (mode === direction) this.#watch.kept('I-06.1', lastNs)
  }

  /** Both connections are named, so this waits until the second has ended. */
  #tellConflict(seen: Seen): void {
    const { web, app, conflict, answered } = seen
    const { normal, reverse } = answered
    if (conflict === null || normal === null || reverse === null) return
    const fromNs = conflict.sinceNs - this.#windowNs
    if (Math.min(normal.flow.lastNs, reverse.flow.lastNs) < fromNs) return
    seen.conflict = null
    const isProven = [normal, reverse].every(({ flow }) => (flow.tcp?.synAck ?? null) !== null)
    this.#watch.observe({
      ...{ verdict: 'topology', reason: 'mode_conflict', row: 'I-06.1' },
      ...{ source: web, destination: app, service: SERVICE },
      ...{ confidence: isProven ? 'confirmed' : 'probable', proofs: isProven ? 2 : 1 },
      title: `The control connection of ${web.name} was opened from both sides`,
      fix:
        `Choose one direction for ${web.name}, declare it in the site file, and close tcp/5003 the ` +
        'other way.',
      expected: EXPECTED,
      why: this.#trace(web),
      firstNs: Math.min(normal.flow.firstNs, reverse.flow.firstNs),
      lastNs: Math.max(normal.flow.lastNs, reverse.flow.lastNs),
      flows: [normal, reverse],
      frames: [],
    })
  }

  /** The flows are misdropped, or rejected by a mode; that there is no way at all is what no flow says. */
  #tellBlocked({ web, app, failed }: Seen, { steps }: ModeView): void {
    const flows = [failed.normal, failed.reverse].filter(judged => judged !== null)
    const times = flows.map(({ flow }) => flow)
    this.#watch.observe({
      ...{ verdict: 'degraded', reason: 'no_control_connection', row: 'S-01' },
      ...{ source: web, destination: app, service: SERVICE },
      ...{ confidence: 'probable', proofs: flows.length },
      title: `${web.name} has no control connection: 5003 is stopped both ways`,
      fix: `Open tcp/5003 from ${web.name} to ${app.name}, or the other way round, as the unit is set up.`,
      expected: EXPECTED,
      why: [...this.#trace(web), 'Each flow that was stopped is a finding of its own.'],
      firstNs: Math.min(...times.map(({ firstNs }) => firstNs)),
      lastNs: steps.at(-1)?.sinceNs ?? Math.max(...times.map(({ lastNs }) => lastNs)),
      ...{ flows, frames: [] },
    })
  }

  #tellChange({ web, app }: Seen, { learned, steps }: ModeView, nowNs: number): void {
    const mode = learned === 'reverse' ? 'reverse' : 'normal'
    this.#watch.observe({
      ...{ verdict: 'event', reason: 'mode_changed', row: 'I-06.1' },
      ...{ source: web, destination: app, service: SERVICE },
      ...{ confidence: 'probable', proofs: 1 },
      title: `The control connection of ${web.name} is in ${mode} mode now`,
      fix: 'If this was planned, declare the mode in the site file; else find out who changed it.',
      expected: EXPECTED,
      why: this.#trace(web),
      ...{ firstNs: steps.at(-1)?.sinceNs ?? nowNs, lastNs: nowNs, flows: [], frames: [] },
    })
  }

  /** `REVERSE since 2026-03-02 09:58:03.000Z. A connection from app-a to web-dmz-1 completed.` */
  #trace({ name }: Placement): readonly string[] {
    const steps = this.#watch.modeOf(name)?.steps ?? []
    return steps
      .slice(-STEPS_TOLD)
      .map(
        ({ state, sinceNs, why }) =>
          `${state.toUpperCase()} since ${this.#watch.timeText(sinceNs)}. ${why}`,
      )
  }
}
