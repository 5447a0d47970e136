// Pictures of the boards, drawn from what a real InfluxDB answered, and what of two of them must be the same.

import { ANNOTATIONS } from '../../dashboards/source/annotations.ts'
import type { Row } from '../../dashboards/source/answer.ts'
import type { Board } from '../../dashboards/source/panel.ts'
import { boardPicture } from '../../dashboards/source/picture/board.ts'
import type { Mark } from '../../dashboards/source/picture/chart.ts'
import type { Query } from '../../dashboards/source/query.ts'
import { rowsFrom } from './ask.ts'
import { DATABASE, type Filled, SHOWN } from './filled.ts'

/** Told at moments that follow from how fast the capture was read, which is another on every computer. */
const BY_PACE: ReadonlySet<string> = new Set(['mp_sensor', 'mp_coverage', 'mp_violation'])
const MARKS = /<g class="marks">.*?<\/g>/g

export async function pictureOf(board: Board, { influxd }: Filled): Promise<string> {
  const [rows, marks]: [(readonly Row[])[], Mark[]] = [[], []]
  for (const { query } of board.panels) rows.push(await rowsFrom(influxd, DATABASE, query, SHOWN))
  for (const { query } of ANNOTATIONS)
    marks.push(...(await rowsFrom(influxd, DATABASE, query, SHOWN)).map(row => markOf(query, row)))
  return boardPicture(board, { rows, marks, shown: SHOWN })
}

/** The drawings of panels that are the same wherever the day is played: a line of the file each. */
export function steadyPanels(board: Board, picture: string): readonly string[] {
  const panels = picture.split('\n').filter(line => line.startsWith('<g><title>'))
  return panels
    .filter((_, index) => !BY_PACE.has(board.panels[index]?.query.measurement ?? ''))
    .map(line => line.replaceAll(MARKS, ''))
}

/** A time in which nobody saw lasts until its end, or until now; anything else is a moment. */
function markOf({ measurement }: Query, row: Row): Mark {
  const fromMs = Date.parse(String(row['time']))
  if (measurement !== 'mp_blind') return { fromMs, toMs: null }
  return { fromMs, toMs: Number(row['ends_ms'] ?? SHOWN.toMs) }
}
