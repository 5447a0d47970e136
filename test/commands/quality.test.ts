// Goal: `mpwatch quality` tells of an office day what was planted in it, and every output is as its schema says.
// Truth: fixtures/day, where web-dmz-2 takes 140 ms to app-b twelve times within a minute and is near else.

import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { officeDay } from '../../fixtures/day/day.ts'
import { qualityPicture } from '../../scripts/bless.ts'
import type { Result } from '../../src/model/result.ts'
import { complaints } from '../support/schemas.ts'

const LONG_MS = 60_000
const OFFICE = 'fixtures/demo/office.pcap'
const OFFICE_SITE = 'fixtures/demo/site.yaml'
const DAY_SITE = 'fixtures/day/site.yaml'

const folder = mkdtempSync(join(tmpdir(), 'mpwatch-quality-'))
afterAll(() => rmSync(folder, { recursive: true }))
const inFolder = (name: string): string => join(folder, name)

interface Run {
  readonly code: number | null
  readonly text: string
  readonly complaint: string
  readonly result: Result | null
  readonly lines: readonly Line[]
}

interface Line {
  readonly event_type: string
  readonly flow_id: number
  readonly quality: { readonly kind: string }
  readonly mp: Readonly<Record<'src' | 'dst', { readonly role?: string }>>
}

const runs = new Map<string, Run>()

/** What a command does; of the same words it is done once. */
function mpwatch(...args: readonly string[]): Run {
  const words = args.join(' ')
  const run = runs.get(words) ?? runOf(args)
  runs.set(words, run)
  return run
}

function runOf(args: readonly string[]): Run {
  const [json, eve] = [inFolder('result.json'), inFolder('eve.json')]
  for (const file of [json, eve]) rmSync(file, { force: true })
  const argv = ['--import', 'tsx', 'src/main.ts', ...args, '--json', json, '--eve', eve]
  const { status, stdout, stderr } = spawnSync(process.execPath, argv, { encoding: 'utf8' })
  return {
    ...{ code: status, text: stdout, complaint: stderr },
    result: existsSync(json) ? (JSON.parse(readFileSync(json, 'utf8')) as Result) : null,
    lines: existsSync(eve) ? readFileSync(eve, 'utf8').trimEnd().split('\n').flatMap(lineOf) : [],
  }
}

const lineOf = (text: string): Line[] => (text === '' ? [] : [JSON.parse(text) as Line])

const measuredOf = ({ lines }: Run) => lines.filter(({ event_type: type }) => type === 'quality')

describe('an office day with a slow link', () => {
  const day = inFolder('day.pcap')
  const told = () => mpwatch('quality', day, '--site', DAY_SITE).result
  beforeAll(() => writeFileSync(day, officeDay(['slowLink']).pcap()), LONG_MS)

  test(
    'the slow pair comes first, and so many round trips were above the limit',
    () => {
      const result = told()
      expect(complaints('result', result)).toEqual([])
      const [first, ...others] = result?.quality?.pairs ?? []
      expect([first?.a, first?.b, first?.limits?.rtt_ms]).toEqual(['app-vip', 'web-dmz-2', 100])
      expect(first?.round_trip).toMatchObject({ over: 12, max_ms: 140, is_above_limit: true })
      expect(others.filter(pair => pair.round_trip.is_above_limit)).toEqual([])
    },
    LONG_MS,
  )

  test(
    'the picture in the README is of this very day',
    () => {
      const result = told()
      if (result === null) throw new Error('no result')
      expect(readFileSync('fixtures/day/quality.svg', 'utf8')).toBe(qualityPicture(result))
    },
    LONG_MS,
  )
})

describe('the office morning', () => {
  const quality = () => mpwatch('quality', OFFICE, '--site', OFFICE_SITE)
  const audit = () => mpwatch('audit', OFFICE, '--site', OFFICE_SITE)
  const flows = () => mpwatch('flows', OFFICE)

  test(
    'ends with 0, whether or not the site is known',
    () => {
      const { code, text, complaint } = quality()
      expect([code, complaint]).toEqual([0, ''])
      expect(text).toMatch(
        /^All 4 pairs that have limits were within them, as far as was measured\./,
      )
      expect(text).not.toContain('\u001b')
      expect(mpwatch('quality', OFFICE).code).toBe(0)
    },
    LONG_MS,
  )

  test(
    'an audit has the same numbers for the same pairs, and a flow count has none',
    () => {
      expect(audit().result?.quality).toEqual(quality().result?.quality)
      expect(audit().text).toContain('\nQuality, in short\n')
      expect(flows().result?.quality).toBeNull()
    },
    LONG_MS,
  )

  test(
    'events tell what was measured, and every line fits its schema',
    () => {
      for (const run of [flows(), audit(), quality()]) {
        expect(run.lines.flatMap(line => complaints('eve', line))).toEqual([])
        const kinds = measuredOf(run).map(line => line.quality.kind)
        expect(kinds).toEqual(expect.arrayContaining(['rtp', 'tcp']))
        const known = run.lines.filter(({ event_type: type }) => type === 'flow')
        const ids = new Set(known.map(line => line.flow_id))
        expect(measuredOf(run).filter(line => !ids.has(line.flow_id))).toEqual([])
      }
    },
    LONG_MS,
  )

  test(
    'of a site each end says who it is',
    () => {
      for (const { mp } of measuredOf(audit()))
        expect([mp.src.role, mp.dst.role]).not.toContain(undefined)
    },
    LONG_MS,
  )

  test(
    '--no-quality measures nothing',
    () => {
      for (const args of [
        ['audit', OFFICE, '--site', OFFICE_SITE],
        ['flows', OFFICE],
      ]) {
        const run = mpwatch(...args, '--no-quality')
        expect(run.result?.quality).toBeNull()
        expect(run.lines.map(line => line.event_type)).toContain('flow')
        expect(measuredOf(run)).toEqual([])
      }
    },
    LONG_MS,
  )
})

test(
  'a sensor that the site does not have is refused, and no capture is a fault of the input',
  () => {
    const unknown = mpwatch('quality', OFFICE, '--site', OFFICE_SITE, '--sensor', 'nowhere')
    expect([unknown.code, unknown.text]).toEqual([2, ''])
    expect(mpwatch('quality', inFolder('none.pcap')).code).toBe(3)
  },
  LONG_MS,
)
