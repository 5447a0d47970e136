#!/usr/bin/env node
// The command line; the only place that ends the process.

import { Command, CommanderError } from 'commander'
import { auditCommand } from './commands/audit.ts'
import { flowsCommand } from './commands/flows.ts'
import { CAPTURE_CODES, helpNotes } from './commands/help.ts'
import { qualityCommand } from './commands/quality.ts'
import { InputError, UsageError } from './model/errors.ts'
import { visible } from './model/text.ts'
import { VERSION } from './version.ts'

const USAGE = 2
const INPUT = 3
const INTERNAL = 5
const READING: readonly string[] = ['audit', 'flows', 'quality']
type Leave = (code: number) => void

/** Commands whose modules are many, and which whoever wants another need not wait for. */
const OTHERS: readonly (readonly [
  verbs: readonly string[],
  add: (program: Command, leave: Leave) => Promise<void>,
])[] = [
  [
    ['watch'],
    async (program, leave) => (await import('./commands/watch.ts')).watchCommand(program, leave),
  ],
  [
    ['doctor'],
    async (program, leave) => (await import('./commands/doctor.ts')).doctorCommand(program, leave),
  ],
  [
    [
      'status',
      'findings',
      'suppressions',
      'ack',
      'unack',
      'suppress',
      'maintenance',
      'end',
      'reload',
    ],
    async (program, leave) =>
      (await import('./commands/monitor.ts')).monitorCommands(program, leave),
  ],
  [
    ['alert'],
    async (program, leave) => (await import('./commands/alert.ts')).alertCommand(program, leave),
  ],
  [
    ['export'],
    async (program, leave) => (await import('./commands/export.ts')).exportCommand(program, leave),
  ],
  [
    ['inventory'],
    async (program, leave) =>
      (await import('./commands/inventory.ts')).inventoryCommand(program, leave),
  ],
  [
    ['policy'],
    async (program, leave) => (await import('./commands/policy.ts')).policyCommand(program, leave),
  ],
]

/** With the command that was asked for, or all of them where help is. */
async function programOf(leave: Leave): Promise<Command> {
  const program = new Command('mpwatch')
    .description('Passive traffic compliance monitor for Cisco Unified MeetingPlace 7.1')
    .version(VERSION)
    .exitOverride()
    .showSuggestionAfterError()
    .addHelpText('after', NOTES)
  auditCommand(program, leave)
  flowsCommand(program, leave)
  qualityCommand(program, leave)
  const [, , verb = ''] = process.argv
  if (READING.includes(verb)) return program
  const [asked] = OTHERS.filter(([verbs]) => verbs.includes(verb))
  for (const [, add] of asked === undefined ? OTHERS : [asked]) await add(program, leave)
  return program
}

const NOTES = helpNotes({
  examples: [
    ['mpwatch audit office.pcap --site site.yaml', 'Judge a capture by the network requirements.'],
    ['mpwatch flows office.pcap', 'See what is in a capture; no site file is needed.'],
    ['mpwatch quality office.pcap', 'See round trips, loss and jitter; no site file is needed.'],
    [
      'mpwatch watch -i eth1 --site site.yaml',
      'Watch a mirror port; mpwatch doctor says what is missing for it.',
    ],
    [
      'mpwatch policy explain 10.1.2.3 app-a tcp/5003 --site site.yaml',
      'Ask what the rules make of one flow.',
    ],
  ],
  exitCodes: [
    [0, 'compliant and fully observed'],
    [1, 'violations at or above --fail-on'],
    ...CAPTURE_CODES,
  ],
  files: [['rules/site.example.yaml', 'a site file to copy: who is who, and where']],
})

async function main(): Promise<number> {
  let code = 0
  try {
    const program = await programOf(left => {
      code = left
    })
    await program.parseAsync()
    return code
  } catch (error) {
    return explain(error)
  }
}

function explain(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : USAGE
  if (error instanceof UsageError || error instanceof InputError) {
    for (const line of error.message.split('\n')) console.error(visible(line))
    return error instanceof UsageError ? USAGE : INPUT
  }
  console.error('mpwatch met a fault of its own. The result is not to be trusted.')
  console.error(error)
  return INTERNAL
}

process.exitCode = await main()
