// Every Flux query of every board has its types right, for both hosts: nothing here can run it (dependencies.md 5).

import { describe, expect, test } from 'vitest'
import { BOARDS } from '../../dashboards/source/boards.ts'
import { type FluxHost, fluxOf } from '../../dashboards/source/flux.ts'
import { fluxProblems } from './flux-checker.ts'

/** What the host defines around a query. */
const SHOWN = 'timeRangeStart: -24h, timeRangeStop: now(), windowPeriod: 5m'
const OPTIONS: Readonly<Record<FluxHost, string>> = {
  grafana: `option v = {${SHOWN}}`,
  influxdb: `option v = {${SHOWN}, site: "all", sensor: "all", severity: "all", resolution: "mpwatch"}`,
}

/** As Grafana fills it in: a regular expression within slashes, a bucket within quotes. */
export const grafanaFilled = (text: string): string =>
  text.replaceAll(/\$\{\w+:regex\}/g, '(a|b)').replaceAll(`\${resolution}`, 'mpwatch')

for (const host of ['grafana', 'influxdb'] as const)
  describe(`in ${host}`, () => {
    for (const { uid, panels } of BOARDS)
      for (const { title, query } of panels)
        test(`${uid}: ${title}`, async () => {
          const text = grafanaFilled(fluxOf(query, host))
          expect(text).not.toContain('${')
          expect(await fluxProblems(`${OPTIONS[host]}\n\n${text}`), text).toEqual([])
        })
  })
