// How the tests are run. They mirror src; one that needs longer than the limit says so itself. Two files at a time,
// since many of them wait for wires and processes; those that hold a limit on time or memory have the machine alone.

import { configDefaults, defineConfig } from 'vitest/config'

const TEST_MS_MAX = 30_000
const ALONE = ['test/fuzz.test.ts', 'test/kernel/allocation.test.ts', 'test/quality/memory.test.ts']

export default defineConfig({
  test: {
    testTimeout: TEST_MS_MAX,
    projects: [
      {
        extends: true,
        test: {
          name: 'together',
          include: ['test/**/*.test.ts'],
          exclude: [...configDefaults.exclude, ...ALONE],
          maxWorkers: 2,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: { name: 'alone', include: ALONE, maxWorkers: 1, sequence: { groupOrder: 1 } },
      },
    ],
  },
})
