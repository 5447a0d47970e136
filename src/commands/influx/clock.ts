// The clock and the chance of a command that sends to an InfluxDB.

import { randomInt } from 'node:crypto'
import { type Clock, sleep } from '../../influx/clock.ts'

export const COMMAND_CLOCK: Clock = { now: () => Date.now(), sleep }

const STEPS = 2 ** 32

/** From 0 to 1; so that those who try again do not do so together. */
export const chance = (): number => randomInt(STEPS) / STEPS
