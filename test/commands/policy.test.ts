// Goal: `mpwatch policy` says what holds and what does not, in words and in JSON, and refuses what it
// cannot answer with the nearest right word.

import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { Command } from 'commander'
import { describe, expect, test } from 'vitest'
import { alertCommand } from '../../src/commands/alert.ts'
import { auditCommand } from '../../src/commands/audit.ts'
import { doctorCommand } from '../../src/commands/doctor.ts'
import { exportCommand } from '../../src/commands/export.ts'
import { flowsCommand } from '../../src/commands/flows.ts'
import { inventoryCommand } from '../../src/commands/inventory.ts'
import { monitorCommands } from '../../src/commands/monitor.ts'
import { type CheckOptions, check } from '../../src/commands/policy/check.ts'
import { endsOf } from '../../src/commands/policy/ends.ts'
import { explanationText } from '../../src/commands/policy/explain-text.ts'
import { asObject, explain } from '../../src/commands/policy/explanation.ts'
import type { OutcomeWord } from '../../src/commands/policy/imagined.ts'
import { list } from '../../src/commands/policy/list.ts'
import { policyCommand } from '../../src/commands/policy.ts'
import { loadRules, sensorOf } from '../../src/commands/rules.ts'
import { watchCommand } from '../../src/commands/watch.ts'
import { parseAddress } from '../../src/model/address.ts'
import { UsageError } from '../../src/model/errors.ts'
import type { Node } from '../../src/model/inventory.ts'
import { GOOD_POLICY, GOOD_SITE, temporaryFolder, writePolicy, writeSite } from '../config/files.ts'

const SITE = 'rules/site.example.yaml'
const TODAY = '2026-11-22'
const CLI_MS_MAX = 30_000
const { policy, site } = loadRules('rules', SITE)

describe('check', () => {
  test('counts the shipped rules and passes their tests', () => {
    const { text, code } = check({ rules: 'rules' }, TODAY)
    expect(text.trimEnd().split('\n').at(-1)).toMatch(
      /^57 rows, 59 statements, 0 exceptions, (\d+) tests: \1 passed; 2 warnings\.$/,
    )
    expect(code).toBe(0)
  })

  test('tells a failed test with its line, what was expected and what came out', () => {
    const wrong = GOOD_POLICY.replace(
      '{flow: admin -> app tcp/22, expect: permitted_unverified I-01}',
      '{flow: admin -> app tcp/22 filtered, expect: permitted I-01}',
    )
    const { text, code } = check(checkable({ 'policy.yaml': wrong }), TODAY)
    expect(text).toContain(
      [
        'rules/policy.yaml:32: test failed: admin -> app tcp/22 filtered',
        '  expected  permitted I-01',
        '  came out  misdropped I-01',
        '',
      ].join('\n'),
    )
    expect(text).toMatch(/1 test: 0 passed, 1 failed/)
    expect(code).toBe(2)
  })

  test('tells a test that says too little', () => {
    const { text, code } = check(checkable(), TODAY)
    expect(text).toContain('rules/policy.yaml:32: test cannot be run: "admin -> app tcp/22" is no')
    expect(code).toBe(2)
  })

  test('warns of an exception that ran out, in the policy and in the site', () => {
    const { text } = check(checkable({}, GOOD_SITE), '2027-02-01')
    expect(text).toMatch(
      /^rules\/policy\.yaml:\d+: warning: the exception EX-7 ran out on 2027-01-31/m,
    )
    expect(text).toMatch(/^site\.yaml:\d+: warning: the exception EX-1 ran out on 2027-01-31/m)
  })

  test('tells the mistakes of rules and site at once', () => {
    const rules = GOOD_POLICY.replace('[tcp/22]', '[tcp/70000]')
    const broken = GOOD_SITE.replace('role: app,', 'role: ap,')
    const told = () => check(checkable({ 'policy.yaml': rules }, broken), TODAY)
    expect(told).toThrow(/70000 is no port[\s\S]*no role is called "ap"\. Did you mean app\?/)
    expect(told).toThrow(UsageError)
  })
})

