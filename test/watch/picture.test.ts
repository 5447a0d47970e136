// Goal: the picture in the README is what a monitor that has played the demo answers now.
// Method: `npm run bless` makes it by playing the demo; so does this test, and compares.

import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { watchedDemo, watchedPicture } from '../../scripts/bless.ts'

test('the picture of what is open is current', { timeout: 60_000 }, async () => {
  const [findings, total] = await watchedDemo()
  expect(readFileSync('fixtures/demo/watch.svg', 'utf8')).toBe(watchedPicture(findings, total))
})
