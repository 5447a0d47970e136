// What the writers of all versions are made of.

import type { InfluxConfig } from '../model/watch-config.ts'
import type { Exchange } from './exchange.ts'
import type { KeptSecret } from './kept-secret.ts'

export interface WriterParts {
  readonly config: InfluxConfig
  /** Where it writes, without any secret. */
  readonly where: string
  readonly exchange: Exchange
  readonly secret: KeptSecret
  readonly timeoutMs: number
}
