import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { loadPolicy } from '../../src/config/policy.ts'
import {
  GOOD_POLICY,
  GOOD_PRACTICE,
  GOOD_WEBEX,
  problemsOf,
  sentencesOf,
  temporaryFolder,
  writePolicy,
} from './files.ts'

const folder = temporaryFolder()
const load = (changed: Record<string, string> = {}) => loadPolicy(writePolicy(folder, changed))
const rowOf = (id: string) => load().policy.rows.find(row => row.id === id)

test('a limit says what it takes to judge, where something is given', () => {
  const limitOf = (more: string) => {
    const line = 'metric: rtt_ms, value: 100'
    return load({ 'policy.yaml': GOOD_POLICY.replace(line, `${line}, ${more}`) }).policy.limits[0]
  }
  expect(limitOf('window: 2m, min_samples: 20, sustain: {samples: 5, within: 60s}')).toMatchObject({
    ...{ windowS: 120, samplesMin: 20, sustain: { samples: 5, withinS: 60 } },
  })
  expect(limitOf('min_packets: 200, capture_loss_pct: 0.1, sustain: {windows: 2}')).toMatchObject({
    packetsMin: 200,
    captureLossPct: 0.1,
    sustain: { windows: 2 },
  })
})

test('the limits of the document are those of the requirements', () => {
  const { limits } = loadPolicy('rules').policy
  expect(limits.find(({ id }) => id === 'S-07')).toMatchObject({
    ...{ on: ['I-06', 'I-12', 'I-32'], metric: 'rtt_ms', value: 100 },
    ...{ windowS: 60, samplesMin: 20, sustain: { samples: 5, withinS: 60 } },
  })
  expect(limits.find(({ id }) => id === 'S-08')).toMatchObject({
    ...{ on: ['I-06', 'I-12', 'I-32'], metric: 'loss_pct', value: 1 },
    ...{ windowS: 60, packetsMin: 200, captureLossPct: 0.1, sustain: { windows: 2 } },
  })
})

test('a row holds what was written, and null or the default where nothing was', () => {
  expect(rowOf('I-01')).toEqual({
    id: 'I-01',
    kind: 'incoming',
    cite: { section: 'Ports', table: 'incoming', server: 'Application Server', row: 'SSH 22' },
    says: 'Administrators log in here.',
    from: { selectors: [{ label: 'admin', zone: null, text: 'admin' }], basis: 'document' },
    to: { selectors: [{ label: 'app', zone: null, text: 'app' }], basis: 'document' },
    match: [{ transport: 'tcp', ports: { first: 22, last: 22 } }],
    app: { expect: ['ssh'], on: new Map(), not: [] },
    exposure: 'X1',
    closed: false,
    obligation: 'permitted',
    mode: null,
    reversed: null,
    activeWith: null,
    advisory: null,
    sensitive: false,
    ...{ sourcePorts: null, cleartext: false },
    twin: null,
    parent: null,
    where: 'rules/policy.yaml:7',
  })
})

test('an advisory of one transport has its name in front', () => {
  expect(rowOf('I-13')?.advisory).toBe('udp:transport_unusual')
})

test('an advisory of all transports is the word alone', () => {
  const policy = GOOD_POLICY.replace('{udp: transport_unusual}', 'transport_unusual')
  const { rows } = load({ 'policy.yaml': policy }).policy
  expect(rows.find(({ id }) => id === 'I-13')?.advisory).toBe('transport_unusual')
})

test('an exposure class accepts what the classes that it includes accept', () => {
  const exposure = load().policy.exposures.get('X1')
  expect(exposure?.accepts.map(({ text }) => text)).toEqual(['meetingplace@core', 'admin'])
  expect(exposure?.acceptsListed).toBe(true)
})

test('statements, limits, exceptions and tests know their lines', () => {
  const { policy } = load()
  expect(policy.statements.get('S-10')?.where).toBe('rules/policy.yaml:26')
  expect(policy.limits).toEqual([
    {
      id: 'S-07',
      on: ['I-01', 'I-13'],
      metric: 'rtt_ms',
      value: 100,
      where: 'rules/policy.yaml:28',
    },
  ])
  expect(policy.exceptions).toEqual([
    {
      id: 'EX-7',
      row: 'unlisted',
      from: 'app-a',
      to: '198.51.100.9/32',
      match: [{ transport: 'tcp', ports: { first: 514, last: 514 } }],
      owner: 'noc',
      reason: 'syslog',
      expires: '2027-01-31',
      where: 'rules/policy.yaml:30',
    },
  ])
  expect(policy.tests).toEqual([
    {
      flow: 'admin -> app tcp/22',
      expect: 'permitted_unverified I-01',
      where: 'rules/policy.yaml:32',
    },
  ])
})

test('practice items that are on are rows, and the others wait beside them', () => {
  const { policy } = load()
  expect(policy.rows.map(({ id }) => id)).toEqual(['I-01', 'I-13', 'P-02'])
  expect(policy.practiceOff.map(({ id }) => id)).toEqual(['P-01'])
  expect(policy.practiceOff[0]).toMatchObject({
    kind: 'practice',
    from: { basis: 'practice' },
    where: 'rules/practice.yaml:3',
  })
})

