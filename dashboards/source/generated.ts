// Everything that is made of the list of panels and committed: `npm run bless` writes it, a test fails while that is due.

import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { BOARDS } from './boards.ts'
import { grafanaBoard } from './grafana.ts'
import { influxdbTemplate } from './influxdb-template.ts'
import { PROVISIONING } from './provisioning.ts'

/** Texts by their paths below `dashboards`. */
export const generatedFiles = (): ReadonlyMap<string, string> =>
  new Map([
    ...(['influxql', 'flux'] as const).flatMap(language =>
      BOARDS.map(
        board => [`grafana/${language}/${board.uid}.json`, grafanaBoard(board, language)] as const,
      ),
    ),
    ...Object.entries(PROVISIONING).map(
      ([path, text]) => [`grafana/provisioning/${path}`, text] as const,
    ),
    ['influxdb/template.yml', influxdbTemplate()] as const,
  ])

export function writeBoards(folder: string): void {
  for (const [path, text] of generatedFiles()) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
}