describe('list', () => {
  const table = list({ rules: 'rules' }, 100).split('\n')

  test('has a line for each row, with its services, peers, class and place', () => {
    expect(table).toContainEqual(
      expect.stringMatching(
        /^I-12 +tcp\/61004 +web +app +X3 +required +document +policy\.yaml:\d+$/,
      ),
    )
    expect(table.filter(line => /^[IOWSF]-\d\d/.test(line))).toHaveLength(57)
  })

  test('fits 100 columns, and so does the text above and below it', () => {
    const all = list({ rules: 'rules', all: true }, 100).split('\n')
    expect(all.filter(line => line.length > 100)).toEqual([])
  })

  test('uses more columns where there are more', () => {
    const wide = list({ rules: 'rules' }, 120).split('\n')
    expect(wide.length).toBeLessThan(table.length)
    expect(wide.some(line => line.length > 100)).toBe(true)
  })

  test('breaks a long list after a comma, below its own column', () => {
    const at = table.findIndex(line => line.startsWith('I-28 '))
    expect(table[at]).toMatch(/^I-28 +tcp\/80 +admin, +web /)
    expect(table[at + 1]).toBe(`${' '.repeat(table[at]?.indexOf('admin') ?? 0)}enduser-int`)
  })

  test('has the statements that open no port only when asked', () => {
    const all = list({ rules: 'rules', all: true }, 100)
    expect(all).toMatch(/^S-10 +policy\.yaml:\d+ +The Application Server never opens 61004/m)
    expect(table.join('\n')).not.toMatch(/^S-10/m)
  })

  test('is one object with --json', () => {
    const object = JSON.parse(list({ rules: 'rules', all: true, json: true }, 100))
    expect(object.rows.find(({ id }: { id: string }) => id === 'I-07')).toMatchObject({
      ...{ services: ['tcp/5060', 'udp/5060'], from: ['cucm', 'media', 'app'], to: ['app'] },
      ...{ exposure: 'X0', obligation: 'permitted', basis: 'inferred' },
    })
    expect(object.rows.length + object.statements.length).toBe(116)
  })
})

