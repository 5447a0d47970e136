// The interfaces: whether they are there, up, hear anything, and are silent themselves.

import { readdirSync } from 'node:fs'
import { networkInterfaces } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { nearest } from '../../model/nearest.ts'
import { byText, grouped } from '../../model/text.ts'
import { ask, located, textOfFile } from './ask.ts'
import { type Check, checkOf } from './check.ts'

/** sysfs, of the network namespace that this process is in. */
const FOLDER = '/sys/class/net'
const LISTEN_MS = 1000
const IFF_UP = 1

interface Seen {
  readonly name: string
  readonly isUp: boolean
  readonly hasCarrier: boolean
  readonly packets: number
}

/** Takes a second, in which it looks at counters. */
export async function interfaceChecks(names: readonly string[]): Promise<readonly Check[]> {
  const before = interfacesSeen()
  if (names.length === 0) return [nothingNamed(before)]
  await pause(LISTEN_MS)
  const after = interfacesSeen()
  const checks = names.map(async name => {
    const now = after.find(seen => seen.name === name)
    if (now === undefined) return [missing(name, after)]
    const growth = now.packets - (before.find(seen => seen.name === name)?.packets ?? 0)
    return [linkCheck(now), trafficCheck(now, growth), addressCheck(name), await mergeCheck(name)]
  })
  return (await Promise.all(checks)).flat()
}

function interfacesSeen(): readonly Seen[] {
  return namesIn(FOLDER)
    .sort(byText)
    .map(name => {
      const value = (file: string): string => textOfFile(join(FOLDER, name, file)).trim()
      const isUp = (Number(value('flags')) & IFF_UP) !== 0
      const packets = Number(value('statistics/rx_packets'))
      return { name, isUp, hasCarrier: value('carrier') === '1', packets }
    })
}

const described = (all: readonly Seen[]): string =>
  all
    .map(seen => `${seen.name} (${stateOf(seen)}, ${grouped(seen.packets)} packets received)`)
    .join(', ')

const stateOf = ({ isUp, hasCarrier }: Seen): string =>
  isUp ? (hasCarrier ? 'up' : 'no carrier') : 'down'

function nothingNamed(all: readonly Seen[]): Check {
  const busiest = all
    .filter(({ name }) => name !== 'lo')
    .toSorted((left, right) => right.packets - left.packets)[0]
  return checkOf('interface')(
    'warn',
    `none was named, so capturing was not tried. There are: ${described(all)}`,
    `mpwatch doctor -i ${busiest?.name ?? 'eth0'}`,
  )
}

function missing(name: string, all: readonly Seen[]): Check {
  const near = nearest(
    name,
    all.map(seen => seen.name),
  )
  const hint = near === undefined ? '' : ` Did you mean ${near}?`
  return checkOf('interface', name)(
    'fail',
    `there is no such interface.${hint} There are: ${described(all)}`,
  )
}

function linkCheck(seen: Seen): Check {
  const check = checkOf('interface', seen.name)
  if (!seen.isUp) return check('fail', 'is down', `sudo ip link set dev ${seen.name} up`)
  return seen.hasCarrier
    ? check('ok', 'is up')
    : check('fail', 'is up and has no carrier: is it plugged in, and is the port of the switch on?')
}

function trafficCheck(seen: Seen, growth: number): Check {
  const check = checkOf('traffic', seen.name)
  const total = `${grouped(seen.packets)} since it began to count`
  return growth > 0
    ? check('ok', `${grouped(growth)} packets in a second, ${total}`)
    : check('warn', `no packet in a second, ${total}: does the switch mirror anything to it?`)
}

/** An interface with an address speaks by itself: ARP, neighbour discovery. A mirror port needs none. */
function addressCheck(name: string): Check {
  const check = checkOf('silence', name)
  const addresses = networkInterfaces()[name]?.filter(({ internal }) => !internal) ?? []
  if (addresses.length === 0)
    return check('ok', 'has no address, so the system sends nothing on it')
  const list = addresses.map(({ address }) => address).join(', ')
  const isLocal = addresses.every(({ scopeid }) => scopeid !== undefined && scopeid !== 0)
  return check(
    'warn',
    `has the address ${list}, so the system itself may send on it; a port that only listens needs none`,
    ...(isLocal
      ? [`sudo sysctl -w net.ipv6.conf.${name.replaceAll('.', '/')}.disable_ipv6=1`]
      : []),
  )
}

/** Segments that the card or the kernel joins are no packets of the network: sizes, losses and times are not theirs. */
async function mergeCheck(name: string): Promise<Check> {
  const check = checkOf('offload', name)
  const ethtool = located('ethtool')
  if (ethtool === null)
    return check(
      'warn',
      'ethtool is not installed, so nobody can tell whether segments are merged before they are captured',
      'sudo apt-get install ethtool',
    )
  const { code, stdout } = await ask(ethtool, ['-k', name])
  if (code !== 0) return check('warn', 'ethtool does not say whether segments are merged')
  const merging = [
    ['gro', /^generic-receive-offload: on/m],
    ['lro', /^large-receive-offload: on/m],
    ['rx-gro-hw', /^rx-gro-hw: on/m],
  ] as const
  const on = merging.filter(([, pattern]) => pattern.test(stdout)).map(([key]) => `${key} off`)
  return on.length === 0
    ? check('ok', 'segments are captured as they come')
    : check(
        'warn',
        'segments are merged before they are captured, which spoils figures of loss and round trips',
        `sudo ethtool -K ${name} ${on.join(' ')}`,
      )
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}
