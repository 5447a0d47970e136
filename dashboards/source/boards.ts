// All boards, in the order in which people need them.

import { failover } from './boards/failover.ts'
import { overview } from './boards/overview.ts'
import { quality } from './boards/quality.ts'
import { sensors } from './boards/sensors.ts'
import { violations } from './boards/violations.ts'
import { voice } from './boards/voice.ts'
import type { Board } from './panel.ts'

export const BOARDS: readonly Board[] = [overview, violations, quality, voice, failover, sensors]
