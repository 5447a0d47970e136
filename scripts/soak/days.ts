// Days of packets for a soak: the office day with everything that is planted, once for each day, 24 hours apart. Each
// is told anew, as packets of NTP say what day it is.

import { closeSync, openSync, writeSync } from 'node:fs'
import { plantedDayFrom } from '../../fixtures/day/day.ts'
import { START } from '../../fixtures/day/words.ts'

export const DAY_MS = 86_400_000
export const FIRST_DAY_MS = Date.parse(START)

const FILE_HEADER_BYTES = 24

/** Writes a capture of so many days. */
export function writeDays(file: string, days: number): void {
  const out = openSync(file, 'w')
  try {
    for (let day = 0; day < days; day++) {
      const start = new Date(FIRST_DAY_MS + day * DAY_MS).toISOString()
      const bytes = plantedDayFrom(start).pcap({ precision: 'nano' })
      writeSync(out, day === 0 ? bytes : bytes.subarray(FILE_HEADER_BYTES))
    }
  } finally {
    closeSync(out)
  }
}
