// The clock of a command that sends to an InfluxDB.

import { type Clock, sleep } from '../../influx/clock.ts'

export const COMMAND_CLOCK: Clock = { now: () => Date.now(), sleep }
