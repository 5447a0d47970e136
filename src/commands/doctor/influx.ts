// Whether each InfluxDB can be fed: reached, opened with the secret, and set up as the boards want it. Nothing is written
// there and nothing is made.

import { isLoopback } from '../../config/watch-readers.ts'
import { bucketsOf, tasks } from '../../influx/flux-downsampling.ts'
import { influxQl } from '../../influx/influxql.ts'
import { continuousQueries, identifier, LONG, RAW } from '../../influx/influxql-downsampling.ts'
import { checkSeries, type SeriesBound, seriesBound, seriesText } from '../../influx/series.ts'
import { InfluxServer, jsonOf, toldBy } from '../../influx/server.ts'
import { bareHost } from '../../model/address.ts'
import { InputError, UsageError } from '../../model/errors.ts'
import { shellWord, visible } from '../../model/text.ts'
import type { InfluxConfig, WatchConfig } from '../../model/watch-config.ts'
import { groundsIn } from '../../watch/output-series.ts'
import { type Check, checkOf } from './check.ts'
import { secretFor } from './secrets.ts'

const ANSWER_MS_MAX = 3000

export async function influxChecks(config: WatchConfig): Promise<readonly Check[]> {
  const bound = boundOf(config)
  const checks = config.influx.map(async influx => [
    ...(await serverChecks(influx, config)),
    ...(bound === null ? [] : [seriesCheck(influx, bound)]),
  ])
  return (await Promise.all(checks)).flat()
}

async function serverChecks(influx: InfluxConfig, config: WatchConfig): Promise<readonly Check[]> {
  const check = checkOf('influx', influx.name)
  const read = await secretFor(influx.secret, check)
  if ('failed' in read) return [read.failed]
  try {
    const server = new InfluxServer(influx, read.secret, ANSWER_MS_MAX)
    const { version, status } = await server.ask({ method: 'GET', path: '/ping', body: null })
    if (version === '' && status !== 204)
      return [check('fail', `what answers at ${influx.url} is no InfluxDB: it answered ${status}`)]
    const there = check('ok', `${influx.url} answers, version ${visible(version) || 'unknown'}`)
    const rest = influx.version === 1 ? ofVersion1 : ofVersion2
    return [there, ...clearChecks(influx), ...(await rest(server, influx, setupOf(influx, config)))]
  } catch (error) {
    if (error instanceof UsageError || error instanceof InputError)
      return [check('fail', error.message)]
    throw error
  }
}

/** The command that makes what is missing. */
const setupOf = ({ url, database }: InfluxConfig, { file }: WatchConfig): string =>
  file === null
    ? `mpwatch export influx --setup --influx ${shellWord(`${url}/${database}`)}`
    : `mpwatch export influx --setup --config ${shellWord(file)}`

function clearChecks({ name, url, secret }: InfluxConfig): readonly Check[] {
  const host = bareHost(new URL(url))
  const isNear = host === 'localhost' || isLoopback(host)
  return secret === null || isNear || url.startsWith('https:')
    ? []
    : [checkOf('influx', name)('warn', 'the secret passes in clear: name it by https')]
}

/** @throws UsageError where it is refused, InputError where nobody answers. */
async function ofVersion1(
  server: InfluxServer,
  { name, database, mayCreate }: InfluxConfig,
  setup: string,
): Promise<readonly Check[]> {
  const check = checkOf('influx', name)
  const [databases] = await influxQl(server, 'SHOW DATABASES')
  if (!databases?.rows.some(([one]) => one === database))
    return [missing(check, `database ${database}`, mayCreate, setup)]
  const [policies] = await influxQl(server, `SHOW RETENTION POLICIES ON ${identifier(database)}`)
  const queries = await influxQl(server, 'SHOW CONTINUOUS QUERIES', database)
  const known = [
    ...(policies?.rows ?? []),
    ...(queries.find(one => one.name === database)?.rows ?? []),
  ].map(([one]) => String(one))
  const wanted = [RAW, LONG, ...continuousQueries(database).map(query => query.name)]
  return [setUpCheck(check, `database ${database}`, wanted, known, setup)]
}

/** @throws as `ofVersion1`. */
async function ofVersion2(
  server: InfluxServer,
  { name, database, org, mayCreate }: InfluxConfig,
  setup: string,
): Promise<readonly Check[]> {
  const check = checkOf('influx', name)
  const { raw, long } = bucketsOf(database)
  const pieces = [
    ...[raw, long].map(name => ({ of: 'buckets', name }) as const),
    ...tasks({ raw, long }).map(({ name }) => ({ of: 'tasks', name }) as const),
  ]
  const known: string[] = []
  for (const { of, name: piece } of pieces) {
    const search = new URLSearchParams({ org: org ?? '', name: piece })
    const reply = await server.ask({ method: 'GET', path: `/api/v2/${of}?${search}`, body: null })
    // A token that may write, and see no tasks, is enough for watching.
    if (of === 'tasks' && isRefusal(reply.status))
      return [check('warn', `this token may not see tasks, so whether they are there is not known`)]
    if (isRefusal(reply.status)) {
      const answer = `it answered ${reply.status}: ${toldBy(reply)}`
      return [check('fail', `does not take the token, or it may not read:buckets: ${answer}`)]
    }
    if (reply.status === 200 && hasNamed(jsonOf(reply), of, piece)) known.push(piece)
    else if (piece === raw) return [missing(check, `bucket ${raw}`, mayCreate, setup)]
  }
  const wanted = pieces.map(({ name: piece }) => piece)
  return [setUpCheck(check, `bucket ${raw}`, wanted, known, setup)]
}

const isRefusal = (status: number): boolean => status === 401 || status === 403

function hasNamed(answer: unknown, of: 'buckets' | 'tasks', name: string): boolean {
  const { [of]: list } = (answer ?? {}) as { readonly [Of in typeof of]?: unknown }
  return Array.isArray(list) && list.some(one => one?.name === name)
}

const missing = (
  check: ReturnType<typeof checkOf>,
  what: string,
  mayCreate: boolean,
  setup: string,
): Check =>
  mayCreate
    ? check('warn', `${what} is not there, and will be made; without what makes it coarser`, setup)
    : check('fail', `${what} is not there, and may not be made (create: false)`, setup)

function setUpCheck(
  check: ReturnType<typeof checkOf>,
  what: string,
  wanted: readonly string[],
  known: readonly string[],
  setup: string,
): Check {
  const missed = wanted.filter(one => !known.includes(one))
  return missed.length === 0
    ? check('ok', `${what} is there, and set up`)
    : check(
        'warn',
        `${what} is there, and not set up for the boards (${missed.length} of ${wanted.length} pieces are missing)`,
        setup,
      )
}

/** Of every InfluxDB; null where the rules cannot be read, which another check tells. */
function boundOf(config: WatchConfig): SeriesBound | null {
  const { site, influx } = config
  if (site === null || influx.length === 0) return null
  try {
    return seriesBound(groundsIn({ ...config, site }))
  } catch (error) {
    if (error instanceof UsageError) return null
    throw error
  }
}

function seriesCheck({ name, seriesMax }: InfluxConfig, bound: SeriesBound): Check {
  const check = checkOf('series', name)
  try {
    checkSeries(bound, seriesMax, '')
    return check('ok', seriesText(bound, seriesMax))
  } catch (error) {
    if (error instanceof UsageError) return check('fail', error.message)
    throw error
  }
}
