// mpwatch doctor: what would keep `mpwatch watch` from working here, and the commands that mend it. Looks and tries
// as the user who runs it, changes nothing, and sends nothing.

import type { Command } from 'commander'
import { TextOutput } from '../sinks/text-output.ts'
import { type Check, isWell, jsonOf, textOf } from './doctor/check.ts'
import { clockCheck } from './doctor/clock.ts'
import { influxChecks } from './doctor/influx.ts'
import { interfaceChecks } from './doctor/interfaces.ts'
import { journalChecks } from './doctor/journal.ts'
import { permissionChecks } from './doctor/permission.ts'
import { placeChecks } from './doctor/places.ts'
import { programChecks } from './doctor/program.ts'
import { routeChecks } from './doctor/routes.ts'
import { ruleChecks } from './doctor/rules.ts'
import { storeChecks } from './doctor/store.ts'
import { findTools } from './doctor/tools.ts'
import { helpNotes, INTERNAL_CODE, USAGE_CODE } from './help.ts'
import { type ConfigOptions, configOf, withWatchOptions } from './watch-options.ts'

interface DoctorOptions extends ConfigOptions {
  readonly json?: boolean
}

export function doctorCommand(program: Command, leave: (code: number) => void): void {
  const command = program
    .command('doctor')
    .summary('tell what would keep watching from working, and how to mend it')
    .description(
      'Looks at everything that mpwatch watch needs: permissions, interfaces, capturing programs, store, clock, rules, each InfluxDB and each route of alerts. Each missing piece comes with the commands that mend it. Takes the options of watch; changes nothing, and sends nothing to anybody who reads it.',
    )
  withWatchOptions(command)
    .option('--json', 'one JSON object instead of text')
    .addHelpText('after', NOTES)
    .action(async (options: DoctorOptions) => {
      const checks = await examine(options)
      await show(options.json === true ? jsonOf(checks) : textOf(checks))
      leave(isWell(checks) ? 0 : 1)
    })
}

const NOTES = helpNotes({
  examples: [
    ['mpwatch doctor', 'See what there is: interfaces, programs, permissions.'],
    ['mpwatch doctor -i eth1 --site site.yaml', 'Try what watch would do with these options.'],
    [
      'sudo -u mpwatch mpwatch doctor --config /etc/mpwatch/mpwatch.yaml',
      'Try it as the user of the service.',
    ],
  ],
  exitCodes: [
    [0, 'nothing keeps watching from working'],
    [1, 'something does; each is marked ✗'],
    USAGE_CODE,
    INTERNAL_CODE,
  ],
  files: [['rules/mpwatch.example.yaml', 'a configuration to copy']],
})

/** In the order in which people would look. */
async function examine(options: ConfigOptions): Promise<readonly Check[]> {
  const config = configOf(options)
  const [interfaces, { checks: tools, chosen }, clock, places, influx, routes] = await Promise.all([
    interfaceChecks(config.interfaces.map(({ name }) => name)),
    findTools(config),
    clockCheck(),
    placeChecks(config),
    influxChecks(config),
    routeChecks(config),
  ])
  const permissions = chosen === null ? [] : await permissionChecks(chosen, config)
  return [
    ...programChecks(config),
    ...[...interfaces, ...tools, ...permissions],
    ...[...storeChecks(config), ...journalChecks(config), ...places, clock],
    ...ruleChecks(config),
    ...[...influx, ...routes],
  ]
}

async function show(text: string): Promise<void> {
  const output = new TextOutput('-')
  output.write(text)
  await output.close()
}
