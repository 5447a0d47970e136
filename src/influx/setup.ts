// What an InfluxDB needs for the boards: a database that keeps what is fine for a while and what is coarse for long, and
// what makes the one of the other. What is missing is made, and what is there is left.

import type { Period } from '../model/store.ts'
import type { InfluxConfig } from '../model/watch-config.ts'
import { InfluxServer } from './server.ts'
import { refineV1, setUpV1 } from './setup-v1.ts'
import { refineV2, setUpV2 } from './setup-v2.ts'
import type { SetUp } from './setup-words.ts'

/**
 * Tells each thing as soon as it is there.
 *
 * @throws UsageError where a right is missing, or it is no such InfluxDB; InputError where it cannot be reached.
 */
export function setUp(config: InfluxConfig, secret: string | null): AsyncGenerator<SetUp> {
  const server = new InfluxServer(config, secret)
  return config.version === 1 ? setUpV1(server, config) : setUpV2(server, config)
}

/**
 * Makes a period coarser that is past, for points that came too late for the server to do it by itself. False where it is
 * not set up for that.
 *
 * @throws as `setUp`.
 */
export function refine(
  config: InfluxConfig,
  secret: string | null,
  period: Period,
): Promise<boolean> {
  const server = new InfluxServer(config, secret, REFINING_MS_MAX)
  return config.version === 1 ? refineV1(server, config, period) : refineV2(server, config, period)
}

const REFINING_MS_MAX = 300_000
