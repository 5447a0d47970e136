// A board as Grafana's JSON, by its own builders; for InfluxQL or for Flux. They know no InfluxDB, so its targets are ours.

import * as sdk from '@grafana/grafana-foundation-sdk/dashboard'
import { DashboardBuilder, DashboardLinkBuilder } from '@grafana/grafana-foundation-sdk/dashboard'
import { ANNOTATIONS } from './annotations.ts'
import { grafanaPanel } from './grafana-panel.ts'
import { annotationOf, type Language, variablesOf } from './grafana-queries.ts'
import { type Board, placed } from './panel.ts'

const TAG = 'mpwatch'

/** The board as text that can be imported, and provisioned, as it is. */
export function grafanaBoard(board: Board, language: Language): string {
  const builder = new DashboardBuilder(board.title)
    .uid(board.uid)
    .description(board.says)
    .tags([TAG, 'meetingplace'])
    .timezone('utc')
    .time({ from: 'now-24h', to: 'now' })
    .refresh('1m')
    .tooltip(sdk.DashboardCursorSync.Crosshair)
    .editable()
    .version(1)
  for (const variable of variablesOf(board, language)) builder.withVariable(variable)
  for (const annotation of ANNOTATIONS) builder.annotation(annotationOf(annotation, language))
  builder.link(otherBoards())
  placed(board.panels).forEach((panel, index) => {
    builder.withPanel(grafanaPanel(panel, index + 1, language))
  })
  return `${JSON.stringify(withoutId(builder.build()), null, 2)}\n`
}

/** Keeps what is chosen and the time that is shown. */
const otherBoards = (): DashboardLinkBuilder =>
  new DashboardLinkBuilder('Boards')
    .type(sdk.DashboardLinkType.Dashboards)
    .tags([TAG])
    .asDropdown(false)
    .includeVars(true)
    .keepTime(true)

/** Numbers that one Grafana has given are another's wrong ones. */
const withoutId = ({ id: _, ...rest }: sdk.Dashboard): object => rest
