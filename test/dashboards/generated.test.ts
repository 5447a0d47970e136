// That the committed boards are what their source makes, and that what it makes can be imported: no Grafana and no InfluxDB 2
// can be had here, so this looks for everything that is known to break an import.

import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { BOARDS } from '../../dashboards/source/boards.ts'
import { generatedFiles } from '../../dashboards/source/generated.ts'

const FOLDER = 'dashboards'
const files = generatedFiles()

test('what is committed is what the list of panels makes; npm run bless writes it', () => {
  for (const [path, text] of files)
    expect(readFileSync(join(FOLDER, path), 'utf8'), path).toBe(text)
})

test('nothing else lies there', () => {
  const committed = ['grafana', 'influxdb'].flatMap(part =>
    readdirSync(join(FOLDER, part), { recursive: true, withFileTypes: true })
      .filter(entry => entry.isFile())
      .map(entry => relative(FOLDER, join(entry.parentPath, entry.name))),
  )
  expect(committed.toSorted()).toEqual([...files.keys()].toSorted())
})

interface Target {
  readonly refId: string
  readonly query: string
  readonly datasource: { readonly type: string; readonly uid: string }
}

interface GrafanaPanel {
  readonly id: number
  readonly title: string
  readonly type: string
  readonly description: string
  readonly datasource: { readonly uid: string }
  readonly gridPos: {
    readonly x: number
    readonly y: number
    readonly w: number
    readonly h: number
  }
  readonly targets: readonly Target[]
  readonly transformations: readonly {
    readonly options: { readonly renameByName?: Readonly<Record<string, string>> }
  }[]
  readonly fieldConfig: { readonly defaults: { readonly noValue: string; readonly unit: string } }
}

interface GrafanaBoard {
  readonly uid: string
  readonly schemaVersion: number
  readonly panels: readonly GrafanaPanel[]
  readonly templating: {
    readonly list: readonly { readonly name: string; readonly type: string }[]
  }
  readonly annotations: {
    readonly list: readonly { readonly name: string; readonly target: Target }[]
  }
  readonly links: readonly { readonly type: string; readonly tags: readonly string[] }[]
}

const grafana = [...files].filter(([path]) => path.endsWith('.json'))

/** Grafana's own, which no board defines. */
const BUILT_IN = ['timeFilter', '__interval', '__interval_ms', 'tag_', 'col']