test('WebEx ranges know their first and last address', () => {
  const { webex } = load().policy
  expect(webex).toMatchObject({ version: 'seed', source: 'the document', date: '2026-11-22' })
  expect(webex.ranges[0]).toMatchObject({
    id: 'W-08',
    prefix: { text: '64.68.96.0/19' },
    first: '64.68.96.0',
    last: '64.68.127.255',
  })
})

test('an IPv6 range is checked like any other', () => {
  const range =
    '    - {id: W-99, cidr: "2001:db8::/32", range: "2001:db8:: - 2001:db8:ffff:ffff:ffff:ffff:ffff:ffff"}\n'
  expect(load({ 'webex-ranges.yaml': GOOD_WEBEX + range }).policy.webex.ranges).toHaveLength(3)
})

test('names of content networks and inspection authorities may be left out, and are lists', () => {
  expect(load().policy.webex).toMatchObject({ cdnNames: [], interceptionIssuers: [] })
  const lists = 'cdn_names: [AkamaiCDN.webex.com]\ninterception_issuers: [Our Proxy CA]\n'
  expect(load({ 'webex-ranges.yaml': GOOD_WEBEX + lists }).policy.webex).toMatchObject({
    cdnNames: ['akamaicdn.webex.com'],
    interceptionIssuers: ['Our Proxy CA'],
  })
})

test('the hash is that of the bytes of policy, ranges and practice, in this order', () => {
  // printf of the three good files, one after the other, through sha256sum.
  expect(load().policy.hash).toBe(
    'sha256:90ef56c463902ff411dbad7bcba7117d902e9b6660af5442f1a7de17e851afa6',
  )
})

test('the hash changes with a comment in any of the files', () => {
  const { hash } = load().policy
  const changes = {
    'policy.yaml': GOOD_POLICY,
    'webex-ranges.yaml': GOOD_WEBEX,
    'practice.yaml': GOOD_PRACTICE,
  }
  for (const [name, content] of Object.entries(changes))
    expect(load({ [name]: `${content}# changed\n` }).policy.hash).not.toBe(hash)
})

test('errors of all three files are told at once, sorted by file and place', () => {
  const rules = writePolicy(folder, {
    'policy.yaml': GOOD_POLICY.replace('tcp/22]', 'tcp/0]').replace(
      'roles: [admin]',
      'roles: [amin]',
    ),
    'webex-ranges.yaml': GOOD_WEBEX.replace('64.68.127.255', '64.68.127.254'),
    'practice.yaml': GOOD_PRACTICE.replace('roles: [cucm]', 'roles: [cumc]').replace(
      'P-02',
      'I-01',
    ),
  })
  expect(problemsOf(() => loadPolicy(rules)).map(({ where }) => where)).toEqual([
    `${rules}/policy.yaml:11:20`,
    `${rules}/policy.yaml:13:10`,
    `${rules}/webex-ranges.yaml:7:46`,
    `${rules}/practice.yaml:3:88`,
    `${rules}/practice.yaml:4:10`,
  ])
})

test('several errors of one row and one list are told together', () => {
  const policy = GOOD_POLICY.replace(
    'roles: [media], basis: inferred',
    'roles: [medai, wbe], bases: inferred',
  )
  const rules = writePolicy(folder, { 'policy.yaml': policy })
  expect(sentencesOf(problemsOf(() => loadPolicy(rules)))).toEqual([
    '20:20 no role is called "medai". Did you mean media?',
    '20:27 no role is called "wbe". Did you mean web?',
    '20:33 no key is called "bases". Did you mean basis?',
  ])
})

test('the excerpt is the line with a caret below the place', () => {
  const rules = writePolicy(folder, { 'policy.yaml': GOOD_POLICY.replace('tcp/22', 'tcp/70000') })
  const [problem] = problemsOf(() => loadPolicy(rules))
  expect(problem?.excerpt).toBe(['      l4: [tcp/70000]', '           ^'].join('\n'))
})

test('a folder without rules is told file by file', () => {
  expect(problemsOf(() => loadPolicy(join(folder, 'nowhere')))).toEqual([
    { where: join(folder, 'nowhere/policy.yaml'), message: 'there is no such file' },
    { where: join(folder, 'nowhere/webex-ranges.yaml'), message: 'there is no such file' },
    { where: join(folder, 'nowhere/practice.yaml'), message: 'there is no such file' },
  ])
})

test('a row that repeats another is a warning, and the policy loads', () => {
  const [before, row = ''] = GOOD_POLICY.split(/^(?= {2}- id)/m)
  const again = GOOD_POLICY.replace(
    '  - id: I-13\n',
    `${row.replace('I-01', 'I-99')}  - id: I-13\n`,
  )
  expect(before).toMatch(/rows:\n$/)
  expect(load({ 'policy.yaml': again }).warnings).toEqual([
    {
      where: 'rules/policy.yaml:16',
      message: 'I-99 never decides: I-01 has the same ports and peers and comes first',
    },
  ])
})

test.runIf(existsSync('rules/policy.yaml'))(
  'the rules of the project load without a warning',
  () => {
    expect(loadPolicy('rules').warnings).toEqual([])
  },
)
