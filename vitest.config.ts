// How the tests are run. They mirror src; one that needs longer than the limit says so itself.

import { defineConfig } from 'vitest/config'

const TEST_MS_MAX = 10_000

export default defineConfig({
  test: { include: ['test/**/*.test.ts'], testTimeout: TEST_MS_MAX },
})
