// What a host of Flux puts around a query and into it, as far as types go.

import type { FluxHost } from '../../dashboards/source/flux.ts'

const SHOWN = 'timeRangeStart: -24h, timeRangeStop: now(), windowPeriod: 5m'
const OPTIONS: Readonly<Record<FluxHost, string>> = {
  grafana: `option v = {${SHOWN}}`,
  influxdb: `option v = {${SHOWN}, site: "all", sensor: "all", severity: "all", resolution: "mpwatch"}`,
}

/** The script as the host runs it. Imports have to come first. */
export function hosted(text: string, host: FluxHost): string {
  const filled = text
    .replaceAll(/\$\{\w+:regex\}/g, '(a|b)')
    .replaceAll(`\${resolution}`, 'mpwatch')
  const imports = filled.match(/^import .*$/gm) ?? []
  return [...imports, OPTIONS[host], filled.replaceAll(/^import .*$/gm, '')].join('\n')
}
