// What the help of the policy commands says below their options.

import { type HelpNotes, INTERNAL_CODE, USAGE_CODE } from '../help.ts'

const RULE_FILES = [
  ['rules/policy.yaml', 'the rows, the other statements, limits, exceptions, tests'],
  ['rules/practice.yaml', 'what sites need and the document does not list, all off'],
  ['rules/webex-ranges.yaml', 'the WebEx addresses'],
] as const

export const POLICY_NOTES: HelpNotes = {
  examples: [
    ['mpwatch policy check', 'Hold the rules against the tests in them.'],
    [
      'mpwatch policy explain 10.1.2.3 app-a tcp/5003 --site site.yaml',
      'Ask whether this host may open this port there.',
    ],
    [
      'mpwatch policy firewall --site site.yaml --format nftables',
      'Have what the policy allows as rules of a firewall.',
    ],
  ],
  exitCodes: [[0, 'done'], USAGE_CODE, INTERNAL_CODE],
}

export const CHECK_NOTES: HelpNotes = {
  examples: [
    ['mpwatch policy check', 'Check the rules that come with mpwatch.'],
    ['mpwatch policy check --site site.yaml', 'Check your site file before the first audit.'],
    [
      'mpwatch policy check --rules my-rules',
      'Check rules of your own, in continuous integration.',
    ],
  ],
  exitCodes: [
    [0, 'sound: every test passed; there may be warnings'],
    [2, 'a mistake in the rules or the site file, or a test that failed'],
    INTERNAL_CODE,
  ],
  files: RULE_FILES,
}

export const LIST_NOTES: HelpNotes = {
  examples: [
    ['mpwatch policy list', 'See which service is open from whom to whom.'],
    ['mpwatch policy list --all', 'See the statements that open no port, too.'],
    ['mpwatch policy list --json > rows.json', 'Hand the rows to another program.'],
  ],
  exitCodes: [[0, 'done'], USAGE_CODE, INTERNAL_CODE],
  files: RULE_FILES,
}

export const EXPLAIN_NOTES: HelpNotes = {
  examples: [
    [
      'mpwatch policy explain 10.1.2.3 app-a tcp/5003 --site site.yaml',
      'May this host open the control connection to app-a?',
    ],
    [
      'mpwatch policy explain web-dmz-1 app-a tcp/61004 --site site.yaml --outcome filtered',
      'What would be reported if a firewall stopped it?',
    ],
    [
      'mpwatch policy explain 203.0.113.7 web-dmz-1 tcp/443 --site site.yaml --json',
      'Have the answer as data, for another program.',
    ],
  ],
  exitCodes: [
    [0, 'answered, whatever the answer is'],
    [2, 'usage, or a mistake in the rules or the site file'],
    INTERNAL_CODE,
  ],
  files: RULE_FILES,
}

export const FIREWALL_NOTES: HelpNotes = {
  examples: [
    [
      'mpwatch policy firewall --site site.yaml --format nftables --output meetingplace.nft',
      'Write every row that the site can use.',
    ],
    [
      'mpwatch policy firewall --site site.yaml --format asa --on day1.pcap day2.pcap',
      'Write the rows in use, and see first what the rules would break.',
    ],
    [
      'mpwatch policy firewall --site site.yaml --format csv --output rules.csv',
      'Have the rules as a table, for a change request.',
    ],
  ],
  exitCodes: [
    [0, 'written, whatever it would break'],
    [2, 'usage, or a mistake in the rules or the site file'],
    [3, 'a capture cannot be read'],
    INTERNAL_CODE,
  ],
  files: RULE_FILES,
}

export const DIFF_NOTES: HelpNotes = {
  examples: [
    [
      'mpwatch policy diff rules my-rules --site site.yaml',
      'See row by row what your own rules say otherwise.',
    ],
    [
      'mpwatch policy diff rules my-rules --site site.yaml --on day1.pcap day2.pcap',
      'Try a change on the traffic of two days before you make it.',
    ],
    [
      'mpwatch policy diff rules rules --site site.yaml --site-b new-site.yaml --on day1.pcap',
      'See what another site file makes of the same traffic.',
    ],
  ],
  exitCodes: [
    [0, 'no difference'],
    [1, 'differences, in the rules or in what they make of the captures'],
    [2, 'usage, or a mistake in the rules or a site file'],
    [3, 'a capture cannot be read'],
    INTERNAL_CODE,
  ],
  files: RULE_FILES,
}
