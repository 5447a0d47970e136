// An EVE file: each notice as lines of Suricata's event JSON, for those who read eve.json already. Delivered is what is on
// the disk. Lines that a crash let through before it was known are found at the end of the file, and not written again.

import type { Notice } from '../model/alert.ts'
import { counted } from '../model/text.ts'
import type { RouteTarget } from '../model/watch-config.ts'
import { eveOfAlert, eveOfNotice, type LineMark } from '../sinks/eve-reported.ts'
import { RotatedFile } from '../sinks/rotated-file.ts'
import { reasonOf } from './faults.ts'
import type { Grounds } from './grounds.ts'
import { messagesOf } from './messages.ts'
import { DeliveryError, type Transport } from './transport.ts'

type EveTarget = Extract<RouteTarget, { kind: 'eve' }>

const TAIL_BYTES_MAX = 65_536

export function eveTransport(target: EveTarget, grounds: Grounds): Transport {
  const file = new RotatedFile(target.path, target)
  /** A try that was given up may be writing still, where a disk hangs. */
  let last: Promise<unknown> = Promise.resolve()
  return {
    where: target.path,
    deliver(notice) {
      const said = last.then(() => written(notice, file, grounds))
      last = said.catch(() => undefined)
      return said
    },
    async check() {
      try {
        await file.check()
        return null
      } catch (error) {
        return reasonOf(error)
      }
    },
    // It is opened for each notice.
    async reopen() {},
    async close() {},
  }
}

async function written(notice: Notice, file: RotatedFile, grounds: Grounds): Promise<string> {
  try {
    const lines = linesOf(notice, grounds)
    const there = partsWritten(await file.tail(TAIL_BYTES_MAX), notice)
    await file.append(lines.slice(there))
    return `${counted(lines.length - there, 'line is', 'lines are')} on the disk`
  } catch (error) {
    throw new DeliveryError(`${file.path} cannot be written: ${reasonOf(error)}`)
  }
}

function linesOf(notice: Notice, grounds: Grounds): readonly string[] {
  const context = { sensors: grounds.sensors, policy: grounds.policy() }
  return messagesOf(notice).map(({ alert, part }) => {
    const mark = { id: notice.id, seq: notice.seq, part }
    return alert === null ? eveOfNotice(notice, mark, context) : eveOfAlert(alert, mark, context)
  })
}

/** How many lines of the notice stand there. They are written in order: what is there, all before it was. */
const partsWritten = (tail: readonly string[], { id, seq }: Notice): number =>
  tail
    .flatMap(line => markIn(line) ?? [])
    .filter(mark => mark.id === id && mark.seq === seq)
    .reduce((most, { part }) => Math.max(most, part), 0)

/** Null for a line of another kind, or half of one. */
function markIn(line: string): LineMark | null {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch {
    // The half line that a crash left, or somebody else's.
    return null
  }
  const mark = memberOf(memberOf(value, 'mp'), 'notice')
  const [id, seq, part] = [memberOf(mark, 'id'), memberOf(mark, 'seq'), memberOf(mark, 'part')]
  const isMark = typeof id === 'string' && typeof seq === 'number' && typeof part === 'number'
  return isMark ? { id, seq, part } : null
}

const memberOf = (value: unknown, name: 'mp' | 'notice' | 'id' | 'seq' | 'part'): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? Reflect.get(value, name)
    : undefined
