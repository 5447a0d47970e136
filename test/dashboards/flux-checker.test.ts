// That the checker of Flux lets right scripts pass and refuses wrong ones: without this a check that passes says nothing.

import { describe, expect, test } from 'vitest'
import { fluxProblems } from './flux-checker.ts'

const FROM = 'from(bucket: "mpwatch") |> range(start: -1h)'

test('a right script has no problems', async () => {
  expect(await fluxProblems(`${FROM} |> filter(fn: (r) => r._measurement == "mp_flow")`)).toEqual(
    [],
  )
})

describe('a wrong script is refused for', () => {
  const cases: Readonly<Record<string, readonly [script: string, problem: RegExp]>> = {
    'a bracket that is missing': [`${FROM} |> sum(`, /^1:/],
    'a function that nobody knows': [`${FROM} |> nosuchfn()`, /undefined identifier nosuchfn/],
    'a text where a number belongs': [`${FROM} |> limit(n: "10")`, /expected int but found string/],
    'an argument that nobody knows': [`${FROM} |> limit(count: 10)`, /count/],
    'a package that is not imported': [`${FROM}\n    |> monitor.deadman(t: 5m)`, /^2:.*monitor/],
    'a variable that nobody has set': [`from(bucket: nobody) |> range(start: -1h)`, /nobody/],
  }
  for (const [what, [script, problem]] of Object.entries(cases))
    test(what, async () => {
      expect((await fluxProblems(script)).join('\n')).toMatch(problem)
    })
})
