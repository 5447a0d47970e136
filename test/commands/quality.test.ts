// Goal: `mpwatch quality` tells of an office day what was planted in it, and every output is as its schema says.
// Truth: fixtures/day, where web-dmz-2 takes 140 ms to app-b twelve times within a minute and is near else.

import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { officeDay } from '../../fixtures/day/day.ts'
import { qualityPicture } from '../../scripts/bless.ts'
import type { ReportedQuality } from '../../src/model/reported-quality.ts'
import type { Result } from '../../src/model/result.ts'
import { complaints } from '../support/schemas.ts'

const LONG_MS = 60_000
const OFFICE = 'fixtures/demo/office.pcap'
const OFFICE_SITE = 'fixtures/demo/site.yaml'
const DAY_SITE = 'fixtures/day/site.yaml'

const folder = mkdtempSync(join(tmpdir(), 'mpwatch-quality-'))
afterAll(() => rmSync(folder, { recursive: true }))
const inFolder = (name: string): string => join(folder, name)

function mpwatch(...args: readonly string[]) {
  const argv = ['--import', 'tsx', 'src/main.ts', ...args]
  const { status, stdout, stderr } = spawnSync(process.execPath, argv, { encoding: 'utf8' })
  return { code: status, text: stdout, complaint: stderr }
}

function resultOf(...args: readonly string[]): Result {
  const file = inFolder('result.json')
  mpwatch(...args, '--quiet', '--json', file)
  return JSON.parse(readFileSync(file, 'utf8')) as Result
}

function qualityOf(...args: readonly string[]): ReportedQuality {
  const { quality } = resultOf(...args)
  if (quality === null) throw new Error('nothing was measured')
  return quality
}

function linesOf(...args: readonly string[]) {
  const file = inFolder('eve.json')
  mpwatch(...args, '--quiet', '--eve', file)
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n')
  return lines.map(line => JSON.parse(line))
}

describe('an office day with a slow link', () => {
  const day = inFolder('day.pcap')
  beforeAll(() => writeFileSync(day, officeDay(['slowLink']).pcap()), LONG_MS)

  test(
    'the slow pair comes first, and so many round trips were above the limit',
    () => {
      const result = resultOf('quality', day, '--site', DAY_SITE)
      expect(complaints('result', result)).toEqual([])
      const [first, ...others] = result.quality?.pairs ?? []
      expect([first?.a, first?.b, first?.limits?.rtt_ms]).toEqual(['app-vip', 'web-dmz-2', 100])
      expect(first?.round_trip).toMatchObject({ over: 12, max_ms: 140, is_above_limit: true })
      expect(others.filter(pair => pair.round_trip.is_above_limit)).toEqual([])
    },
    LONG_MS,
  )

  test(
    'the picture in the README is of this very day',
    () => {
      const result = resultOf('quality', day, '--site', DAY_SITE)
      expect(readFileSync('fixtures/day/quality.svg', 'utf8')).toBe(qualityPicture(result))
    },
    LONG_MS,
  )
})

describe('the office morning', () => {
  test(
    'ends with 0, whether or not the site is known',
    () => {
      const { code, text, complaint } = mpwatch('quality', OFFICE, '--site', OFFICE_SITE)
      expect([code, complaint]).toEqual([0, ''])
      expect(text).toMatch(
        /^All 4 pairs that have limits were within them, as far as was measured\./,
      )
      expect(mpwatch('quality', OFFICE).code).toBe(0)
    },
    LONG_MS,
  )

  test(
    'an audit has the same numbers for the same pairs, and flows have none in their result',
    () => {
      const audit = qualityOf('audit', OFFICE, '--site', OFFICE_SITE)
      const own = qualityOf('quality', OFFICE, '--site', OFFICE_SITE)
      expect(audit).toEqual(own)
      expect(resultOf('flows', OFFICE).quality).toBeNull()
    },
    LONG_MS,
  )

  test(
    'events tell what was measured of both sides, and every line fits its schema',
    () => {
      const lines = linesOf('flows', OFFICE)
      expect(lines.flatMap(line => complaints('eve', line))).toEqual([])
      const quality = lines.filter(({ event_type: type }) => type === 'quality')
      const kinds = new Set(quality.map(({ quality: { kind } }) => kind))
      expect([...kinds].toSorted()).toEqual(expect.arrayContaining(['rtp', 'tcp']))
      const flowIds = new Set(
        lines.flatMap(line => (line.event_type === 'flow' ? [line.flow_id] : [])),
      )
      expect(quality.filter(line => !flowIds.has(line.flow_id))).toEqual([])
    },
    LONG_MS,
  )

  test(
    'of a site each end says who it is',
    () => {
      const lines = linesOf('audit', OFFICE, '--site', OFFICE_SITE)
      const quality = lines.filter(({ event_type: type }) => type === 'quality')
      expect(quality.length).toBeGreaterThan(0)
      for (const { mp } of quality) expect([mp.src.role, mp.dst.role]).not.toContain(undefined)
    },
    LONG_MS,
  )

  test(
    '--no-quality measures nothing',
    () => {
      expect(resultOf('audit', OFFICE, '--site', OFFICE_SITE, '--no-quality').quality).toBeNull()
      for (const args of [
        ['audit', OFFICE, '--site', OFFICE_SITE],
        ['flows', OFFICE],
      ]) {
        const types = linesOf(...args, '--no-quality').map(line => line.event_type)
        expect(types).toContain('flow')
        expect(types).not.toContain('quality')
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

test(
  'NO_COLOR and pipes get plain text',
  () => {
    expect(mpwatch('quality', OFFICE).text).not.toContain('\u001b')
  },
  LONG_MS,
)
