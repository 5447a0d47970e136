// New rules for a running monitor: read again when somebody asks, and taken whole or not at all.

import { type Reloaded, Unavailable } from '../model/desk.ts'
import { type Problem, UsageError } from '../model/errors.ts'
import type { Incident } from '../model/lifecycle.ts'
import type { WatchConfig } from '../model/watch-config.ts'
import { type FromJudging, REPLAY, type RulesInForce, type ToJudging } from './protocol.ts'

export interface ReloadingOptions {
  readonly say: (message: ToJudging) => void
  /** Reads the configuration again. */
  readonly again: () => WatchConfig
  readonly now: () => number
}

/** What came of it, to be recorded. */
export interface Outcome {
  readonly reloaded: Reloaded
  readonly incident: Incident
  /** Of the rules that are in force now. */
  readonly generation: number
  /** Members of the configuration that have changed, and count only after a restart. */
  readonly restartFor: readonly string[]
}

type Answer = Extract<FromJudging, { kind: 'in_force' | 'refused' }>

/** The rest of the configuration is taken up when the monitor starts. */
const AT_START = [
  ...(['interfaces', 'capture', 'store', 'socket', 'metrics', 'log'] as const),
  ...(['influx', 'routes'] as const),
]

export class Reloading {
  readonly #options: ReloadingOptions
  #rules: RulesInForce
  #waiting: ((answer: Answer) => void) | null = null
  #restartFor: readonly string[] = []

  constructor(rules: RulesInForce, options: ReloadingOptions) {
    this.#rules = rules
    this.#options = options
  }

  /** Those in force. */
  get rules(): RulesInForce {
    return this.#rules
  }

  /** Where the new rules are refused, those before stay in force. `running` is what the monitor was started with. */
  async reload(running: WatchConfig): Promise<Outcome> {
    if (this.#waiting !== null)
      throw new Unavailable('The rules are being read at this moment. Try again when they are.')
    const answer = await this.#ask(running)
    const atMs = this.#options.now()
    const restartFor = this.#restartFor
    if (answer.kind === 'in_force') {
      this.#rules = answer.rules
      const reloaded = { isLoaded: true, ...this.#hashes, problems: [] }
      const incident: Incident = { kind: 'rules_loaded', atMs, ...this.#hashes }
      return { reloaded, restartFor, incident, generation: this.#rules.generation }
    }
    const problems = new UsageError(answer.problems).message.split('\n')
    const reloaded = { isLoaded: false, ...this.#hashes, problems }
    const incident: Incident = { kind: 'rules_refused', atMs, problems }
    return { reloaded, restartFor, incident, generation: this.#rules.generation }
  }

  answer(answer: Answer): void {
    this.#waiting?.(answer)
  }

  async #ask(running: WatchConfig): Promise<Answer> {
    const config = this.#config()
    if (!('site' in config)) return { kind: 'refused', problems: config }
    const { site, rules } = config
    this.#restartFor = changed(running, config)
    if (site === null) return { kind: 'refused', problems: [NO_SITE] }
    try {
      return await new Promise(resolve => {
        this.#waiting = resolve
        this.#options.say({ kind: 'reload', site, rules })
      })
    } finally {
      this.#waiting = null
    }
  }

  #config(): WatchConfig | readonly Problem[] {
    try {
      return this.#options.again()
    } catch (error) {
      if (error instanceof UsageError) return error.problems
      throw error
    }
  }

  get #hashes() {
    const { policy, site } = this.#rules
    return { policyHash: policy.hash, siteHash: site.hash }
  }
}

const NO_SITE: Problem = { where: 'site', message: 'the configuration names no site file any more' }

/** What is played has no interface, whatever the configuration says of them. */
const isPlayed = ({ interfaces }: WatchConfig): boolean => interfaces[0]?.name === REPLAY

const changed = (running: WatchConfig, config: WatchConfig): readonly string[] =>
  AT_START.filter(member => member !== 'interfaces' || !isPlayed(running)).filter(
    member => JSON.stringify(running[member]) !== JSON.stringify(config[member]),
  )
