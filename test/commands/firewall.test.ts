// Goal: `mpwatch policy firewall` writes the rows that are asked for, and tells what they would break.

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { pcapOf } from '../../fixtures/scenario/pcap.ts'
import { type FirewallOptions, firewall } from '../../src/commands/policy/firewall.ts'
import { InputError, UsageError } from '../../src/model/errors.ts'
import { temporaryFolder } from '../config/files.ts'
import { recordsOf } from '../firewall/csv.ts'
import { SITE } from '../policy/rows/site.ts'
import { captureOf } from '../policy/rows/telling.ts'

const folder = temporaryFolder()
let files = 0

function fileOf(content: string | Uint8Array, ending: string): string {
  const path = join(folder, `${++files}.${ending}`)
  writeFileSync(path, content)
  return path
}

/** A capture of what the sentences tell, without the two strangers at its end. */
function capture(...sentences: readonly string[]): string {
  const { packets, epochSeconds } = captureOf(sentences)
  return fileOf(pcapOf(packets.slice(0, -2), { epochSeconds }), 'pcap')
}

const written = (more: Partial<FirewallOptions> = {}, site = SITE) =>
  firewall({
    ...{ site: fileOf(site, 'yaml'), rules: 'rules', format: 'csv', output: '-' },
    ...more,
  })

/** Ids of all rows that the table allows something for. */
async function rowsOf(more: Partial<FirewallOptions>): Promise<readonly string[]> {
  const { text } = await written(more)
  const rows = recordsOf(text).flatMap(([action, ids = '']) =>
    action === 'allow' ? ids.split(' ') : [],
  )
  return [...new Set(rows)]
}

describe('without a capture', () => {
  test('every row is written that has a host at both ends', async () => {
    expect(await rowsOf({})).toHaveLength(57)
  })

  test('and those are named that have none', async () => {
    const { told } = await written({}, SITE.replace(/.*name: (sql|exchange),.*\n/g, ''))
    expect(told).toContain('In force, but nobody stands at one end: O-01, O-02')
  })

  test('5003 is open both ways where its direction is learned, and that is said', async () => {
    const { told } = await written({ format: 'nftables' })
    expect(told).toEqual([])
    const { text } = await written({ format: 'nftables' })
    expect(text).toContain(
      '# 5003 is open both ways where its direction is learned: web-int, web-users, web-dmz\n',
    )
  })

  test('--all-rows and --sensor are refused, for they speak of captures', async () => {
    await expect(written({ allRows: true })).rejects.toThrow(UsageError)
    await expect(written({ sensor: 'core-span' })).rejects.toThrow(/name some with --on/)
  })
})

describe('with a capture', () => {
  const allowed = ['admin -> app tcp/22 ssh', 'web-dmz -> app tcp/61004 filtered']

  test('rows are written of which an allowed flow was seen, be it stopped, and their twins', async () => {
    expect(await rowsOf({ on: [capture(...allowed)] })).toEqual(['I-01', 'I-12', 'O-10'])
  })

  test('a flow that is not allowed brings no row', async () => {
    expect(await rowsOf({ on: [capture('enduser -> app tcp/22 established')] })).toEqual([])
  })

  test('--all-rows writes the others too', async () => {
    expect(await rowsOf({ on: [capture(...allowed)], allRows: true })).toHaveLength(57)
  })

  test('nothing is broken where every answered flow is allowed', async () => {
    const { told } = await written({ format: 'asa', on: [capture(...allowed)] })
    expect(told).toEqual([
      'Every flow that was answered in the captures is allowed by these rules.',
    ])
  })

  test('an answer to what is allowed the other way breaks nothing', async () => {
    const { told } = await written({
      format: 'asa',
      on: [capture('app -> admin tcp/45000 midstream from 22')],
    })
    expect(told[0]).toMatch(/^Every flow/)
  })

  test('what would be broken is told by verdict, pair and service, what is allowed first', async () => {
    const on = [
      capture(
        ...['enduser -> app tcp/22 established', 'enduser -> app tcp/22 established'],
        'app-b -> app tcp/22 established',
        'audio -> phone udp/30000 established from 9000',
        'stranger-private -> enduser tcp/445 established',
        'enduser -> webex tcp/8443 established',
        'enduser -> app tcp/23 refused',
      ),
    ]
    const { text, told } = await written({ format: 'nftables', on, allRows: true })
    const lines = told.map(line => line.replace(/ +/g, ' '))
    expect(lines).toEqual([
      'These rules would break 6 flows that got an answer in the captures,',
      '1 of which the policy does not speak of:',
      'flows verdict source destination service why',
      '1 permitted_unverified I-01 app-b app tcp/22 source is in no list',
      '1 permitted_unverified O-13 audio phone@user-net udp/30000 sent from another port',
      '1 permitted_unverified W-01 enduser-int@user-net webex@cloud tcp/8443 port is in no row',
      '2 escaped:over_exposed I-01 enduser-int@user-net app tcp/22',
      '1 out_of_scope unknown@unknown-private enduser-int@user-net tcp/445',
    ])
    expect(text.trimEnd().split('\n').slice(-told.length)).toEqual(
      told.map(line => `# ${line}`.trimEnd()),
    )
  })

  test('an accepted deviation is closed, and told with its exception', async () => {
    const site = `${SITE}exceptions:
  - {id: EX-1, row: unlisted, from: app, to: external, l4: tcp/514, owner: noc, reason: log, expires: 2027-01-31}
`
    const on = [capture('app -> external tcp/514 established')]
    const { told } = await written({ on }, site)
    expect(told.at(-1)).toMatch(
      /^1 +excepted unlisted +app +external@internet +tcp\/514 +exception EX-1$/,
    )
  })

  test('a capture that is none is refused, and one that is cut off is told', async () => {
    await expect(written({ on: [fileOf('no capture', 'pcap')] })).rejects.toThrow(InputError)
    const { packets, epochSeconds } = captureOf(allowed)
    const cut = pcapOf(packets, { epochSeconds }).subarray(0, -5)
    const { told } = await written({ format: 'asa', on: [fileOf(cut, 'pcap')] })
    expect(told[0]).toMatch(/\.pcap: 1 damaged place, of which nothing is known here$/)
  })
})