describe.each(grafana)('%s', (path, text) => {
  const board: GrafanaBoard = JSON.parse(text)

  test('is one of the boards, under an address that stays', () => {
    expect(BOARDS.map(({ uid }) => uid)).toContain(board.uid)
    expect(path).toContain(board.uid)
    expect(board).not.toHaveProperty('id')
    expect(board.schemaVersion).toBeGreaterThanOrEqual(39)
    expect(board.links).toEqual([
      expect.objectContaining({ type: 'dashboards', tags: ['mpwatch'], keepTime: true }),
    ])
  })

  test('has panels with numbers, words and a question each', () => {
    const ids = board.panels.map(({ id }) => id)
    expect(new Set(ids).size).toBe(ids.length)
    for (const panel of board.panels) {
      expect(panel.description, panel.title).not.toBe('')
      expect(panel.fieldConfig.defaults.noValue, panel.title).not.toBe('')
      expect(panel.datasource.uid).toBe(`\${datasource}`)
      expect(panel.targets.length, panel.title).toBeGreaterThan(0)
      const refIds = panel.targets.map(({ refId }) => refId)
      expect(new Set(refIds).size, panel.title).toBe(refIds.length)
      for (const { query, datasource } of panel.targets) {
        expect(query.trim(), panel.title).not.toBe('')
        expect(datasource).toEqual({ type: 'influxdb', uid: `\${datasource}` })
      }
    }
  })

  test('leaves the time to what is drawn over time', () => {
    const drawn = board.panels.filter(({ type }) => ['timeseries', 'state-timeline'].includes(type))
    expect(drawn.length).toBeGreaterThan(0)
    for (const { title, transformations } of drawn) expect(transformations, title).toEqual([])
  })

  test('leaves the unit to each column of a table, and calls no two of them alike', () => {
    for (const { title, type, fieldConfig, transformations } of board.panels) {
      if (type !== 'table') continue
      expect(fieldConfig.defaults.unit, title).toBe('short')
      // InfluxQL and Flux call the time differently.
      const { _time, ...names } = transformations.at(-1)?.options.renameByName ?? {}
      expect(new Set(Object.values(names)).size, title).toBe(Object.keys(names).length)
    }
  })

  test('has every panel in a place of its own', () => {
    const taken = new Set<string>()
    for (const {
      title,
      gridPos: { x, y, w, h },
    } of board.panels) {
      expect(x + w, title).toBeLessThanOrEqual(24)
      for (let column = x; column < x + w; column++)
        for (let row = y; row < y + h; row++) {
          expect(
            taken.has(`${column} ${row}`),
            `${title} covers another at ${column}, ${row}`,
          ).toBe(false)
          taken.add(`${column} ${row}`)
        }
    }
  })

  test('defines every variable that it uses, and uses every one that it defines', () => {
    const used = new Set(
      [...text.matchAll(/\$\{?([A-Za-z_]+)/g)]
        .map(([, name = '']) => name)
        .filter(
          name => !BUILT_IN.some(one => name === one || (one === 'tag_' && name.startsWith(one))),
        )
        .filter(name => name !== '__all'),
    )
    expect([...used].toSorted()).toEqual(board.templating.list.map(({ name }) => name).toSorted())
  })

  test('marks failover, changes of 5003, and when nobody saw', () => {
    expect(board.annotations.list.map(({ name }) => name)).toEqual([
      ...['Failover', '5003 opened another way', 'Blind', 'Blind until now'],
    ])
    for (const { target } of board.annotations.list) expect(target.query).toMatch(/mp_/)
  })
})

describe('the template of InfluxDB 2', () => {
  interface Cell {
    readonly kind: string
    readonly name: string
    readonly xPos: number
    readonly yPos: number
    readonly width: number
    readonly height: number
    readonly queries: readonly { readonly query: string }[]
  }
  interface TemplateObject {
    readonly apiVersion: string
    readonly kind: string
    readonly metadata: { readonly name: string }
    readonly spec: {
      readonly name: string
      readonly charts?: readonly Cell[]
      readonly query?: string
    }
  }
  const objects: readonly TemplateObject[] = parseAllDocuments(
    files.get('influxdb/template.yml') ?? '',
  ).map(document => document.toJS())

  test('has the variables, the boards and the checks, each with a name of its own', () => {
    const kinds = objects.map(({ kind }) => kind)
    expect(kinds.filter(kind => kind === 'Variable')).toHaveLength(4)
    expect(kinds.filter(kind => kind === 'Dashboard')).toHaveLength(BOARDS.length)
    expect(kinds.filter(kind => kind.startsWith('Check') || kind === 'Task')).toHaveLength(5)
    const names = objects.map(({ metadata }) => metadata.name)
    expect(new Set(names).size).toBe(names.length)
    // InfluxDB takes names as DNS has them (RFC 1123).
    for (const name of names) expect(name).toMatch(/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/)
  })

  test('has a cell for each panel, none upon another', () => {
    for (const [index, { spec }] of objects.filter(({ kind }) => kind === 'Dashboard').entries()) {
      expect(spec.charts?.map(({ name }) => name)).toEqual(
        BOARDS[index]?.panels.map(({ title }) => title),
      )
      const taken = new Set<string>()
      for (const { name, xPos, yPos, width, height, queries } of spec.charts ?? []) {
        expect([xPos, yPos, width, height].every(Number.isInteger), name).toBe(true)
        expect(xPos + width, name).toBeLessThanOrEqual(12)
        expect(queries[0]?.query, name).toContain('from(bucket')
        for (let column = xPos; column < xPos + width; column++)
          for (let row = yPos; row < yPos + height; row++) {
            expect(taken.has(`${column} ${row}`), `${spec.name}: ${name} covers another`).toBe(
              false,
            )
            taken.add(`${column} ${row}`)
          }
      }
    }
  })

  test('asks for no variable that it does not bring', () => {
    const text = files.get('influxdb/template.yml') ?? ''
    const own = ['timeRangeStart', 'timeRangeStop', 'windowPeriod']
    const used = new Set([...text.matchAll(/\bv\.([A-Za-z]+)/g)].map(([, name = '']) => name))
    const brought = objects.filter(({ kind }) => kind === 'Variable').map(({ spec }) => spec.name)
    expect([...used].filter(name => !own.includes(name)).toSorted()).toEqual(brought.toSorted())
  })
})
