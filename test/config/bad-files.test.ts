// Goal: whatever is wrong with a file is told at its line and column, with what would be right (F32).
// Method: each case of bad-files.ts changes one place of a small good file.

import { describe, expect, test } from 'vitest'
import { loadPolicy } from '../../src/config/policy.ts'
import { loadSite } from '../../src/config/site.ts'
import { BAD_POLICY, BAD_PRACTICE, BAD_SITE, BAD_WEBEX, type BadFile } from './bad-files.ts'
import {
  GOOD_POLICY,
  GOOD_PRACTICE,
  GOOD_SITE,
  GOOD_WEBEX,
  problemsOf,
  sentencesOf,
  temporaryFolder,
  writePolicy,
  writeSite,
} from './files.ts'

const folder = temporaryFolder()

/** The good text with one place changed; the place must be there, and differ. */
function spoil(good: string, [before, after]: BadFile): string {
  expect(good).toContain(before)
  return good.replace(before, () => after)
}

const policyFiles = {
  'policy.yaml': [GOOD_POLICY, BAD_POLICY],
  'webex-ranges.yaml': [GOOD_WEBEX, BAD_WEBEX],
  'practice.yaml': [GOOD_PRACTICE, BAD_PRACTICE],
} as const

for (const [name, [good, cases]] of Object.entries(policyFiles))
  describe(`${name} with`, () => {
    for (const [what, spoilt] of Object.entries(cases))
      test(`${what} is refused`, () => {
        const rules = writePolicy(folder, { [name]: spoil(good, spoilt) })
        const problems = problemsOf(() => loadPolicy(rules))
        expect(sentencesOf(problems)).toEqual(spoilt.slice(2))
      })
  })

describe('a site file with', () => {
  for (const [what, spoilt] of Object.entries(BAD_SITE))
    test(`${what} is refused`, () => {
      const path = writeSite(folder, spoil(GOOD_SITE, spoilt))
      const problems = problemsOf(() => loadSite(path))
      expect(sentencesOf(problems)).toEqual(spoilt.slice(2))
    })
})
