// The rule files as plain values, read with the YAML package alone: what these tests say of the data
// must not depend on the loader. The shapes name only what the tests look at.

import { readFileSync } from 'node:fs'
import { parse } from 'yaml'

export interface RuleRow {
  readonly id: string
  readonly kind: string
  readonly cite: { readonly table?: string; readonly server?: string; readonly row?: string }
  readonly says: string
  readonly from: { readonly roles: readonly string[]; readonly basis: string }
  readonly to: { readonly roles: readonly string[]; readonly basis: string }
  readonly l4: readonly string[]
  readonly exposure?: string
  readonly closed?: boolean
  readonly reversed?: string
  readonly twin?: string
  readonly parent?: string
}

interface PolicyFile {
  readonly exposure: Readonly<Record<string, { readonly includes?: string }>>
  readonly rows: readonly RuleRow[]
  readonly statements: readonly { readonly id: string; readonly says: string }[]
  readonly limits: readonly { readonly id: string; readonly on: readonly string[] }[]
  readonly tests: readonly { readonly flow: string; readonly expect: string }[]
}

interface RangesFile {
  readonly webex_ranges: {
    readonly ranges: readonly {
      readonly id: string
      readonly cidr: string
      readonly range: string
    }[]
  }
}

interface PracticeFile {
  readonly practice: readonly { readonly id: string; readonly enabled: boolean }[]
}

/** The text of a file in rules/. */
export const ruleText = (name: string): string =>
  readFileSync(new URL(`../../rules/${name}`, import.meta.url), 'utf8')

export const policy: PolicyFile = parse(ruleText('policy.yaml'))
export const ranges: RangesFile = parse(ruleText('webex-ranges.yaml'))
export const practice: PracticeFile = parse(ruleText('practice.yaml'))

/** The row of that id, or undefined. */
export const rowOf = (id: string): RuleRow | undefined => policy.rows.find(row => row.id === id)
