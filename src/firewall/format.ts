// The formats, by the word that the command line knows them by.

import { asa } from './asa.ts'
import { csv } from './csv.ts'
import { iptables } from './iptables.ts'
import { nftables } from './nftables.ts'
import type { Remarks, RuleSet } from './rule-set.ts'

export const FORMATS = ['nftables', 'iptables', 'asa', 'csv'] as const
export type Format = (typeof FORMATS)[number]

const WRITERS: Readonly<Record<Format, (rules: RuleSet, remarks: Remarks) => string>> = {
  nftables,
  iptables,
  asa,
  csv,
}

/** Whether the format has room for remarks. */
export const hasComments = (format: Format): boolean => format !== 'csv'

/** The rules as a file of the format. */
export const written = (format: Format, rules: RuleSet, remarks: Remarks): string =>
  WRITERS[format](rules, remarks)
