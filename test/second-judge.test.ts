// Goal: a second judge says of every record what it would say alone.
// Method: captures are read once by two and once by each; ports, sites and exceptions differ, and so do the
// directions that follow from them.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { pcapOf } from '../fixtures/scenario/pcap.ts'
import { openSource } from '../src/capture/source.ts'
import { Compliance } from '../src/compliance.ts'
import { loadPolicy } from '../src/config/policy.ts'
import { loadSite } from '../src/config/site.ts'
import type { Policy, Row } from '../src/model/policy.ts'
import type { JudgedFlow } from '../src/model/verdict.ts'
import { Monitor } from '../src/monitor.ts'
import { run } from '../src/pipeline.ts'
import { SITE } from './policy/rows/site.ts'
import { captureOf } from './policy/rows/telling.ts'

const LONG_MS = 60_000
const folder = mkdtempSync(join(tmpdir(), 'mpwatch-second-'))
afterAll(() => rmSync(folder, { recursive: true }))
const { policy: POLICY } = loadPolicy('rules')

/** Other ports, so that other ends are taken for the server. */
const OTHERS: Policy = {
  ...POLICY,
  rows: POLICY.rows.filter(({ id }) => id !== 'I-01').map(moved),
  strictOutbound: true,
}

/** Administration by HTTP is where SSH was. */
function moved(row: Row): Row {
  if (row.id !== 'I-09') return row
  return { ...row, match: [{ transport: 'tcp', ports: { first: 6000, last: 6000 } }] }
}

interface Judged {
  readonly first: readonly JudgedFlow[]
  readonly second: readonly JudgedFlow[]
}

async function judge(pcap: string, one: Compliance, second: Compliance | null): Promise<Judged> {
  const monitor = new Monitor({
    ...{ seed: 1, dedup: true, compliance: one, ports: one.ports, second },
    ...{ fromSeconds: Number.NEGATIVE_INFINITY, toSeconds: Number.POSITIVE_INFINITY },
  })
  const judged: { first: JudgedFlow[]; second: JudgedFlow[] } = { first: [], second: [] }
  await run(openSource([pcap], { hash: false }), monitor, [
    {
      take(batch) {
        judged.first.push(...(batch.flows as JudgedFlow[]))
        judged.second.push(...batch.second)
      },
    },
  ])
  return judged
}

/** Facts are read when somebody asks. */
const plain = (flows: readonly JudgedFlow[]) =>
  flows.map(({ flow, client, server, verdict }) => ({
    ...{ verdict, client: client.name, server: server.name },
    flow: { ...flow, app: { ...flow.app, facts: flow.app.facts } },
    ends: [flow.client.address.text, flow.server.address.text],
  }))

const files = (name: string, content: string | Uint8Array): string => {
  const path = join(folder, name)
  writeFileSync(path, content)
  return path
}

const SENTENCES = [
  ...[
    'admin -> app tcp/22 ssh',
    'admin -> app tcp/22 midstream',
    'app -> admin tcp/6000 midstream from 9090',
  ],
  ...['admin -> app tcp/6000 midstream', 'admin -> app tcp/9090 midstream from 6000'],
  ...[
    'enduser -> webex tcp/443 tls',
    'web-dmz -> app tcp/61004 silent',
    'admin -> app tcp/6000 silent',
  ],
  ...[
    'audio -> phone udp/20007 rtcp from 16385',
    'app -> dns udp/53 dns',
    'app -> cucm udp/5060 sip',
  ],
  ...[
    'admin -> app udp/161 refused',
    'admin -> app tcp/23 refused',
    'app -> app-b icmp/echo established',
  ],
]

describe('read once by two, each flow is what it is read by one', () => {
  const { packets, epochSeconds } = captureOf(SENTENCES)
  const told = files('told.pcap', pcapOf(packets, { epochSeconds }))
  const hq = loadSite(files('hq.yaml', SITE)).site
  const less = SITE.split('\n')
    .filter(line => !/name: (cucm|app-b),/.test(line))
    .join('\n')
  const smaller = loadSite(files('smaller.yaml', less)).site
  const demo = loadSite('fixtures/demo/site.yaml').site

  const cases = {
    'sentences, by other rules': [told, () => new Compliance(OTHERS, hq, []), hq],
    'sentences, by another site': [told, () => new Compliance(POLICY, smaller, []), hq],
    'the demo, by other rules': [
      'fixtures/demo/office.pcap',
      () => new Compliance(OTHERS, demo, ['core-span']),
      demo,
    ],
  } as const
  for (const [name, [pcap, other, site]] of Object.entries(cases))
    test(name, { timeout: LONG_MS }, async () => {
      const one = () => new Compliance(POLICY, site, [])
      const [first, second] = [one(), other()]
      const both = await judge(pcap, first, second)
      const [alone, otherAlone] = [one(), other()]
      const ours = await judge(pcap, alone, null)
      const theirs = await judge(pcap, otherAlone, null)
      expect(plain(both.first)).toEqual(plain(ours.first))
      expect(plain(both.second)).toEqual(plain(theirs.first))
      expect(first.findings.findings()).toEqual(alone.findings.findings())
      expect(second.findings.findings()).toEqual(otherAlone.findings.findings())
      expect(plain(both.first)).not.toEqual(plain(both.second))
    })

  test('and the directions do differ: what is the client to one is the server to the other', async () => {
    const both = await judge(told, new Compliance(POLICY, hq, []), new Compliance(OTHERS, hq, []))
    const turned = both.first.filter(
      ({ client }, index) => client.name !== both.second[index]?.client.name,
    )
    expect(turned.length).toBeGreaterThan(0)
  })
})

test('without a second judge, no batch has what it would say', async () => {
  const demo = loadSite('fixtures/demo/site.yaml').site
  const { first, second } = await judge(
    'fixtures/demo/office.pcap',
    new Compliance(POLICY, demo, []),
    null,
  )
  expect(first.length).toBeGreaterThan(100)
  expect(second).toEqual([])
})
