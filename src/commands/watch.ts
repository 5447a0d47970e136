// mpwatch watch: interfaces and a site in; what is wrong is told while it happens, and kept.

import { type Command, InvalidArgumentError } from 'commander'
import { insistOnWatchable } from '../config/watch.ts'
import { UsageError } from '../model/errors.ts'
import type { WatchConfig } from '../model/watch-config.ts'
import { REPLAY, type ReplaySettings } from '../watch/protocol.ts'
import { watchUntilStopped } from '../watch/watch.ts'
import { helpNotes, INTERNAL_CODE, USAGE_CODE } from './help.ts'
import { collected } from './sensors.ts'
import { type ConfigOptions, configOf, withWatchOptions } from './watch-options.ts'

interface Options extends ConfigOptions {
  readonly readFrom?: readonly string[]
  readonly speed?: number
}

export function watchCommand(program: Command, leave: (code: number) => void): void {
  const command = program
    .command('watch')
    .summary('watch interfaces, and judge every flow as it happens')
    .description(
      'Listens on interfaces, judges what passes against the network requirements, and keeps flows, findings and measurements in a folder. Nothing is ever sent on an interface that is watched.',
    )
  withWatchOptions(command)
    .option(
      '--read-from <capture>',
      'play captures in place of listening; once for each',
      collected,
    )
    .option(
      '--speed <factor>',
      'how many times as fast as they were taken; max for at once',
      speedOf,
    )
    .addHelpText('after', NOTES)
    .action(async (options: Options) => leave(await watch(options)))
}

const NOTES = helpNotes({
  examples: [
    ['mpwatch watch -i eth1 --site site.yaml', 'Watch a mirror port until a signal ends it.'],
    [
      'mpwatch watch --site site.yaml --sensor core-span=eth1 --sensor dmz-span=eth2',
      'Watch two mirror ports, each a sensor of the site file.',
    ],
    [
      'mpwatch watch --read-from office.pcap --speed 10 --site site.yaml --store try',
      'Play a capture ten times as fast as it was taken, to see what watching is like.',
    ],
  ],
  exitCodes: [
    [0, 'it was asked to end, or the captures were over'],
    USAGE_CODE,
    [3, 'a capture is unreadable'],
    INTERNAL_CODE,
  ],
  files: [
    ['rules/mpwatch.example.yaml', 'a configuration to copy'],
    ['/var/lib/mpwatch', 'the history, where this may be written; else ~/.local/state/mpwatch'],
  ],
})

function speedOf(text: string): number {
  const speed = text === 'max' ? 0 : Number(text)
  if (text !== 'max' && !(speed >= 0.01 && speed <= 1e6))
    throw new InvalidArgumentError('Give a factor from 0.01 to 1000000, or max.')
  return speed
}

/** The exit code. */
async function watch({ readFrom, speed, ...options }: Options): Promise<number> {
  const config = configOf(options)
  const again = () => configOf(options)
  if (readFrom === undefined) {
    if (speed !== undefined)
      throw new UsageError('--speed says how fast --read-from plays captures.')
    return watchUntilStopped({ config: insistOnWatchable(config), replay: null, again })
  }
  const replay: ReplaySettings = { captures: readFrom, speed: speed ?? 1 }
  return watchUntilStopped({ config: played(config, options), replay, again })
}

/** A replay has one sensor, and no interface. */
function played(config: WatchConfig, { interface: named = [], sensor: sensors = [] }: Options) {
  if (named.length > 0)
    throw new UsageError('Either interfaces are watched (-i) or captures are played (--read-from).')
  const interfaces = [{ name: REPLAY, sensor: sensors[0] ?? null, where: '--sensor' }]
  return insistOnWatchable({ ...config, interfaces })
}
