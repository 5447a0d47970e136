// What stands below the options in the help of the commands that ask the monitor.

import { COLOUR_ENVIRONMENT, type HelpNotes, INTERNAL_CODE, USAGE_CODE } from '../help.ts'

const NOTHING_THERE = [3, 'nothing there to ask: no monitor runs, and there is no store'] as const
const CODES = [USAGE_CODE, NOTHING_THERE, INTERNAL_CODE] as const
const REFUSED_CODES = [[2, 'usage, or it was refused'], NOTHING_THERE, INTERNAL_CODE] as const

export const STATUS_NOTES: HelpNotes = {
  examples: [
    ['mpwatch status', 'See whether all is well, and who sees.'],
    ['mpwatch status --json | jq .blind', 'Ask which sensors are blind.'],
    ['mpwatch status --store STORE', 'Ask a monitor that keeps its history elsewhere.'],
  ],
  exitCodes: [[0, 'it was told, whatever it says'], ...CODES],
  environment: COLOUR_ENVIRONMENT,
}

export const FINDINGS_NOTES: HelpNotes = {
  examples: [
    ['mpwatch findings --state open', 'See what is open, the worst first.'],
    ['mpwatch findings --node web-dmz-1 --since 7d', 'See what a server had in a week.'],
    ['mpwatch findings f-7d1c', 'See everything about one finding, and its history.'],
  ],
  exitCodes: [[0, 'they were told'], ...CODES],
  environment: COLOUR_ENVIRONMENT,
}

export const SUPPRESSIONS_NOTES: HelpNotes = {
  examples: [
    ['mpwatch suppressions', 'See what wakes nobody, until when, and who said so.'],
    ['mpwatch suppressions --json', 'The same for programs.'],
    ['mpwatch suppressions --store STORE', 'Ask a monitor that keeps its history elsewhere.'],
  ],
  exitCodes: [[0, 'they were told'], ...CODES],
}

export const ACK_NOTES: HelpNotes = {
  examples: [
    ['mpwatch ack f-7d1c2a90b3e4 --comment "ticket 4711"', 'Say that somebody is at it.'],
    [
      'mpwatch ack f-7d1c f-a2ff --comment "known, see wiki"',
      'Two, by the beginnings of their ids.',
    ],
    ['mpwatch ack f-7d1c --comment "planned" --author ann', 'Say it for somebody else.'],
  ],
  exitCodes: [[0, 'it is on the disk'], ...REFUSED_CODES],
}

export const UNACK_NOTES: HelpNotes = {
  examples: [
    ['mpwatch unack f-7d1c2a90b3e4', 'Let it wake people again.'],
    ['mpwatch unack f-7d1c --comment "it was not that"', 'Say why.'],
    ['mpwatch unack f-7d1c f-a2ff', 'Two at once.'],
  ],
  exitCodes: [[0, 'it is on the disk'], ...REFUSED_CODES],
}

export const SUPPRESS_NOTES: HelpNotes = {
  examples: [
    [
      'mpwatch suppress --row I-31 --node web-dmz-1 --for 8h --reason "change 4711: moving SQL"',
      'Wake nobody for one row at one server, for eight hours.',
    ],
    [
      'mpwatch suppress --severity low --until 2026-03-09T08:00:00Z --reason "team is on leave"',
      'Wake nobody for what is low, until a certain time.',
    ],
    [
      'mpwatch suppress --finding f-7d1c --for 7d --reason "waits for the vendor" --preview',
      'See first what it would have hit.',
    ],
  ],
  exitCodes: [[0, 'it is on the disk'], ...REFUSED_CODES],
}

export const MAINTENANCE_NOTES: HelpNotes = {
  examples: [
    ['mpwatch maintenance --for 2h --reason "change 4711: updates"', 'Work begins now.'],
    [
      'mpwatch maintenance --from 2026-03-07T20:00:00Z --until 2026-03-07T23:00:00Z --reason "failover test"',
      'Announce work to come.',
    ],
    [
      'mpwatch maintenance --node app-a app-b --for 2h --reason "change 4711: updates"',
      'Only what concerns two servers.',
    ],
  ],
  exitCodes: [[0, 'it is on the disk'], ...REFUSED_CODES],
}

export const END_NOTES: HelpNotes = {
  examples: [
    ['mpwatch end s-0123456789ab', 'Let what it held wake people again.'],
    ['mpwatch end m-0123456789ab', 'Work is done before its time.'],
    ['mpwatch suppressions', 'See what there is to end.'],
  ],
  exitCodes: [[0, 'it is on the disk'], ...REFUSED_CODES],
}

export const RELOAD_NOTES: HelpNotes = {
  examples: [
    ['mpwatch policy check --site site.yaml && mpwatch reload', 'Check first, then load.'],
    ['mpwatch reload', 'Load what was changed, or hear what is wrong with it.'],
    ['mpwatch reload --socket /run/mpwatch/control.sock', 'Ask a certain monitor.'],
  ],
  exitCodes: [[0, 'the rules are in force'], ...REFUSED_CODES],
}

export const ROWS_NOTES: HelpNotes = {
  examples: [
    ['mpwatch export findings --format csv > findings.csv', 'All findings, for a spreadsheet.'],
    ['mpwatch export flows --since 8h | jq .server', 'The flows of a shift, one JSON line each.'],
    [
      'mpwatch export points --measurement mp_latency --format csv --output latency.csv',
      'One time series.',
    ],
  ],
  exitCodes: [[0, 'everything was written'], ...CODES],
}
