// What a transport must know beside its target: who sends, by which clock, and where secrets are read.

import type { SecretSource } from '../model/watch-config.ts'
import type { EvePolicy } from '../sinks/eve-reported.ts'

export interface Grounds {
  readonly version: string
  /** Of this computer, as receivers know it. */
  readonly hostname: string
  readonly processId: number
  /** Names of the sensors that are watched. */
  readonly sensors: readonly string[]
  /** By the monitor's own clock, Unix milliseconds. */
  nowMs(): number
  /** The rules in force; null where there are none, as for a test. */
  policy(): EvePolicy | null
  /** @throws Error that says what cannot be read, and never what was read. */
  readSecret(source: SecretSource): Promise<string>
}
