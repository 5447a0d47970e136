// One panel as Grafana's JSON: which of its panels shows what, with units, limits, and what stands there when it is empty.

import { PanelBuilder as BarGauge } from '@grafana/grafana-foundation-sdk/bargauge'
import type { Builder } from '@grafana/grafana-foundation-sdk/cog'
import * as common from '@grafana/grafana-foundation-sdk/common'
import * as sdk from '@grafana/grafana-foundation-sdk/dashboard'
import { PanelBuilder as Stat } from '@grafana/grafana-foundation-sdk/stat'
import { PanelBuilder as StateTimeline } from '@grafana/grafana-foundation-sdk/statetimeline'
import { PanelBuilder as Table } from '@grafana/grafana-foundation-sdk/table'
import { PanelBuilder as TimeSeries } from '@grafana/grafana-foundation-sdk/timeseries'
import { type Language, SOURCE, targetsOf } from './grafana-queries.ts'
import type { Limit, Panel, PanelKind, Unit } from './panel.ts'
import { columnsOf, fluxTransformationsOf, transformationsOf } from './transformations.ts'
import { titleOf, unitOf } from './words.ts'

type PanelBuilder = Stat | TimeSeries | StateTimeline | BarGauge | Table

const UNITS: Readonly<Record<Unit, string>> = {
  ...{
    none: 'none',
    count: 'short',
    ms: 'ms',
    s: 's',
    percent: 'percent',
    perSecond: 'pps',
    bytes: 'bytes',
  },
}
/** Words of severity and state, in the colours of Grafana's palette, which has them for light and dark. */
const COLOURS: Readonly<Record<string, string>> = {
  ...{ critical: 'dark-red', high: 'orange', medium: 'yellow', low: 'text', info: 'text' },
  ...{ violated: 'dark-red', kept: 'text', absent: 'text', unobservable: 'purple' },
  ...{ declared: 'text', conflict: 'dark-red', blocked: 'orange', normal: 'text', reverse: 'blue' },
}
/** A longer silence than this breaks a line: what was not seen is not drawn. */
const SILENCE_MS = 3_600_000

export function grafanaPanel(
  panel: Panel & { readonly x: number; readonly y: number },
  id: number,
  language: Language,
): Builder<sdk.Panel> {
  const { title, says, query, limit, width: w, height: h, x, y } = panel
  const transformations =
    language === 'influxql' ? transformationsOf(query) : fluxTransformationsOf(query)
  const builder = BUILDERS[panel.kind](panel)
    .id(id)
    .title(title)
    .description(says)
    .datasource(SOURCE)
    .gridPos({ x, y, w, h })
    // Of a table each column has its own.
    .unit(UNITS[panel.kind === 'table' ? 'count' : panel.unit])
    .noValue(panel.empty)
    .thresholds(thresholds(limit))
    .targets([...targetsOf(panel, language)])
    .transformations(transformations.map(({ id, options }) => ({ id, options })))
  for (const [word, colour] of Object.entries(COLOURS))
    if (panel.kind === 'bars' || panel.kind === 'stat')
      builder.overrideByName(word, [{ id: 'color', value: { mode: 'fixed', fixedColor: colour } }])
  return builder
}

const BUILDERS: Readonly<Record<PanelKind, (panel: Panel) => PanelBuilder>> = {
  stat: ({ query }) =>
    new Stat()
      .graphMode(common.BigValueGraphMode.None)
      .colorMode(common.BigValueColorMode.Value)
      .textMode(
        query.kind === 'totals'
          ? common.BigValueTextMode.Value
          : common.BigValueTextMode.ValueAndName,
      )
      .reduceOptions(new common.ReduceDataOptionsBuilder().calcs(['lastNotNull']).values(false)),
  lines: panel =>
    timeSeries(panel).drawStyle(common.GraphDrawStyle.Line).lineWidth(1).spanNulls(false),
  bars: panel =>
    timeSeries(panel)
      .drawStyle(common.GraphDrawStyle.Bars)
      .fillOpacity(80)
      .lineWidth(0)
      .stacking(new common.StackingConfigBuilder().mode(common.StackingMode.Normal)),
  states: () => new StateTimeline().mergeValues(true).mappings(wordColours()),
  ranks: () =>
    new BarGauge()
      .orientation(common.VizOrientation.Horizontal)
      .displayMode(common.BarGaugeDisplayMode.Basic)
      .reduceOptions(new common.ReduceDataOptionsBuilder().calcs(['lastNotNull']).values(true)),
  table: panel => table(panel),
}

function timeSeries({ limit, isSigned }: Panel): TimeSeries {
  const builder = new TimeSeries()
    .showPoints(common.VisibilityMode.Auto)
    .insertNulls(SILENCE_MS)
    .axisSoftMax(limit === undefined ? 1 : limit.value * 1.2)
    .legend(
      new common.VizLegendOptionsBuilder()
        .displayMode(common.LegendDisplayMode.List)
        .placement(common.LegendPlacement.Bottom)
        .showLegend(true),
    )
    .tooltip(new common.VizTooltipOptionsBuilder().mode(common.TooltipDisplayMode.Multi))
    .thresholdsStyle(
      new common.GraphThresholdsStyleConfigBuilder().mode(
        limit === undefined
          ? common.GraphThresholdsStyleMode.Off
          : common.GraphThresholdsStyleMode.Dashed,
      ),
    )
  return isSigned ? builder : builder.min(0)
}

/** Each column in its own unit; severities, and what is over the limit, in colour. */
function table({ query, unit, limit }: Panel): Table {
  const builder = new Table().cellHeight(common.TableCellHeight.Sm)
  for (const column of columnsOf(query)) {
    const own = unitOf(column)
    const isLimited = limit !== undefined && own === unit
    const properties = [
      ...(own === 'count' ? [] : [{ id: 'unit', value: UNITS[own] }]),
      ...(isLimited ? [{ id: 'custom.cellOptions', value: { type: 'color-text' } }] : []),
      ...(column === 'severity'
        ? [
            { id: 'mappings', value: wordColours() },
            { id: 'custom.cellOptions', value: { type: 'color-text' } },
          ]
        : []),
    ]
    if (properties.length > 0) builder.overrideByName(titleOf(column), properties)
  }
  return builder
}

const wordColours = (): sdk.ValueMapping[] => [
  {
    type: sdk.MappingType.ValueToText,
    options: Object.fromEntries(
      Object.entries(COLOURS).map(([word, color], index) => [word, { color, index }]),
    ),
  },
]

/** What is within its limit has no colour: colour means that somebody should look. */
const thresholds = (limit: Limit | undefined): sdk.ThresholdsConfigBuilder =>
  new sdk.ThresholdsConfigBuilder()
    .mode(sdk.ThresholdsMode.Absolute)
    .steps([
      { value: null, color: 'text' },
      ...(limit === undefined ? [] : [{ value: limit.value, color: 'red' }]),
    ])