describe('explain', () => {
  test('answers first, then says on whose word and why', () => {
    expect(told('203.0.113.7 web-dmz-1 tcp/1433').split('\n')).toEqual([
      'Not allowed, and nothing stops it.',
      '',
      '  Assumed   203.0.113.7 -> web-dmz-1 tcp/1433, which is answered (established)',
      '  Verdict   escaped: over_exposed, confirmed',
      '  Row       I-31, Network Requirements, TCP/UDP Ports, incoming table, Web Server, SQL 1433',
      '  Demands   A Web Server inside reaches its own SQL Server database, and nobody else does.',
      expect.stringMatching(/^ {2}Rule {6}rules\/policy\.yaml:\d+$/),
      '  Expected  web-int -> web, sql tcp/1433',
      '  Finding   SQL Server on web-dmz-1 answered the Internet (critical).',
      '  To fix    Close tcp/1433 towards 192.0.2.20 on the external firewall.',
      '',
      'From      203.0.113.7: external in zone internet, a public address that the site file does not',
      '          declare.',
      'To        web-dmz-1 (192.0.2.20): web (also web-dmz, meetingplace) in zone dmz, declared by name.',
      '',
      'Rows on tcp/1433',
      '  I-31    names web-dmz-1 as its server, but not 203.0.113.7 as a source, and its class X0 does not',
      '          accept it.',
      '',
      'What 203.0.113.7 may open at web-dmz-1: tcp/80 (I-28.1), tcp/443 (I-29.1), tcp/1627 (I-30.1).',
      '',
    ])
  })

  const answers: readonly [asked: string, outcome: OutcomeWord, answer: string][] = [
    ['app-a app-b tcp/2008', 'established', 'Allowed.'],
    ['web-1 app-a tcp/61004', 'established', 'Allowed, provided that it carries http.'],
    ['web-1 app-a tcp/61004', 'silent', 'Allowed, but it is stopped.'],
    ['web-1 app-a tcp/61004', 'refused', 'Allowed, but the service is down.'],
    ['app-a app-b tcp/22', 'established', 'Allowed, though no row names this source.'],
    ['10.20.1.1 app-a tcp/22', 'established', 'Not allowed, and nothing stops it.'],
    ['10.20.1.1 app-a tcp/22', 'filtered', 'Not allowed, and it is stopped.'],
    ['app-a web-1 tcp/61004', 'filtered', 'Not allowed.'],
    [
      '10.20.1.1 10.30.1.1 tcp/80',
      'established',
      'Not judged: neither end is MeetingPlace, nor a user or proxy at WebEx.',
    ],
    [
      'app-a 10.10.20.255 udp/137',
      'one_way',
      'Not judged: it stays on one link, and the rules are about firewalls.',
    ],
    [
      '10.20.1.1 app-a tcp/22',
      'one_way',
      'Nobody can tell: stray segments that belong to no connection seen here.',
    ],
  ]
  for (const [asked, outcome, answer] of answers)
    test(`${asked} ${outcome}: ${answer}`, () => {
      expect(told(asked, outcome).split('\n')[0]).toBe(answer)
    })

  test('shows the mode that closes a port', () => {
    expect(told('web-dmz-1 app-a tcp/5003')).toContain(
      '  I-06    names both ends, but the mode in use closes it.\n',
    )
  })

  test('says which side opens 5003, and who says so', () => {
    expect(told('web-dmz-1 app-a tcp/5003')).toContain(
      '  Mode      reverse, declared for web-dmz-1 in the site file\n',
    )
    const modes = { ...site.modes, gwsim: new Map() }
    expect(told('app-a web-dmz-1 tcp/5003', 'established', { ...site, modes })).toContain(
      '  Mode      not declared for web-dmz-1: learned from each capture, and open both ways until then\n',
    )
    expect(told('web-dmz-1 app-a tcp/61004')).not.toContain('  Mode  ')
    expect(asObject(explained('web-dmz-1 app-a tcp/5003', {})).mode).toEqual({
      ...{ web: 'web-dmz-1', state: 'reverse', source: 'declared' },
    })
  })

  test('shows a row that holds the other way round', () => {
    expect(told('app-a web-1 tcp/61004')).toContain(
      '  I-12    names both ends, but the other way round.\n',
    )
  })

  test('names what the two may do instead, at the SOCKS port of the site too', () => {
    const socks = { proxy: site.modes.socks?.proxy ?? site.networks[0]?.prefix.address, port: 3128 }
    const moved = { ...site, modes: { ...site.modes, socks } } as typeof site
    expect(told('app-a proxy-1 tcp/1080', 'established', moved)).toContain(
      'What app-a may open at proxy-1: tcp/3128 (O-04).\n',
    )
  })

  test('accepts what an exception covers until its last day, and not after', () => {
    const exception = {
      ...{ id: 'EX-7', row: 'I-01', from: 'enduser-int', to: 'app-a', where: 'site.yaml:9' },
      ...{ owner: 'noc', reason: 'change 4411', expires: '2026-11-22' },
      match: [{ transport: 'tcp', ports: { first: 22, last: 22 } } as const],
    }
    const excepting = { ...policy, exceptions: [exception] }
    const on = (day: string) => explained('10.20.1.1 app-a tcp/22', { rules: excepting, day })
    expect(asObject(on('2026-11-22'))).toMatchObject({ verdict: 'excepted', exception: 'EX-7' })
    expect(asObject(on('2026-11-23'))).toMatchObject({ verdict: 'escaped', exception: null })
  })

  test('depends on where the sensor stands when nothing answers', () => {
    const asked = '203.0.113.7 app-a tcp/3389'
    const from = (sensor: string | null) =>
      asObject(explained(asked, { outcome: 'silent', sensor }))
    expect(from('core-span')).toMatchObject({ verdict: 'escaped', confidence: 'probable' })
    expect(from(null)).toMatchObject({ verdict: 'rejected', confidence: 'possible' })
  })

  test('is one object with --json', () => {
    expect(asObject(explained('web-1 app-a tcp/61004', { outcome: 'filtered' }))).toMatchObject({
      asked: {
        ...{ source: '10.10.20.21', destination: '10.10.20.11', service: 'tcp/61004' },
        ...{ outcome: 'filtered', sensor: null },
      },
      ...{ verdict: 'misdropped', reason: null, confidence: 'confirmed', severity: 'high' },
      ...{ row: 'I-12', rows: ['I-12', 'O-10'], expected: 'web -> app tcp/61004' },
      source: { node: 'web-1', role: 'web', zone: 'core', role_basis: 'node' },
      looked_at: [
        { row: 'I-12', remark: 'names both ends' },
        { row: 'O-10', remark: 'names both ends' },
      ],
    })
  })

  test('works between IPv6 addresses', () => {
    const at = {
      ...site,
      nodes: [ipv6Server('app-6a', '2001:db8::a'), ipv6Server('app-6b', '2001:db8::b')],
    }
    expect(told('app-6a app-6b icmp/echo', 'established', at)).toMatch(/^Allowed\.\n/)
    expect(told('app-6a app-6b icmp/echo', 'filtered', at)).toMatch(
      /^Allowed, but it is stopped\.\n/,
    )
    expect(told('app-6a app-6b tcp/2008', 'refused', at)).toMatch(
      /^Allowed, but the service is down/,
    )
  })
})

