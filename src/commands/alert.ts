// mpwatch alert test: try a route of alerts as the monitor would use it, and hear what the receiver answers.

import type { Command } from 'commander'
import { TRY_MS_MAX } from '../alerts/delivery.ts'
import { openTransport } from '../alerts/open-transport.ts'
import { DeliveryError } from '../alerts/transport.ts'
import { loadSite } from '../config/site.ts'
import { watchConfigOf } from '../config/watch.ts'
import type { Notice } from '../model/alert.ts'
import { InputError, UsageError } from '../model/errors.ts'
import { visible } from '../model/text.ts'
import type { RouteConfig, WatchConfig } from '../model/watch-config.ts'
import { groundsOf } from '../watch/grounds.ts'
import { helpNotes, INTERNAL_CODE, USAGE_CODE } from './help.ts'
import { show } from './monitor/show.ts'
import { authorOf } from './monitor/where.ts'

interface TestOptions {
  readonly route: string
  readonly config: string
  readonly author?: string
}

export function alertCommand(program: Command, leave: (code: number) => void): void {
  const command = program
    .command('alert')
    .summary('try the routes by which people and programs are told')
    .description('Tries the routes of alerts that a configuration names.')
    .addHelpText('after', NOTES)
  command
    .command('test')
    .summary('send a marked test by a route')
    .description(
      'Sends a notice that is marked as a test to the receiver of a route, in the format and with the encryption, login and signature that alerts have, and tells what it answers. Filters and waiting times of the route are not asked; no monitor needs to run, and none is disturbed.',
    )
    .requiredOption('--route <name>', 'the route, as the configuration names it')
    .requiredOption('--config <file>', 'the configuration (see rules/mpwatch.example.yaml)')
    .option('--author <name>', 'who tries it, as the test says; your user name if nobody is named')
    .addHelpText('after', NOTES)
    .action(async (options: TestOptions) => {
      await show([visible(await tryRoute(options))])
      leave(0)
    })
}

const NOTES = helpNotes({
  examples: [
    [
      'mpwatch alert test --route siem --config /etc/mpwatch/mpwatch.yaml',
      'See whether the receiver takes what it is sent.',
    ],
    [
      'sudo -u mpwatch mpwatch alert test --route night --config /etc/mpwatch/mpwatch.yaml',
      'Try it as the user of the service, who must be able to read the secret.',
    ],
    [
      'HOOK_KEY=... mpwatch alert test --route chat --config mpwatch.yaml --author ann',
      'With a key from the environment, and a name that the test shows.',
    ],
  ],
  exitCodes: [
    [0, 'the receiver has it, as far as its protocol can say so'],
    USAGE_CODE,
    [3, 'it could not be delivered; the reason is told'],
    INTERNAL_CODE,
  ],
  files: [['rules/mpwatch.example.yaml', 'a configuration to copy']],
})

/** What the receiver answered. @throws UsageError, or InputError where it was not delivered. */
async function tryRoute({ route: name, config: file, author }: TestOptions): Promise<string> {
  const config = watchConfigOf(file, {})
  const route = routeOf(config, name)
  const transport = openTransport(
    route.target,
    groundsOf({ sensors: sensorsOf(config), nowMs: () => Date.now() }),
  )
  try {
    const answer = await transport.deliver(
      noticeOf(config, route, authorOf(author)),
      AbortSignal.timeout(TRY_MS_MAX),
    )
    return `${name}, ${transport.where}: ${answer}.`
  } catch (error) {
    if (error instanceof DeliveryError)
      throw new InputError(`${name}, ${transport.where}: not delivered: ${error.message}.`)
    throw error
  } finally {
    await transport.close()
  }
}

function routeOf({ routes, file }: WatchConfig, name: string): RouteConfig {
  const route = routes.find(one => one.name === name)
  if (route !== undefined) return route
  const names = routes.map(one => one.name).join(', ')
  const there = names === '' ? `${file} has no routes` : `routes are: ${names}`
  throw new UsageError([{ where: '--route', message: `no route is called "${name}"; ${there}` }])
}

const sensorsOf = ({ interfaces }: WatchConfig): readonly string[] => [
  ...new Set(interfaces.flatMap(({ sensor }) => sensor ?? [])),
]

/** Its number is none that alerts have, and its id that of no other test. */
function noticeOf({ site }: WatchConfig, { name }: RouteConfig, author: string): Notice {
  const atMs = Date.now()
  return {
    ...{ kind: 'test', id: `test-${atMs}-${process.pid}`, seq: 0, route: name, atMs, author },
    site: site === null ? '' : loadSite(site).site.name,
  }
}
