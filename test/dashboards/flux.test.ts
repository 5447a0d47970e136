// All Flux that is committed has its types right: of Grafana's boards, their variables and annotations, and of the template
// of InfluxDB 2 with its boards, variables and checks. Nothing here can run it (dependencies.md 5).

import { describe, expect, test } from 'vitest'
import { ANNOTATIONS } from '../../dashboards/source/annotations.ts'
import { BOARDS } from '../../dashboards/source/boards.ts'
import { CHECKS } from '../../dashboards/source/checks.ts'
import { type FluxHost, fluxOf } from '../../dashboards/source/flux.ts'
import { annotationOf, variablesOf } from '../../dashboards/source/grafana-queries.ts'
import { wordsOf } from '../../dashboards/source/influxdb-template.ts'
import { fluxProblems } from './flux-checker.ts'
import { hosted } from './shown.ts'

const isRight = async (text: string, host: FluxHost): Promise<void> => {
  const script = hosted(text, host)
  expect(script.includes('${') && host === 'grafana', script).toBe(false)
  expect(await fluxProblems(script), script).toEqual([])
}

for (const host of ['grafana', 'influxdb'] as const)
  describe(`in ${host}`, () => {
    for (const { uid, panels } of BOARDS)
      for (const { title, query } of panels)
        test(`${uid}: ${title}`, () => isRight(fluxOf(query, host), host))
  })

describe('around the panels of Grafana', () => {
  for (const annotation of ANNOTATIONS)
    test(annotation.name, async () => {
      const { target } = annotationOf(annotation, 'flux').build()
      await isRight(queryOf(target), 'grafana')
    })

  const asked = BOARDS.flatMap(board => variablesOf(board, 'flux').map(one => one.build())).filter(
    ({ type }) => type === 'query',
  )
  test('each board asks for its sites and sensors', () => {
    expect(asked).toHaveLength(2 * BOARDS.length)
  })
  for (const { name, query } of asked.slice(0, 2))
    test(`variable ${name}`, () => isRight(queryOf(query), 'grafana'))
})

describe('in the template of InfluxDB 2', () => {
  for (const tag of ['site', 'sensor'] as const)
    test(`variable ${tag}`, () => isRight(wordsOf(tag), 'influxdb'))
  for (const { name, query } of CHECKS) test(`check ${name}`, () => isRight(query, 'influxdb'))
})

function queryOf(target: unknown): string {
  if (typeof target !== 'object' || target === null || !('query' in target))
    throw new Error('it asks nothing')
  return String(target.query)
}
