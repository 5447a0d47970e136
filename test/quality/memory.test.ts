// Goal: a flow takes no more memory than ARCHITECTURE.md says.

import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { FLOW_BYTES, ORIGIN_BYTES, TCP_BYTES } from '../../src/kernel/layout.ts'
import {
  HOLE_BYTES,
  HOLES_BYTES,
  HOLES_SIDES,
  MEASURED_BYTES,
  MEASURED_SIDES,
  SIDE_BYTES,
  SIDE_HOLES_MAX,
} from '../../src/kernel/measured-layout.ts'

const text = readFileSync('ARCHITECTURE.md', 'utf8').replaceAll('\n', ' ')

test('of the kernel', () => {
  expect(text).toContain(`A flow takes ${FLOW_BYTES + ORIGIN_BYTES + TCP_BYTES} bytes`)
  const whileMissing = `${MEASURED_BYTES} more, and ${HOLES_BYTES.toLocaleString('en-US')} while`
  expect(text).toContain(whileMissing)
})

test('and what it keeps there has room', () => {
  expect(MEASURED_SIDES + 2 * SIDE_BYTES).toBeLessThanOrEqual(MEASURED_BYTES)
  expect(HOLES_SIDES + 2 * SIDE_HOLES_MAX * HOLE_BYTES).toBeLessThanOrEqual(HOLES_BYTES)
})
