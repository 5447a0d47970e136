// Goal: `mpwatch policy diff` tells what two policies say otherwise, field by field, and what they make of the
// same packets; and ends with 0 only where there is nothing to tell.

import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { pcapOf } from '../../fixtures/scenario/pcap.ts'
import { type Difference, diff, diffJson, isDifferent } from '../../src/commands/policy/diff.ts'
import { diffText } from '../../src/commands/policy/diff-text.ts'
import type { RuleChange } from '../../src/commands/policy/rule-changes.ts'
import { UsageError } from '../../src/model/errors.ts'
import { SITE } from '../policy/rows/site.ts'
import { captureOf } from '../policy/rows/telling.ts'
import { complaints } from '../support/schemas.ts'

const CLI_MS_MAX = 60_000
const folder = mkdtempSync(join(tmpdir(), 'mpwatch-diff-'))
afterAll(() => rmSync(folder, { recursive: true }))
let count = 0

type Edit = readonly [file: string, before: string | RegExp, after: string]

/** The shipped rules with some texts replaced; each must be there. */
function edited(...edits: readonly Edit[]): string {
  const rules = join(folder, `${++count}`, 'rules')
  cpSync('rules', rules, { recursive: true })
  for (const [file, before, after] of edits) {
    const path = join(rules, file)
    const old = readFileSync(path, 'utf8')
    const text = old.replace(before, after)
    if (text === old) throw new Error(`${file} has no ${before}`)
    writeFileSync(path, text)
  }
  return rules
}

function fileOf(name: string, content: string | Uint8Array): string {
  const path = join(folder, `${++count}-${name}`)
  writeFileSync(path, content)
  return path
}

const site = fileOf('site.yaml', SITE)
const POLICY = 'policy.yaml'

async function changesOf(...edits: readonly Edit[]): Promise<readonly RuleChange[]> {
  return (await diff('rules', edited(...edits), { site })).rules
}

