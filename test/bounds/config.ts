// Bounds of the files that say what is right: whatever exceeds them is refused with its place.

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { FlowGroups } from '../../src/commands/policy/flow-groups.ts'
import { loadSite } from '../../src/config/site.ts'
import { GOOD_SITE, problemsOf, temporaryFolder } from '../config/files.ts'
import { type BoundCase, numbersTo } from './case.ts'

export const CONFIG_BOUNDS: Readonly<Record<string, BoundCase>> = {
  'YAML file': (bytes = 0, levels = 0, lexemes = 0) => {
    const comment = `${GOOD_SITE}#`
    expect(complaints(`${comment}${'x'.repeat(bytes - comment.length)}`)).not.toContain('larger')
    expect(complaints('x'.repeat(bytes + 1))).toContain('larger than 1 MiB')
    expect(complaints(`${'['.repeat(levels + 1)}${']'.repeat(levels + 1)}`)).toContain(
      'nested more',
    )
    expect(complaints(`[${'a,'.repeat(lexemes / 2)}]`)).toContain(`more than ${lexemes} words`)
  },

  'one word of a YAML file, one text': (lexeme = 0, text = 0) => {
    expect(complaints(`site: ${'a'.repeat(lexeme + 1)}\n`)).toContain('this text is too long')
    const named = (length: number): string => GOOD_SITE.replace('change 1', 'a'.repeat(length))
    expect(complaints(named(text))).toBe('')
    expect(complaints(named(text + 1))).not.toBe('')
  },

  'entries of a list': (max = 0) => {
    const entries = numbersTo(max + 1).map(number => `10.0.${number >> 8}.${number & 255}/32`)
    const listed = (count: number): string =>
      GOOD_SITE.replace('198.51.100.0/24', entries.slice(0, count).join(','))
    expect(complaints(listed(max))).toBe('')
    expect(complaints(listed(max + 1))).not.toBe('')
  },

  'groups of flows that policy commands tell apart': (max = 0) => {
    const groups = new FlowGroups<readonly [string]>()
    for (const number of numbersTo(max)) groups.add([`${number}`])
    groups.add(['one too many'])
    groups.add(['0'])
    expect(groups.groups).toHaveLength(max)
    expect([groups.beyond, groups.flows]).toEqual([1, max + 2])
    expect(groups.groups.find(({ key }) => key[0] === '0')?.flows).toBe(2)
  },

  'problems told': (max = 0, refused = 0) => {
    const keys = numbersTo(max + 1).map(number => `key-${number}: 1`)
    expect(told(keys.join('\n')).length).toBe(max + 1)
    expect(told(keys.join('\n')).at(-1)).toMatch(/^… and \d+ more problems$/)
    expect(told(`[${'*a, '.repeat(refused + 1)}]`)).toHaveLength(refused)
  },
}

const folder = temporaryFolder()

/** What the loader says of a site file of this content. */
function told(content: string): readonly string[] {
  const path = join(folder, 'bound.yaml')
  writeFileSync(path, content)
  return problemsOf(() => loadSite(path)).map(({ message }) => message)
}

const complaints = (content: string): string => told(content).join('\n')
