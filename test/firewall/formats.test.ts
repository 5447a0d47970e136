// Goal: nothing that stands in a site or policy file can end a comment, a cell or a line of a rule file; and
// the programs that load such files take ours.

import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { loadPolicy } from '../../src/config/policy.ts'
import { FORMATS, type Format, written } from '../../src/firewall/format.ts'
import type { Site } from '../../src/model/inventory.ts'
import type { Policy } from '../../src/model/policy.ts'
import { temporaryFolder } from '../config/files.ts'
import { recordsOf } from './csv.ts'
import { siteOf, TWO_VERSIONS } from './sites.ts'
import { evaluator, ruleFile } from './written.ts'

const { policy } = loadPolicy('rules')
const site = siteOf(TWO_VERSIONS)

const HOSTILE = [
  'x" accept comment "\n    accept\n#',
  '=cmd|calc!A1\r\naccess-list MPWATCH extended permit ip any any\r\n',
  'x"\n-A FORWARD -j ACCEPT\n#',
  '@SUM(1,1),"quoted",\u202eright to left\u0000',
] as const

/** What the loader would refuse, to see that the writers do not rest on it. */
function renamed(name: string): { readonly site: Site; readonly policy: Policy } {
  return {
    site: {
      ...site,
      name,
      nodes: site.nodes.map((node, index) => ({ ...node, name: `${name}${index}` })),
      modes: { ...site.modes, gwsim: new Map() },
    },
    policy: {
      ...policy,
      id: name,
      rows: policy.rows.map((row, index) => ({
        ...row,
        id: `${name}${index}`,
        cite: { section: name, table: 'incoming', server: name, row: name },
      })),
    },
  }
}

/** The lines without what people alone read: comments, remarks, and the names in a table. */
function bare(format: Format, text: string): readonly string[] {
  if (format === 'csv')
    return recordsOf(text).map(cells => cells.filter((_, at) => ![1, 2, 6, 9].includes(at)).join())
  return text
    .split('\n')
    .filter(line => !/^[#!]|^access-list MPWATCH remark/.test(line))
    .map(line => line.replace(/ (-m comment --)?comment "[^"]*"|#.*$/g, '').trimEnd())
}

describe.each(FORMATS)('%s', format => {
  test.each(HOSTILE)('says the same whatever hosts, rows and places are called: %j', name => {
    const plain = renamed('x')
    const hostile = renamed(name)
    const text = ruleFile(hostile.policy, hostile.site, format)
    expect(bare(format, text)).toEqual(bare(format, ruleFile(plain.policy, plain.site, format)))
    expect(text).toMatch(/^[\n\r -~]*$/)
    expect(() => evaluator(format, text)).not.toThrow()
  })

  test('keeps remarks on lines of their own', () => {
    const rules = { sets: [], rules: [], without: [] }
    const remarks = { before: [HOSTILE[0]], after: [HOSTILE[2]] }
    const lines = written(format, rules, remarks).split('\n')
    expect(lines.filter(line => /accept|ACCEPT/.test(line) && !/^[#!]/.test(line))).toEqual(
      lines.filter(line => /established|ESTABLISHED/.test(line)),
    )
  })

  test('is the same on every run', () => {
    expect(ruleFile(policy, site, format)).toBe(ruleFile(policy, site, format))
  })
})

test('no cell of the table begins like a formula', () => {
  const hostile = renamed('-1+cmd')
  const cells = recordsOf(ruleFile(hostile.policy, hostile.site, 'csv')).flat()
  expect(cells).toContainEqual(expect.stringMatching(/^'-1_cmd/))
  expect(cells.filter(cell => /^[=+\-@\t\r]/.test(cell))).toEqual([])
})

// ---- The programs themselves, where they are: in a network of their own, so that nothing is loaded here ----

const folder = temporaryFolder()
const inOwnNetwork = (...command: readonly string[]) =>
  spawnSync('unshare', ['--user', '--map-root-user', '--net', ...command], { encoding: 'utf8' })

/** Whether the program is here and this kernel lets it look at rules. */
const isHere = (...command: readonly string[]): boolean => inOwnNetwork(...command).status === 0

const PROGRAMS: readonly (readonly [
  format: Format,
  command: readonly string[],
  isHere: boolean,
])[] = [
  ['nftables', ['nft', '--check', '--file'], isHere('nft', 'list', 'tables')],
  ['iptables', ['iptables-restore', '--test'], isHere('iptables', '-S')],
  ['iptables', ['ip6tables-restore', '--test'], isHere('ip6tables', '-S')],
]

describe.each(PROGRAMS)('%s: %j', (format, command, isThere) => {
  const reason = isThere ? '' : ', skipped: not installed, or the kernel keeps it from us'
  test.runIf(isThere)(`takes the rules of a site${reason}`, () => {
    for (const text of [
      ruleFile(policy, site, format),
      ruleFile(renamed(HOSTILE[0]).policy, renamed(HOSTILE[0]).site, format),
    ]) {
      const file = join(folder, `rules.${format}`)
      writeFileSync(file, text)
      const { status, stdout, stderr } = inOwnNetwork(...command, file)
      expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: '', stderr: '' })
    }
  })
})
