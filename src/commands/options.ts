// Options that several commands share, each read once and in one way.

import { type Command, InvalidArgumentError, Option } from 'commander'
import { SEVERITIES } from '../model/finding.ts'

export interface ReadingOptions {
  readonly json?: string
  readonly eve?: string
  readonly hash: boolean
  readonly follow?: boolean
  readonly quiet: boolean
  /** Of an audit: the summary tells every statement. */
  readonly coverage?: boolean
  /** Round trips, loss, jitter and clocks are measured unless this is false. */
  readonly quality?: boolean
  readonly separateVlans: boolean
  readonly dedup?: boolean
  readonly color: boolean
  readonly from?: Time
  readonly to?: Time
  /** Percent. */
  readonly maxMalformed: number
}

/** A moment as it was given, and as Unix seconds. */
export interface Time {
  readonly text: string
  readonly seconds: number
}

/** What every command that reads captures understands. */
export function withReadingOptions(command: Command): Command {
  return command
    .option('--json <file>', 'write the whole result as one JSON object; - for standard output')
    .option(
      '--eve <file>',
      'write one JSON line for each flow, measurement and finding (Suricata EVE); - as above',
    )
    .option('--from <time>', 'leave out packets before, ISO 8601 with zone', timeOf)
    .option('--to <time>', 'leave out packets after, ISO 8601 with zone', timeOf)
    .option('--follow', 'read on while the captures grow, until a signal ends it')
    .option(
      '--separate-vlans',
      'count the same addresses and ports in another VLAN as another flow',
      false,
    )
    .option('--no-hash', 'do not compute the SHA-256 of the captures')
    .option(
      '--max-malformed <percent>',
      'share of malformed packets above which the input counts as unreadable',
      percentOf,
      0.1,
    )
    .option('--quiet', 'no progress and no summary', false)
    .option('--no-color', 'plain text (also by the environment variable NO_COLOR)')
}

export const noQualityOption = (): Option =>
  new Option('--no-quality', 'measure no round trips, loss, jitter and clocks')

export const failOnOption = (): Option =>
  new Option('--fail-on <severity>', 'exit with 1 only for violations at least this severe')
    .choices([...SEVERITIES])
    .default('low')

const ISO_WITH_ZONE = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:?\d\d))?$/

function timeOf(text: string): Time {
  const milliseconds = ISO_WITH_ZONE.test(text) ? Date.parse(text) : Number.NaN
  if (Number.isNaN(milliseconds))
    throw new InvalidArgumentError('Give a time with its zone, such as 2026-03-02T10:15:00Z.')
  return { text: new Date(milliseconds).toISOString(), seconds: milliseconds / 1000 }
}

function percentOf(text: string): number {
  const percent = Number(text.replace(/%$/, ''))
  if (text.trim() === '' || Number.isNaN(percent) || percent < 0 || percent > 100)
    throw new InvalidArgumentError('Give a share in percent, from 0 to 100.')
  return percent
}