describe('explain refuses', () => {
  const cases: Readonly<Record<string, RegExp>> = {
    'ap-a app-b tcp/22': /^SRC: no node is called "ap-a"\. Did you mean app-a\?/,
    'app-a 10.1.2.300 tcp/22': /^DST: "10\.1\.2\.300" is no IP address/,
    '10.0.0.0/8 app-a tcp/22': /^SRC: "10\.0\.0\.0\/8" is no IP address: leave the prefix/,
    'app-a app-b 5003': /^SERVICE: "5003" is no service: write tcp\/5003 or udp\/5003$/,
    'app-a app-b ssh': /^SERVICE: "ssh" is no service: write tcp\/5003, udp\/53 or icmp\/echo$/,
    'app-a app-b tcp/70000': /^SERVICE: 70000 is no port: ports are 1 to 65535$/,
    'app-a app-b tpc/22': /^SERVICE: no transport is called "tpc"\. Did you mean tcp\?/,
    'app-a app-b tcp/1-5': /^SERVICE: "tcp\/1-5" is more than one port: name one/,
    'app-a app-b udp/any': /^SERVICE: "udp\/any" is more than one port/,
    'app-a 10.10.20.11 tcp/22': /^SRC and DST: both ends are the same host/,
    'app-a 2001:db8::1 tcp/22': /^SRC and DST: one end is IPv4 and the other IPv6/,
    'nobody 10.1 5003': /^SRC: .*\nDST: .*\nSERVICE: /,
  }
  for (const [asked, reason] of Object.entries(cases))
    test(asked, () => {
      const [source = '', destination = '', service = ''] = asked.split(' ')
      const read = () => endsOf({ source, destination, service }, site)
      expect(read).toThrow(UsageError)
      expect(read).toThrow(reason)
    })

  test('a sensor that the site does not have', () => {
    expect(() => sensorOf(site, 'core-spam')).toThrow(
      /^--sensor: no sensor is called "core-spam"\. Did you mean core-span\?/,
    )
  })
})

describe('the help of', () => {
  const rules = ['check', 'list', 'explain', 'firewall', 'diff'].map(verb => `policy ${verb}`)
  const asking = ['status', 'findings', 'suppressions', 'ack', 'unack', 'suppress', 'maintenance']
  const others = [
    'alert',
    'alert test',
    'doctor',
    'export',
    'inventory',
    'inventory suggest',
    'watch',
    'end',
    'reload',
  ]
  for (const name of ['audit', 'flows', 'policy', ...rules, ...others, ...asking])
    test(`${name} has a usage, three examples and its exit codes`, async () => {
      const help = await helpOf(name)
      expect(help).toMatch(new RegExp(`^Usage: mpwatch ${name} `))
      expect(help.match(/^ {2}.*mpwatch .*\n {6}\S/gm)).toHaveLength(3)
      expect(help).toMatch(/^Exit codes:\n {2}0 {2,}\S/m)
    })

  test('flows knows no exit code 1', async () => {
    expect(await helpOf('flows')).not.toMatch(/^ {2}1 /m)
  })
})

