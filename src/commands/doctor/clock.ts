// The clock: findings of several days and sensors are put together by it, so somebody should keep it right.

import { existsSync } from 'node:fs'
import { ask, located } from './ask.ts'
import { type Check, checkOf } from './check.ts'

/** Touched by systemd-timesyncd when it has set the clock. */
const TIMESYNC = '/run/systemd/timesync/synchronized'
/** Before this program was written. */
const EARLIEST_MS = Date.UTC(2026, 0, 1)

export async function clockCheck(): Promise<Check> {
  const check = checkOf('clock')
  if (Date.now() < EARLIEST_MS)
    return check(
      'fail',
      `says ${new Date().toISOString()}, which is past`,
      'sudo timedatectl set-ntp true',
    )
  const [system, chrony] = [await byTimedatectl(), await byChrony()]
  if (system === true || chrony === true || existsSync(TIMESYNC))
    return check('ok', 'is kept right by a time service')
  if (chrony === false)
    return check('warn', 'is not synchronised: chrony has no server to go by', 'chronyc -n sources')
  if (system === false)
    return check('warn', 'is not synchronised: nobody sets it', 'sudo timedatectl set-ntp true')
  return check(
    'warn',
    'nobody can tell whether it is synchronised: neither timedatectl nor chronyc answers',
    'sudo apt-get install chrony',
  )
}

/** Null where it does not know. */
async function byTimedatectl(): Promise<boolean | null> {
  const program = located('timedatectl')
  if (program === null) return null
  const { code, stdout } = await ask(program, ['show', '--property=NTPSynchronized', '--value'])
  if (code !== 0) return null
  return stdout.trim() === 'yes' ? true : stdout.trim() === 'no' ? false : null
}

async function byChrony(): Promise<boolean | null> {
  const program = located('chronyc')
  if (program === null) return null
  const { code, stdout } = await ask(program, ['-n', 'tracking'])
  const leap = /^Leap status\s*:\s*(.*)$/m.exec(stdout)?.[1]
  return code !== 0 || leap === undefined ? null : leap !== 'Not synchronised'
}
