// Where Grafana's boards have their rows from: targets of panels, variables and annotations, in either language.

import type { Builder, Dataquery } from '@grafana/grafana-foundation-sdk/cog'
import {
  AnnotationQueryBuilder,
  CustomVariableBuilder,
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  type VariableModel,
  VariableRefresh,
  VariableSort,
} from '@grafana/grafana-foundation-sdk/dashboard'
import { SEVERITIES } from '../../src/model/finding.ts'
import type { Annotation } from './annotations.ts'
import { BUCKET, fluxOf, fluxTagValues } from './flux.ts'
import { influxqlOf, influxqlTagValues } from './influxql.ts'
import type { Board, Panel } from './panel.ts'

export type Language = 'influxql' | 'flux'

/** Chosen on the board, so that no board knows the identity of a data source. */
export const SOURCE = { type: 'influxdb', uid: `\${datasource}` } as const

const ALL = { text: 'All', value: '$__all' }

/** The targets of a panel: one, but for what InfluxQL counts word by word. */
export function targetsOf(
  { query, kind }: Panel,
  language: Language,
): readonly Builder<Dataquery>[] {
  if (language === 'flux') return [target({ refId: 'A', query: fluxOf(query, 'grafana') })]
  const isSeries = kind === 'lines' || kind === 'bars' || kind === 'states'
  const by = query.kind === 'totals' ? query.by : []
  return influxqlOf(query).map(({ text, alias }, index) =>
    target({
      ...{ refId: String.fromCharCode(65 + index), query: text, rawQuery: true },
      resultFormat: isSeries ? 'time_series' : 'table',
      alias: alias ?? (by.length === 0 ? '$col' : by.map(tag => `$tag_${tag}`).join(' ')),
    }),
  )
}

const target = (fields: object): Builder<Dataquery> => ({
  build: () => ({ datasource: SOURCE, ...fields, _implementsDataqueryVariant() {} }),
})

/** Data source, site, sensors, how fine; and severities where people choose them. */
export function variablesOf(
  { hasSeverity }: Board,
  language: Language,
): readonly Builder<VariableModel>[] {
  const name = language === 'influxql' ? 'InfluxDB (InfluxQL)' : 'InfluxDB (Flux)'
  return [
    new DatasourceVariableBuilder('datasource').label(name).type('influxdb'),
    tagVariable('site', 'Site', language),
    tagVariable('sensor', 'Sensor', language),
    resolution(language),
    ...(hasSeverity ? [severity()] : []),
  ]
}

function tagVariable(tag: 'site' | 'sensor', label: string, language: Language) {
  const isSensor = tag === 'sensor'
  const query =
    language === 'influxql'
      ? influxqlTagValues('mp_sensor', tag, isSensor)
      : fluxTagValues('mp_sensor', tag, isSensor ? `r.site =~ /^\${site:regex}$/` : null)
  const builder = new QueryVariableBuilder(tag)
    .label(label)
    .datasource(SOURCE)
    .query(language === 'influxql' ? query : { query })
    .definition(query)
    .refresh(VariableRefresh.OnDashboardLoad)
    .sort(VariableSort.AlphabeticalAsc)
    .multi(true)
    .includeAll(true)
    .allValue('.*')
    .current(ALL)
  // What all interfaces have together bears the name `all`, and is no sensor.
  return isSensor ? builder.regex('/^(?!all$).*/') : builder
}

function resolution(language: Language): CustomVariableBuilder {
  const [raw, long] = language === 'influxql' ? ['raw', 'long'] : [BUCKET, `${BUCKET}_long`]
  return new CustomVariableBuilder('resolution')
    .label('Resolution')
    .description('As measured, or by ten minutes, which is kept for longer')
    .values(`raw : ${raw},10 min : ${long}`)
    .current({ text: 'raw', value: raw })
    .multi(false)
    .includeAll(false)
}

const severity = (): CustomVariableBuilder =>
  new CustomVariableBuilder('severity')
    .label('Severity')
    .values(SEVERITIES.join(','))
    .current(ALL)
    .multi(true)
    .includeAll(true)
    .allValue('.*')

/** An annotation by a query; `mappings` are not needed, since Flux names its columns as Grafana expects them. */
export function annotationOf(
  { name, colour, query, text, ends, tags, step }: Annotation,
  language: Language,
): AnnotationQueryBuilder {
  const influxql = {
    ...{ query: influxqlOf(query)[0]?.text ?? '', rawQuery: true, resultFormat: 'table' },
    ...{ queryType: 'tags', fromAnnotations: true, titleColumn: '' },
    ...{ textColumn: text, timeEndColumn: ends ?? '', tagsColumn: tags },
  }
  const flux = { query: `${fluxOf(query, 'grafana')}\n    |> ${step}` }
  return new AnnotationQueryBuilder()
    .name(name)
    .datasource(SOURCE)
    .enable(true)
    .hide(false)
    .iconColor(colour)
    .target(target({ refId: 'Anno', name, ...(language === 'influxql' ? influxql : flux) }))
}
