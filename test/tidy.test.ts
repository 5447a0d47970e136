// The rules of style and of structure, as tests: ARCHITECTURE.md gives the import table and the
// reasons. The second half plants a violation of each rule, to see that the checker would find it.

import { describe, expect, test } from 'vitest'
import { type ProjectFile, projectFiles } from './tidy/files.ts'
import { forbiddenImports } from './tidy/imports.ts'
import { broken, RULES, type Rule, tooLong } from './tidy/rules.ts'

describe('in this project', () => {
  const files = projectFiles()

  test('the checker sees the sources', () => {
    expect(files.map(file => file.path)).toContain('src/model/flow.ts')
  })

  for (const rule of RULES)
    test(rule.name, () => {
      expect(broken(rule, files)).toEqual([])
    })

  test('every folder imports only what the import table allows', () => {
    expect(forbiddenImports(files)).toEqual([])
  })

  test('no file of src is longer than 400 lines', () => {
    expect(tooLong(files)).toEqual([])
  })
})

describe('a planted violation is found', () => {
  const LATER = ['TO', 'DO'].join('')
  const HOME = ['', 'home', 'ann', 'mpwatch'].join('/')
  const planted: readonly [where: string, line: string, found: string][] = [
    ['src/flows/a.ts', 'const now = Date.now()', 'Date.now'],
    ['src/flows/a.ts', 'const now = new Date()', 'new Date()'],
    ['src/policy/a.ts', 'const now = performance.now()', 'performance.now'],
    ['src/policy/a.ts', `const id = \`x\${Math.random()}\``, 'Math.random'],
    ['src/wire/a.ts', 'if (length < 4) throw new RangeError()', 'throw'],
    ['src/policy/a.ts', "console.log('seen')", 'console.'],
    ['src/policy/a.ts', 'enum Colour { Red }', 'enum Colour {'],
    ['src/policy/a.ts', 'export default judge', 'export default'],
    ['rules/README.md', `${LATER}: say more`, LATER],
    ['src/commands/audit.ts', 'process.exit(1)', 'process.exit'],
    ['README.md', `cd ${HOME}`, '/home/'],
  ]
  for (const [path, line, found] of planted)
    test(`${line} in ${path}`, () => {
      const files = [file(path, 'const first = 1', line)]
      expect(RULES.flatMap(rule => broken(rule, files))).toEqual([
        expect.stringMatching(`^${path}:2: "${escaped(found)}": `),
      ])
    })

  test('and the message says what to do instead', () => {
    const throws = RULES.filter(rule => rule.name === 'traffic never throws')
    expect(findings(throws, file('src/wire/a.ts', 'throw 1'))).toEqual([
      'src/wire/a.ts:1: "throw": traffic never throws; return the fault as a value and count it; assert() states what only a bug can break',
    ])
  })

  test('a file of 401 lines is too long, one of 400 is not', () => {
    const lines = (count: number) => new Array<string>(count).fill('//')
    const files = [file('src/a.ts', ...lines(401)), file('src/b.ts', ...lines(400))]
    expect(tooLong(files)).toEqual(['src/a.ts:401: longer than 400 lines; split it by subject'])
  })
})

describe('what only looks like a violation is left alone', () => {
  const innocent: readonly [where: string, line: string][] = [
    ['src/flows/a.ts', '// Date.now() would tie the result to the machine.'],
    ['src/wire/a.ts', "const text = 'we throw nothing away'"],
    ['src/wire/a.ts', 'const quote = /[\'"`]/ // never throw'],
    ['src/wire/a.ts', `const text = \`we throw \${count} away\``],
    ['src/capture/live.ts', 'const now = Date.now()'],
    ['src/main.ts', 'process.exit(await run())'],
    ['scripts/bench.ts', "console.log('done')"],
    ['README.md', 'see https://example.org/home/page'],
  ]
  for (const [path, line] of innocent)
    test(`${line} in ${path}`, () => {
      expect(findings(RULES, file(path, line))).toEqual([])
    })
})

describe('an import is', () => {
  const cases: readonly [path: string, line: string, verdict: 'allowed' | 'forbidden'][] = [
    ['src/wire/arp.ts', "import { ipv4 } from '../model/address.ts'", 'allowed'],
    ['src/wire/arp.ts', "import { mac } from './mac.ts'", 'allowed'],
    ['src/wire/arp.ts', "import { closed } from '../flows/records.ts'", 'forbidden'],
    ['src/wire/arp.ts', "import { readFileSync } from 'node:fs'", 'forbidden'],
    ['src/flows/records.ts', "import { AT } from '../kernel/layout.ts'", 'allowed'],
    ['src/flows/records.ts', "import { touch } from '../kernel/flows.ts'", 'allowed'],
    ['src/protocols/ntp.ts', "import { touch } from '../kernel/flows.ts'", 'forbidden'],
    ['src/flows/community-id.ts', "import { createHash } from 'node:crypto'", 'allowed'],
    ['src/model/a.ts', "export * from '../wire/arp.ts'", 'forbidden'],
    ['src/kernel/a.ts', "const model = await import('../model/flow.ts')", 'forbidden'],
    ['src/sinks/eve.ts', "import { Writable } from 'node:stream'", 'allowed'],
    ['src/sinks/eve.ts', "import { facts } from '../../test/facts.ts'", 'forbidden'],
    ['src/config/policy.ts', "import { parse } from 'yaml'", 'allowed'],
    ['src/monitor.ts', "import { kernel } from './kernel/kernel.ts'", 'allowed'],
    ['src/wire/arp.ts', "// as in import { x } from '../flows/x.ts'", 'allowed'],
  ]
  for (const [path, line, verdict] of cases)
    test(`${verdict}: ${line} in ${path}`, () => {
      expect(forbiddenImports([file(path, line)])).toHaveLength(verdict === 'allowed' ? 0 : 1)
    })

  test('reported with its line and what to do instead', () => {
    const lines = ['// ARP', "import { closed } from '../flows/records.ts'"]
    expect(forbiddenImports([file('src/wire/arp.ts', ...lines)])).toEqual([
      'src/wire/arp.ts:2: wire may import model but not "../flows/records.ts"; take it as a parameter, or move a shared noun to model',
    ])
  })

  test('refused from a folder that the table does not know', () => {
    expect(forbiddenImports([file('src/magic/spell.ts', '')])).toEqual([
      'src/magic/spell.ts:1: the import table has no folder "magic"; say there what it may import',
    ])
  })
})

const file = (path: string, ...lines: readonly string[]): ProjectFile => ({
  path,
  text: `${lines.join('\n')}\n`,
})

const findings = (rules: readonly Rule[], one: ProjectFile): readonly string[] =>
  rules.flatMap(rule => broken(rule, [one]))

const escaped = (text: string): string => text.replace(/[.(){]/g, '\\$&')
