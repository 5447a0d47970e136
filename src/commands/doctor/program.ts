// The program itself: its runtime, what it may do, and the memory that is left for it.

import { grouped } from '../../model/text.ts'
import type { WatchConfig } from '../../model/watch-config.ts'
import { statusOfSelf, textOfFile } from './ask.ts'
import { type Check, checkOf } from './check.ts'

const NODE_MIN = [20, 19] as const
const MIB = 1_048_576
/** Of the engine, the store and Node together, as measured with a full flow table; buffers come on top. */
const NEEDED_MIB = 768

export const programChecks = (config: WatchConfig): readonly Check[] => [
  nodeCheck(process.versions.node),
  privilegeCheck(),
  memoryCheck(config),
]

export function nodeCheck(version: string): Check {
  const check = checkOf('node')
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const [majorMin, minorMin] = NODE_MIN
  const isOld = major < majorMin || (major === majorMin && minor < minorMin)
  return isOld
    ? check('fail', `version ${version} is too old: ${NODE_MIN.join('.')} or later is needed`)
    : check('ok', `version ${version}`)
}

/** Capture is the child's business: what reads hostile packets should be able to do nothing. */
function privilegeCheck(): Check {
  const check = checkOf('privilege')
  const effective = /^CapEff:\s*(\w+)$/m.exec(statusOfSelf())?.[1]
  if (process.getuid?.() === 0)
    return check(
      'warn',
      'this is root, and so would be what reads packets: run it as a user of its own, as packaging/mpwatch.service does',
    )
  return effective === undefined || /^0+$/.test(effective)
    ? check('ok', 'this process holds none; only the capturing program needs one')
    : check('warn', `this process holds capabilities (${effective}), and needs none`)
}

function memoryCheck({ capture, interfaces }: WatchConfig): Check {
  const check = checkOf('memory')
  const available = /^MemAvailable:\s*(\d+) kB$/m.exec(textOfFile('/proc/meminfo'))?.[1]
  if (available === undefined) return check('warn', 'the system does not say how much there is')
  const limit = process.constrainedMemory()
  const freeMib = Math.min(Number(available) / 1024, limit > 0 ? limit / MIB : Infinity)
  const buffersMib = (capture.bufferBytes / MIB) * Math.max(1, interfaces.length)
  const needMib = NEEDED_MIB + buffersMib
  const text = `${mib(freeMib)} available, and up to ${mib(needMib)} needed`
  return freeMib >= needMib ? check('ok', text) : check('warn', `${text}: it may be killed`)
}

const mib = (count: number): string => `${grouped(Math.floor(count))} MiB`
