// Soaks the monitor: days of packet time as fast as it can, with a store that is full from the start.
// `npm run soak -- --days 7` prints a table to standard output, with four days before those seven in which the
// program finds its size, and ends with 1 where memory grew, the store was above its quota, rows went missing, the
// restart was slow, or the findings are not those of an audit. Every second all garbage is thrown away: what is
// shown is what the monitor keeps.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type Day, soak, WARM_UP_DAYS } from './soak/soak.ts'

const MIB = 1024 * 1024
const DAYS_MAX = 60

const say = (text: string): void => console.log(text)

const { values } = parseArgs({ options: { days: { type: 'string', default: '7' } } })
const days = Number(values.days)
if (Number.isInteger(days) && days >= 1 && days <= DAYS_MAX) await main()
else {
  console.error(`--days: "${values.days}" is not a whole number from 1 to ${DAYS_MAX}.`)
  process.exitCode = 2
}

async function main(): Promise<void> {
  const work = mkdtempSync(join(tmpdir(), 'mpwatch-soak-'))
  try {
    const all = days + WARM_UP_DAYS
    const result = await soak({ days: all, work, fills: true, told: text => console.error(text) })
    say('| day | memory MiB | least | store MiB | rows stored | expired | lost | findings |')
    say('|---|---|---|---|---|---|---|---|')
    for (const day of result.days) say(rowOf(day))
    say(`\n${result.findings} findings; watching again after ${result.restartS.toFixed(2)} s.`)
    for (const fault of result.faults) say(`Fault: ${fault}`)
    if (result.faults.length > 0) process.exitCode = 1
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

function rowOf({ day, rssMib, leastMib, last }: Day): string {
  const { rows, expired, bytes, findings } = last.status.store
  const sizes = [rssMib.toFixed(0), leastMib.toFixed(0), (bytes / MIB).toFixed(1)]
  return `| ${[day, ...sizes, rows.stored, expired, rows.lost, findings.all].join(' | ')} |`
}
