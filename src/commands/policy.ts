// mpwatch policy: the rules themselves. Are they sound, what do they say, what would they make of this flow,
// what would a firewall be told, and what do other rules say otherwise?

import { type Command, Option } from 'commander'
import { FORMATS } from '../firewall/format.ts'
import { inertJson, visible } from '../model/text.ts'
import { TextOutput } from '../sinks/text-output.ts'
import { helpNotes } from './help.ts'
import { type CheckOptions, check } from './policy/check.ts'
import { type DiffOptions, diff, diffJson, isDifferent } from './policy/diff.ts'
import { diffText } from './policy/diff-text.ts'
import { type Asked, endsOf } from './policy/ends.ts'
import { explanationText } from './policy/explain-text.ts'
import { asObject, explain } from './policy/explanation.ts'
import { type FirewallOptions, firewall } from './policy/firewall.ts'
import { OUTCOMES, type OutcomeWord } from './policy/imagined.ts'
import { type ListOptions, list } from './policy/list.ts'
import {
  CHECK_NOTES,
  DIFF_NOTES,
  EXPLAIN_NOTES,
  FIREWALL_NOTES,
  LIST_NOTES,
  POLICY_NOTES,
} from './policy/notes.ts'
import { loadRules, rulesOption, sensorOf } from './rules.ts'

const WIDTH_DEFAULT = 100
const WIDTH_MAX = 120

export function policyCommand(program: Command, leave: (code: number) => void): void {
  const command = program
    .command('policy')
    .summary('check, list, explain and compare the rules, or write them for a firewall')
    .description('Looks at the rules by which flows are judged.')
    .addHelpText('after', helpNotes(POLICY_NOTES))
  checkCommand(command, leave)
  listCommand(command)
  explainCommand(command)
  firewallCommand(command)
  diffCommand(command, leave)
}

function checkCommand(policy: Command, leave: (code: number) => void): void {
  policy
    .command('check')
    .summary('find mistakes in the rules, and in a site file')
    .description(
      'Reads the rules and tells everything that is wrong with them, then what is odd, then runs the tests that they hold about themselves.',
    )
    .addOption(rulesOption())
    .option('--site <file>', 'check this site file, too')
    .addHelpText('after', helpNotes(CHECK_NOTES))
    .action(async (options: CheckOptions) => {
      const { text, code } = check(options, new Date().toISOString())
      await show(text)
      leave(code)
    })
}

function listCommand(policy: Command): void {
  policy
    .command('list')
    .summary('list the rows: which service, from whom, to whom')
    .description('Lists the rows that are in force, in the order of the rules.')
    .addOption(rulesOption())
    .option('--all', 'the statements that open no port, too')
    .option('--json', 'one JSON object in place of the table')
    .addHelpText('after', helpNotes(LIST_NOTES))
    .action((options: ListOptions) => show(list(options, columns())))
}

interface ExplainOptions {
  readonly site: string
  readonly outcome: OutcomeWord
  readonly sensor?: string
  readonly rules: string
  readonly json?: boolean
}

function explainCommand(policy: Command): void {
  policy
    .command('explain')
    .summary('say what the rules make of one flow, and why')
    .description(
      'Judges a flow that nobody has captured: the verdict, the row that decides, who the two ends are, and what else they may do.',
    )
    .argument('<SRC>', 'who opens the connection: an address, or a node of the site')
    .argument('<DST>', 'who is to answer, in the same way')
    .argument('<SERVICE>', 'the port asked for: tcp/5003, udp/53, icmp/echo')
    .requiredOption('--site <file>', 'the site: who is who and where (see rules/site.example.yaml)')
    .addOption(outcomeOption())
    .option('--sensor <name>', 'the sensor of the site file that would see it')
    .addOption(rulesOption())
    .option('--json', 'one JSON object in place of the text')
    .addHelpText('after', helpNotes(EXPLAIN_NOTES))
    .action((source: string, destination: string, service: string, options: ExplainOptions) =>
      show(explained({ source, destination, service }, options)),
    )
}

const outcomeOption = (): Option =>
  new Option('--outcome <word>', 'what is to become of it').choices(OUTCOMES).default('established')

/** Exceptions end, so the flow is taken to happen now. */
function explained(asked: Asked, options: ExplainOptions): string {
  const { policy, site } = loadRules(options.rules, options.site)
  const sensor = sensorOf(site, options.sensor)
  const epochSeconds = Math.floor(Date.now() / 1000)
  const { outcome } = options
  const explanation = explain(
    { policy, site, sensor, epochSeconds },
    { ...endsOf(asked, site), outcome },
  )
  return options.json === true
    ? `${inertJson(JSON.stringify(asObject(explanation), null, 2))}\n`
    : explanationText(explanation, columns())
}

function firewallCommand(policy: Command): void {
  policy
    .command('firewall')
    .summary('write what the policy allows at a site as rules of a firewall')
    .description(
      'Writes rules that allow what the policy lists between the hosts of the site, and deny the rest. No firewall is touched.',
    )
    .requiredOption('--site <file>', 'the site: who is who and where (see rules/site.example.yaml)')
    .addOption(
      new Option('--format <name>', 'what the rules are for')
        .choices(FORMATS)
        .makeOptionMandatory(),
    )
    .addOption(rulesOption())
    .option('--on <capture...>', 'only rows in use there; tells which flows there would be broken')
    .option('--sensor <name>', 'the sensor of the site file that took the captures')
    .option('--all-rows', 'with --on: the rows that are not in use there, too')
    .option('--output <file>', 'write to this file', '-')
    .addHelpText('after', helpNotes(FIREWALL_NOTES))
    .action(async (options: FirewallOptions) => {
      const { text, told } = await firewall(options)
      for (const line of told) process.stderr.write(`${visible(line)}\n`)
      await writeText(options.output, text)
    })
}

function diffCommand(policy: Command, leave: (code: number) => void): void {
  policy
    .command('diff')
    .summary('compare two policies, and what they make of the same captures')
    .description(
      'Tells what differs between two sets of rules, and with captures which flows and findings they judge otherwise.',
    )
    .argument('<A>', 'the rules before: a folder, or a policy file alone')
    .argument('<B>', 'the rules after, in the same way')
    .requiredOption('--site <file>', 'the site: who is who and where (see rules/site.example.yaml)')
    .option('--site-b <file>', 'another site for the rules after')
    .option('--on <capture...>', 'judge these captures by both, in one reading')
    .option('--sensor <name>', 'the sensor of the site file that took the captures')
    .option('--json <file>', 'write the difference as one JSON object; - for standard output')
    .addHelpText('after', helpNotes(DIFF_NOTES))
    .action(async (before: string, after: string, options: DiffOptions) => {
      const difference = await diff(before, after, options)
      for (const note of difference.traffic?.notes ?? []) process.stderr.write(`${visible(note)}\n`)
      if (options.json !== undefined) await writeText(options.json, diffJson(difference))
      if (options.json !== '-') await show(diffText(difference, columns()))
      leave(isDifferent(difference) ? DIFFERENT : 0)
    })
}

const DIFFERENT = 1

const columns = (): number => Math.min(process.stdout.columns ?? WIDTH_DEFAULT, WIDTH_MAX)

/** Nothing that stands in a rule acts on the terminal. */
const show = (text: string): Promise<void> =>
  writeText('-', text.split('\n').map(visible).join('\n'))

async function writeText(path: string, text: string): Promise<void> {
  const output = new TextOutput(path)
  output.write(text)
  await output.close()
}