describe('the command line', () => {
  test('ends with 0 for the shipped rules', { timeout: CLI_MS_MAX }, () => {
    const { stdout, stderr, status } = run('policy', 'check', '--site', SITE)
    expect({ stderr, status }).toEqual({ stderr: '', status: 0 })
    expect(stdout).toMatch(/^57 rows, .* passed; \d+ warnings\.$/m)
  })

  test('ends with 2 for a failed test', { timeout: CLI_MS_MAX }, () => {
    const { stdout, status } = run('policy', 'check', '--rules', checkable().rules)
    expect(status).toBe(2)
    expect(stdout).toMatch(/1 test: 0 passed, 1 failed/)
  })

  test('ends with 0 for any answer, which is one JSON object', { timeout: CLI_MS_MAX }, () => {
    const asked = ['203.0.113.7', 'app-a', 'tcp/22', '--site', SITE, '--json']
    const { stdout, status } = run('policy', 'explain', ...asked)
    expect(status).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({ verdict: 'escaped', row: 'I-01' })
  })

  test('ends with 2 and an empty output for a bad question', { timeout: CLI_MS_MAX }, () => {
    const { stdout, stderr, status } = run('policy', 'explain', 'x', 'y', 'z', '--site', SITE)
    expect({ stdout, status }).toEqual({ stdout: '', status: 2 })
    expect(stderr).toMatch(/^SRC: .*\nDST: .*\nSERVICE: /)
  })
})

/** A small good policy with some of its files changed, and a site where one is given. */
function checkable(
  files: Readonly<Record<string, string>> = {},
  siteText?: string,
): CheckOptions & { rules: string } {
  const folder = temporaryFolder()
  const rules = writePolicy(folder, files)
  return siteText === undefined ? { rules } : { rules, site: writeSite(folder, siteText) }
}

interface Circumstances {
  readonly outcome?: OutcomeWord
  readonly sensor?: string | null
  readonly rules?: typeof policy
  readonly at?: typeof site
  readonly day?: string
}

function explained(
  asked: string,
  { outcome = 'established', sensor = null, rules = policy, at = site, day = TODAY }: Circumstances,
) {
  const [source = '', destination = '', service = ''] = asked.split(' ')
  const epochSeconds = Date.parse(`${day}T12:00:00Z`) / 1000
  return explain(
    { policy: rules, site: at, sensor, epochSeconds },
    { ...endsOf({ source, destination, service }, at), outcome },
  )
}

const told = (asked: string, outcome: OutcomeWord = 'established', at = site): string =>
  explanationText(explained(asked, { outcome, at }), 100)

const ipv6Server = (name: string, text: string): Node => ({
  ...{ name, roles: ['app'], addresses: [parseAddress(text)].filter(one => one !== undefined) },
  ...{ nat: [], macs: [], site: 'hq', zone: 'core', dynamicPorts: null },
})

async function helpOf(name: string): Promise<string> {
  let text = ''
  const program = new Command('mpwatch').exitOverride().configureOutput({
    writeOut: part => {
      text += part
    },
  })
  const reading = [auditCommand, flowsCommand]
  const others = [
    alertCommand,
    doctorCommand,
    exportCommand,
    inventoryCommand,
    policyCommand,
    watchCommand,
  ]
  for (const add of [...reading, ...others]) add(program, () => {})
  monitorCommands(
    program,
    () => {},
    async () => null,
  )
  await program
    .parseAsync([...name.split(' '), '--help'], { from: 'user' })
    .catch(error => expect(error).toMatchObject({ code: 'commander.helpDisplayed' }))
  return text
}

const run = (...words: readonly string[]) =>
  spawnSync(process.execPath, ['--import', 'tsx', join('src', 'main.ts'), ...words], {
    encoding: 'utf8',
  })