describe('of the rules', () => {
  test('nothing is told where they say the same, though words around them differ', async () => {
    const same = edited([POLICY, '# ---- Incoming', '# Moved.\n# ---- Incoming'])
    const difference = await diff('rules', same, { site })
    expect(difference.before.policy.hash).not.toBe(difference.after.policy.hash)
    expect(difference.rules).toEqual([])
    expect(isDifferent(difference)).toBe(false)
    expect(diffText(difference, 100)).toContain('The rules say the same.')
  })

  test('a changed row is told field by field', async () => {
    const [change, ...more] = await changesOf(
      [POLICY, 'from: {roles: [cucm, media, app], basis: inferred}', 'from: {roles: [cucm]}'],
      [POLICY, 'l4: [tcp/5060, udp/5060]', 'l4: [tcp/5060]'],
    )
    expect(more).toEqual([])
    expect(change).toEqual({
      ...{ what: 'changed', kind: 'row', id: 'I-07' },
      fields: [
        {
          field: 'from',
          before: 'cucm, media, app (inferred)',
          after: expect.stringMatching(/^cucm \(/),
        },
        { field: 'services', before: 'tcp/5060, udp/5060', after: 'tcp/5060' },
      ],
    })
  })

  test('an added and a removed row are told with all that they say', async () => {
    const row = /\n {2}- id: F-09\n(.*\n)+?\n/
    const removed = await changesOf([POLICY, row, '\n'])
    expect(removed.map(({ what, kind, id }) => [what, kind, id])).toEqual([
      ['removed', 'row', 'F-09'],
    ])
    expect(removed[0]?.fields).toContainEqual({ field: 'services', before: 'icmp/echo', after: '' })
    const { rules } = await diff(edited([POLICY, row, '\n']), 'rules', { site })
    expect(rules.map(({ what, id }) => [what, id])).toEqual([['added', 'F-09']])
  })

  test('so is the order of rows, by which one of two that say the same decides', async () => {
    const text = readFileSync(join('rules', POLICY), 'utf8')
    const [row = ''] = /\n {2}- id: I-01\n(.*\n)+?(?=\n)/.exec(text) ?? []
    const swapped = edited([POLICY, row, '\n'], [POLICY, /(?=\n {2}- id: I-03\n)/, row])
    const { rules } = await diff('rules', swapped, { site })
    expect(rules).toEqual([
      {
        ...{ what: 'changed', kind: 'order of rows', id: '' },
        fields: [{ field: 'row 1 of those in both', before: 'I-01', after: 'I-02' }],
      },
    ])
  })

  test('so are practice items, classes, ranges, limits, statements and settings', async () => {
    const changes = await changesOf(
      ['practice.yaml', 'enabled: false', 'enabled: true'],
      [POLICY, 'accepts: [enduser-int]', 'accepts: [enduser-int, phone]'],
      ['webex-ranges.yaml', /.*id: W-12,.*\n/, ''],
      [POLICY, 'metric: rtt_ms, value: 100', 'metric: rtt_ms, value: 150'],
      [POLICY, 'The firewall lets ActiveX and JavaScript pass.', 'Scripts pass.'],
      [POLICY, 'strict_outbound: false', 'strict_outbound: true'],
    )
    expect(changes.map(({ what, kind, id }) => `${what} ${kind} ${id}`)).toEqual([
      'changed practice item P-01',
      'changed exposure class X2',
      'removed WebEx range W-12',
      'changed limit S-07',
      'changed statement W-04',
      'changed setting strict outbound',
    ])
  })

  test('and, with --site-b, what the site files say', async () => {
    const siteB = fileOf(
      'site-b.yaml',
      `${SITE.replace('{web-reverse: reverse,', '{web-reverse: normal,')
        .replace('name: audio,', 'name: voice,')
        .replace('zone: dmz}', 'zone: core}')}exceptions:
  - {id: EX-1, row: unlisted, from: app, to: 203.0.113.9, l4: tcp/514, owner: noc, reason: log, expires: 2027-01-31}
`,
    )
    const { rules } = await diff('rules', 'rules', { site, siteB })
    expect(rules.map(({ what, kind, id }) => `${what} ${kind} ${id}`)).toEqual([
      'added exception EX-1',
      'changed setting directions of 5003',
      'changed network 192.0.2.0/27',
      'removed node audio',
      'added node voice',
    ])
  })

  test('an old policy file alone goes with the ranges and items of mpwatch', async () => {
    const old = fileOf('old.yaml', readFileSync(join('rules', POLICY)))
    expect((await diff(old, 'rules', { site })).rules).toEqual([])
  })
})

describe('of captures', () => {
  const { packets, epochSeconds } = captureOf([
    ...['admin -> app tcp/22 ssh', 'enduser -> app tcp/22 ssh', 'enduser -> app tcp/22 ssh'],
    ...['app -> cucm udp/5060 sip', 'admin -> app tcp/9090 http'],
  ])
  const on = [fileOf('told.pcap', pcapOf(packets, { epochSeconds }))]
  const looser = edited(
    [POLICY, 'from: {roles: [admin], basis: document}', 'from: {roles: [admin, enduser-int]}'],
    ['practice.yaml', 'enabled: false', 'enabled: true'],
  )
  const told = (): Promise<Difference> => diff('rules', looser, { site, on })

  test('flows that are judged otherwise are told by verdict, pair and service', async () => {
    const { traffic } = await told()
    expect(traffic).toMatchObject({ judged: 6, different: 3, beyond: 0, notes: [] })
    expect(traffic?.flows).toEqual([
      {
        ...{ flows: 2, before: 'escaped:over_exposed I-01', after: 'permitted I-01' },
        ...{ source: 'enduser-int@user-net', destination: 'app', service: 'tcp/22' },
      },
      {
        ...{ flows: 1, before: 'escaped:unlisted unlisted', after: 'permitted P-01' },
        ...{ source: 'app', destination: 'cucm', service: 'udp/5060' },
      },
    ])
  })

  test('findings are told that are new, gone or of another severity', async () => {
    const { traffic } = await told()
    expect(traffic?.findings.map(({ what, row, members }) => [what, row, members])).toEqual([
      ['gone', 'I-01', 2],
      ['gone', 'T-07', 1],
    ])
    const back = await diff(looser, 'rules', { site, on })
    expect(back.traffic?.findings.map(({ what }) => what)).toEqual(['new', 'new'])
    const strict = edited([POLICY, 'strict_outbound: false', 'strict_outbound: true'])
    const stricter = await diff('rules', strict, { site, on })
    expect(stricter.traffic?.findings).toMatchObject([
      { what: 'severity', before: 'low', after: 'medium', row: 'T-07' },
    ])
    expect(stricter.traffic?.different).toBe(0)
  })

  test('the text fits the width, and has the largest group first', async () => {
    const text = diffText(await told(), 100)
    expect(text.split('\n').filter(line => line.length > 100)).toEqual([])
    expect(text).toContain('3 of 6 flows are judged otherwise.\n\nflows  before')
    expect(text).toMatch(/^2 +escaped:over_exposed/m)
    expect(text).toContain('The findings differ: 2 gone.')
  })

  test('nothing is told of a policy against itself', async () => {
    const same = await diff('rules', 'rules', { site, on })
    expect(isDifferent(same)).toBe(false)
    expect(same.traffic).toMatchObject({ judged: 6, different: 0, flows: [], findings: [] })
  })

  test('a site under other names is told with both', async () => {
    const siteB = fileOf('renamed.yaml', SITE.replace('name: app,', 'name: app-one,'))
    const { traffic } = await diff('rules', looser, { site, siteB, on })
    expect(traffic?.flows[0]?.destination).toBe('app, then app-one')
  })

  test('the same captures give the same bytes, as the schema says', async () => {
    expect(diffJson(await told())).toBe(diffJson(await told()))
    expect(complaints('policy-diff', JSON.parse(diffJson(await told())))).toEqual([])
    expect(
      complaints('policy-diff', { ...JSON.parse(diffJson(await told())), more: 1 }),
    ).not.toEqual([])
    expect(JSON.parse(diffJson(await told()))).toMatchObject({
      schema: 'mpwatch/policy-diff/1',
      before: { policy: { id: 'meetingplace-7.1' }, site: { name: 'hq' } },
      traffic: { judged: 6 },
    })
  })

  test('--sensor without captures is refused', async () => {
    await expect(diff('rules', 'rules', { site, sensor: 'core-span' })).rejects.toThrow(UsageError)
  })
})

describe('on the command line', () => {
  const mpwatch = (...args: readonly string[]) => {
    const argv = ['--import', 'tsx', 'src/main.ts', 'policy', 'diff', ...args]
    return spawnSync(process.execPath, argv, { encoding: 'utf8' })
  }

  test('the exit code says whether anything differs', { timeout: CLI_MS_MAX }, () => {
    expect(mpwatch('rules', 'rules', '--site', site).status).toBe(0)
    const strict = edited([POLICY, 'strict_outbound: false', 'strict_outbound: true'])
    const { status, stdout } = mpwatch('rules', strict, '--site', site, '--json', '-')
    expect(status).toBe(1)
    expect(JSON.parse(stdout)).toMatchObject({ rules: [{ id: 'strict outbound' }], traffic: null })
    const nowhere = mpwatch('rules', join(folder, 'nowhere'), '--site', site)
    expect(nowhere.status).toBe(2)
    expect(nowhere.stderr).toContain('nowhere')
    const noCapture = mpwatch('rules', 'rules', '--site', site, '--on', site)
    expect(noCapture.status).toBe(3)
  })
})
