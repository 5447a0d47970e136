// mpwatch export: the packets that prove findings, as a file for Wireshark, out of the captures that were
// audited; below it, what the monitor keeps, as rows for other programs.

import { realpathSync } from 'node:fs'
import type { Command } from 'commander'
import { UsageError } from '../model/errors.ts'
import { counted, visible } from '../model/text.ts'
import { readStoredResult, type StoredFinding, type StoredResult } from '../report/stored-result.ts'
import { TextOutput } from '../sinks/text-output.ts'
import { VERSION } from '../version.ts'
import { askedFindings, askedFrames, askedRecords } from './export/asked.ts'
import { copyEvidence, type Evidence, type FoundRecord, findEvidence } from './export/evidence.ts'
import { influxCommand } from './export/influx.ts'
import { located } from './export/located.ts'
import { rowsCommands } from './export/rows.ts'
import { helpNotes, INTERNAL_CODE, USAGE_CODE } from './help.ts'
import { lazily, type OpenDesk } from './monitor/where.ts'

interface ExportOptions {
  readonly finding?: readonly string[]
  readonly allViolations?: boolean
  readonly pcap?: string
  readonly captures?: readonly string[]
  readonly separateVlans?: boolean
  readonly quiet?: boolean
}

export function exportCommand(
  program: Command,
  leave: (code: number) => void,
  open: OpenDesk = lazily,
): void {
  const command: Command = program
    .command('export')
    .summary(
      'copy the packets that prove findings into a file for Wireshark, or what a monitor keeps',
    )
    .description(
      'Copies the packets of the flows that findings have as examples, unchanged, with the finding as a comment on each first packet. The captures must be those that were audited.',
    )
    .argument('<result>', 'what mpwatch audit --json wrote')
    .option('--finding <id...>', 'findings by their ids, or by as much as no other begins with')
    .option('--all-violations', 'every finding that is a violation')
    .option('--pcap <file>', 'the pcapng file to write')
    .option('--captures <path...>', 'where the captures lie now, files or folders')
    .option('--separate-vlans', 'the audit was made with this option')
    .option('--quiet', 'no summary')
    .addHelpText('after', NOTES)
    .action(async (result: string, { pcap, ...options }: ExportOptions) => {
      // Required here alone: it would be so of the commands below, too.
      if (pcap === undefined) command.error("error: required option '--pcap <file>' not specified")
      await exportFindings(result, { ...options, pcap })
      leave(0)
    })
  rowsCommands(command, open)
  influxCommand(command, open)
}

const NOTES = helpNotes({
  examples: [
    [
      'mpwatch export result.json --finding f-7d1c2a90b3e4 --pcap proof.pcapng',
      'Copy what proves one finding.',
    ],
    [
      'mpwatch export result.json --all-violations --pcap proof.pcapng --captures archive',
      'Copy what proves every violation; the captures have been moved to a folder.',
    ],
    [
      'mpwatch export findings --since 7d --format csv > week.csv',
      'Write what the monitor has found in a week for a spreadsheet.',
    ],
  ],
  exitCodes: [
    [0, 'the file was written'],
    USAGE_CODE,
    [3, 'a capture is unreadable, or another file than was audited'],
    INTERNAL_CODE,
  ],
})

/** @throws UsageError or InputError; then no file was written. */
async function exportFindings(
  path: string,
  options: ExportOptions & { readonly pcap: string },
): Promise<void> {
  const { finding = [], captures = [] } = options
  const isNamed = finding.length > 0
  if (isNamed === (options.allViolations === true))
    throw new UsageError('Say what to export: --finding with ids, or --all-violations.')
  const result = readStoredResult(path)
  refuseUnhashed(path, result)
  const findings = askedFindings(result, finding)
  if (findings.length === 0)
    throw new UsageError(`${path}: has no violation, so nothing to export.`)
  const names = result.provenance.captures.map(({ name }) => name)
  const paths = located(names, captures)
  refuseOverwriting(paths, options.pcap)
  const { provenance } = result
  const audited = { provenance, paths, separateVlans: options.separateVlans === true }
  const evidence = await findEvidence(audited, askedRecords(findings), askedFrames(findings))
  const copied = await copyEvidence(audited, evidence, {
    path: options.pcap,
    application: `mpwatch ${VERSION}`,
    comments: sectionComments(result, findings),
  })
  const summary = `${options.pcap}: ${counted(copied.packets, 'packet')} of ${counted(evidence.records.length, 'flow')}, ${counted(copied.bytes, 'byte')}.`
  for (const line of doubts(evidence)) process.stderr.write(`${visible(line)}\n`)
  if (options.quiet !== true) await show(summary)
}

function refuseUnhashed(path: string, { provenance }: StoredResult): void {
  const unhashed = provenance.captures.find(({ sha256 }) => sha256 === null)
  if (unhashed !== undefined)
    throw new UsageError(
      `${path}: has no SHA-256 of ${unhashed.name}, so nobody can tell whether a file is that capture. ` +
        'Run the audit again without --no-hash.',
    )
}

function refuseOverwriting(captures: readonly string[], output: string): void {
  const same = captures.find(capture => realPath(capture) === realPath(output))
  if (same !== undefined)
    throw new UsageError(`--pcap: ${output} is the capture ${same}. Name another file.`)
}

/** Undefined for what does not exist yet, which is nobody's capture. */
function realPath(path: string): string | undefined {
  try {
    return realpathSync(path)
  } catch {
    return undefined
  }
}

const LISTED_MAX = 100

/** What the file is made of: findings, then captures with their hashes. */
function sectionComments(
  { provenance }: StoredResult,
  findings: readonly StoredFinding[],
): readonly string[] {
  const ids = findings.slice(0, LISTED_MAX).map(({ id }) => id)
  const captures = provenance.captures.slice(0, LISTED_MAX)
  return [
    `mpwatch ${VERSION} export of ${[...ids, ...more(findings.length)].join(' ')}`,
    ...captures.map(({ name, sha256 }) => `capture ${visible(name)} sha256:${sha256}`),
    ...more(provenance.captures.length).map(text => `captures: ${text}`),
  ]
}

const more = (count: number): string[] =>
  count > LISTED_MAX ? [`and ${count - LISTED_MAX} more`] : []

/** Where the packets that were found are not as many as the result says. */
const doubts = ({ records }: Evidence): string[] => records.flatMap(doubtOf)

function doubtOf({ record, parts }: FoundRecord): string[] {
  const { pkts_toserver: toServer, pkts_toclient: toClient } = record.example
  const found = parts.packets.size + parts.left
  const where = `flow of frame ${record.frame} of ${record.capture}`
  const left = `${where}: its last ${counted(parts.left, 'packet')} were left out, there are too many.`
  const other = `${where}: the result counts ${counted(toServer + toClient, 'packet')}, and ${found} were found; was it made with other options or by another version?`
  return [...(parts.left > 0 ? [left] : []), ...(found === toServer + toClient ? [] : [other])]
}

async function show(text: string): Promise<void> {
  const output = new TextOutput('-')
  output.write(`${visible(text)}\n`)
  await output.close()
}
