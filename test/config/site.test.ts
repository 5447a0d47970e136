import { join } from 'node:path'
import { expect, test } from 'vitest'
import { loadSite } from '../../src/config/site.ts'
import { GOOD_SITE, problemsOf, sentencesOf, temporaryFolder, writeSite } from './files.ts'

const folder = temporaryFolder()
const load = (content = GOOD_SITE) => loadSite(writeSite(folder, content))
const told = (content: string) => sentencesOf(problemsOf(() => load(content)))
const nodeOf = (name: string) => load().site.nodes.find(node => node.name === name)

const ADVICE =
  '. A site file says which host is what: copy rules/site.example.yaml and put your own hosts in it'

test('the head of the file is the site', () => {
  const { site } = load()
  expect(site).toMatchObject({ name: 'hq', webexSite: 'acme.webex.com', externalUsers: true })
  expect(site.publicPrefixes.map(({ text }) => text)).toEqual(['198.51.100.0/24'])
  expect(site.sensors).toEqual([{ name: 'core-span', sees: ['core', 'dmz'], clockMs: 0 }])
})

test('a sensor may have a clock that is wrong by a day at the most', () => {
  const withClock = (ms: number | string) =>
    GOOD_SITE.replace('sees: [core, dmz]}', `sees: [core, dmz], clock_ms: ${ms}}`)
  expect(load(withClock(-350.5)).site.sensors[0]?.clockMs).toBe(-350.5)
  expect(load(withClock(-86_400_000)).site.sensors[0]?.clockMs).toBe(-86_400_000)
  expect(told(withClock(86_400_001))).toEqual([expect.stringMatching(/must be at most 86400000$/)])
  expect(told(withClock('late'))).toEqual([expect.stringMatching(/must be a number, not /)])
})

test('one value or a list of them make a node', () => {
  expect(nodeOf('app-a')).toMatchObject({
    roles: ['app'],
    addresses: [{ text: '10.10.20.11' }],
    nat: [],
    macs: ['00:1b:54:aa:00:11'],
    zone: null,
    dynamicPorts: null,
  })
  expect(nodeOf('media-1')).toMatchObject({
    roles: ['media-audio', 'media-video'],
    addresses: [{ text: '10.10.20.31' }, { text: '10.10.20.32' }],
    macs: [],
  })
})

test('a node stands at the site of the file unless it says where else', () => {
  expect(nodeOf('app-a')?.site).toBe('hq')
  expect(nodeOf('media-1')?.site).toBe('branch')
})

test('a node may have a zone of its own, a translated address and dynamic ports', () => {
  expect(nodeOf('proxy')?.zone).toBe('core')
  expect(nodeOf('web-1')).toMatchObject({
    nat: [{ text: '198.51.100.20' }],
    dynamicPorts: [{ first: 49152, last: 65535 }],
  })
})

test('networks have a zone and perhaps a role', () => {
  expect(load().site.networks.map(({ prefix, zone, role }) => [prefix.text, zone, role])).toEqual([
    ['10.10.20.0/24', 'core', null],
    ['192.0.2.0/27', 'dmz', null],
    ['10.20.0.0/16', 'user-net', 'enduser-int'],
  ])
})

test('modes are those declared, with the usual SOCKS port and without HTTPS by default', () => {
  const { modes } = load().site
  expect([...modes.gwsim]).toEqual([['web-1', 'reverse']])
  expect(modes.socks).toMatchObject({ proxy: { text: '172.16.0.1' }, port: 1080 })
  expect(modes.https).toBe(false)
})

test('modes and everything after them may be left out', () => {
  const { site, exceptions } = load(GOOD_SITE.slice(0, GOOD_SITE.indexOf('modes:')))
  expect(site.modes).toEqual({ gwsim: new Map(), socks: null, https: false })
  expect(exceptions).toEqual([])
})

test('exceptions of the site are handed over beside it', () => {
  expect(load().exceptions).toMatchObject([
    { id: 'EX-1', row: 'I-01', from: 'proxy', to: 'app', where: 'site.yaml:19' },
  ])
})

test('the hash is that of the bytes of the file', () => {
  // The good site file through sha256sum.
  expect(load().site.hash).toBe(
    'sha256:b901600e7e870c30b5371f615de5a70b79455968adafe6e8adf4e4bdb8c837ff',
  )
})

test('a site without people outside needs no word on them', () => {
  const inside = GOOD_SITE.replace(', external_users: true', '').replace('zone: dmz', 'zone: core')
  expect(load(inside).site.externalUsers).toBe(false)
})

test('the zone of a Web Server is that of the longest prefix', () => {
  const nested = GOOD_SITE.replace(', external_users: true', '')
    .replace('192.0.2.0/27, zone: dmz', '192.0.2.0/24, zone: dmz')
    .replace('10.20.0.0/16, zone: user-net', '192.0.2.16/28, zone: user-net')
  expect(load(nested).site.externalUsers).toBe(false)
})

test('an absent file is told how to write one', () => {
  const path = join(folder, 'absent.yaml')
  expect(problemsOf(() => loadSite(path))).toEqual([
    { where: path, message: `there is no such file${ADVICE}` },
  ])
})

for (const [what, content] of Object.entries({ empty: '', comment: '# later\n', nothing: '---\n' }))
  test(`a file with nothing in it (${what}) is told how to write one`, () => {
    expect(told(content)).toEqual([`1:1 the file is empty${ADVICE}`])
  })

test('an inventory without a MeetingPlace host is told how to write one', () => {
  const others = `api_version: mpwatch/v1
site: {name: hq}
networks:
  - {prefix: 10.0.0.0/8, zone: core}
nodes:
  - {name: dns-1, role: [dns, ntp], address: 10.0.0.53}
`
  expect(told(others)).toEqual([`6:3 no node has a MeetingPlace role${ADVICE}`])
})

test('an inventory without nodes is told how to write one', () => {
  expect(told('api_version: mpwatch/v1\nsite: {name: hq}\n')).toEqual([
    `1:1 no node has a MeetingPlace role${ADVICE}`,
  ])
})

test('a placeholder in a comment is none', () => {
  expect(load(`${GOOD_SITE}# CHANGE-ME\n`).site.name).toBe('hq')
})

test('errors of several parts are told at once', () => {
  const spoilt = GOOD_SITE.replace('zone: core}\n  - {prefix: 192', 'zone: cor}\n  - {prefix: 192')
    .replace('10.10.20.32', '10.10.20.31')
    .replace('port', 'prot')
    .replace('{web-1: reverse}', '{web-9: reverse}')
    .replace('sees: [core', 'sees: [coer')
  expect(told(spoilt)).toEqual([
    '5:35 no zone is called "cor". Did you mean core?',
    '10:78 10.10.20.31 is already an address of media-1',
    '11:71 no key is called "dynamic_prots". Did you mean dynamic_ports?',
    '14:11 no node is called "web-9". Did you mean web-1?',
    '17:30 no zone is called "coer". Did you mean core?',
  ])
})

test('a SOCKS proxy that is no declared node is a warning', () => {
  const { warnings } = load(GOOD_SITE.replace('role: socks-proxy', 'role: http-proxy'))
  expect(sentencesOf(warnings)).toEqual([
    '15:18 no node with the role socks-proxy has the address 172.16.0.1: SOCKS to it is unlisted',
  ])
})

test('a declared SOCKS proxy is no warning', () => {
  expect(load().warnings).toEqual([])
})
