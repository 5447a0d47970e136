// mpwatch inventory: help with the site file. It suggests and never decides: no other command reads what
// comes out of it.

import type { Command } from 'commander'
import { loadPolicy } from '../config/policy.ts'
import { UsageError } from '../model/errors.ts'
import { counted, inertJson, visible } from '../model/text.ts'
import { TextOutput } from '../sinks/text-output.ts'
import { helpNotes, INTERNAL_CODE, USAGE_CODE } from './help.ts'
import { type Observed, observed } from './inventory/observed.ts'
import { suggestionObject, suggestionTable, suggestionYaml } from './inventory/report.ts'
import { loadRules, rulesOption } from './rules.ts'

const WIDTH_DEFAULT = 100
const WIDTH_MAX = 120

interface SuggestOptions {
  readonly site?: string
  readonly rules: string
  readonly json?: string
  readonly yaml?: boolean
  readonly quiet?: boolean
}

export function inventoryCommand(program: Command, leave: (code: number) => void): void {
  const command = program
    .command('inventory')
    .summary('help with the site file')
    .description('Helps to write and to check the site file: who is who.')
    .addHelpText('after', NOTES)
  command
    .command('suggest')
    .summary('suggest the roles of hosts by what they do')
    .description(
      'Suggests which role each host has, by the services that it answers and uses. Nothing is judged, and no verdict depends on it.',
    )
    .argument(
      '<capture...>',
      'pcap and pcapng files, also gzipped, folders of them, or - for standard input',
    )
    .option('--site <file>', 'a site file to compare with')
    .addOption(rulesOption())
    .option('--json <file>', 'write all suggestions as one JSON object; - for standard output')
    .option('--yaml', 'lines for a site file in place of the table')
    .option('--quiet', 'no progress and no table')
    .addHelpText('after', NOTES)
    .action(async (captures: string[], options: SuggestOptions) => {
      await suggest(captures, options)
      leave(0)
    })
}

const NOTES = helpNotes({
  examples: [
    ['mpwatch inventory suggest office.pcap', 'See who seems to be who; no site file is needed.'],
    [
      'mpwatch inventory suggest office.pcap --yaml > nodes.yaml',
      'Begin a site file with the hosts that were seen.',
    ],
    [
      'mpwatch inventory suggest office.pcap --site site.yaml',
      'See where the site file and the traffic are at odds.',
    ],
  ],
  exitCodes: [[0, 'everything was read'], USAGE_CODE, [3, 'input unreadable'], INTERNAL_CODE],
  files: [['rules/site.example.yaml', 'a site file to copy: who is who, and where']],
})

async function suggest(captures: readonly string[], options: SuggestOptions): Promise<void> {
  const { json, yaml = false, quiet = false } = options
  if (json === '-' && yaml)
    throw new UsageError('--json - and --yaml cannot both go to standard output.')
  const { policy, site } =
    options.site === undefined
      ? { policy: loadPolicy(options.rules).policy, site: null }
      : loadRules(options.rules, options.site)
  const seen = await observed(captures, { policy, site, quiet })
  if (!quiet) for (const note of notesOf(seen)) process.stderr.write(`${visible(note)}\n`)
  if (json !== undefined)
    await write(json, inertJson(JSON.stringify(suggestionObject(seen, site), null, 2)))
  if (yaml) await write('-', suggestionYaml(seen))
  else if (json !== '-' && !quiet) await write('-', suggestionTable(seen, site, columns()))
}

/** What could not be read, since what hosts did in there is missing. */
const notesOf = ({ notes, captures }: Observed): string[] => [
  ...notes,
  ...captures
    .filter(({ damage }) => damage.length > 0)
    .map(({ name, damage }) => `${name}: damaged in ${counted(damage.length, 'place')}.`),
]

const columns = (): number => Math.min(process.stdout.columns ?? WIDTH_DEFAULT, WIDTH_MAX)

async function write(path: string, text: string): Promise<void> {
  const output = new TextOutput(path)
  const lines = text.endsWith('\n') ? text : `${text}\n`
  output.write(lines.split('\n').map(visible).join('\n'))
  await output.close()
}
