// What is set up in an InfluxDB 1: the database, its two retention policies, and the continuous queries that fill the long
// one. Nothing that is kept there becomes shorter, and no query of somebody else is touched.

import type { Period } from '../model/store.ts'
import type { InfluxConfig } from '../model/watch-config.ts'
import { influxQl } from './influxql.ts'
import {
  type ContinuousQuery,
  continuousQueries,
  identifier,
  LONG,
  pastStatements,
  RAW,
} from './influxql-downsampling.ts'
import type { InfluxServer } from './server.ts'
import { daysText, type SetUp } from './setup-words.ts'

const DAY_S = 86_400

/** @throws UsageError where it is refused, InputError where nobody answers. */
export async function* setUpV1(
  server: InfluxServer,
  { database, keepDays, keepLongDays }: InfluxConfig,
): AsyncGenerator<SetUp> {
  const [databases] = await influxQl(server, 'SHOW DATABASES')
  const isThere = databases?.rows.some(([name]) => name === database) ?? false
  if (!isThere)
    await influxQl(
      server,
      `CREATE DATABASE ${identifier(database)} WITH DURATION ${durationOf(keepDays)} REPLICATION 1 NAME ${identifier(RAW)}`,
    )
  yield { became: isThere ? 'found' : 'made', what: `database ${database}` }
  const policies = await policiesOf(server, database)
  const grounds = { server, database, isNew: !isThere }
  yield* policy(grounds, policies, { name: RAW, days: keepDays, isDefault: true })
  yield* policy(grounds, policies, { name: LONG, days: keepLongDays, isDefault: false })
  yield* queries(server, database)
}

/**
 * Makes a period coarser that is past; false where there is nowhere to put it.
 *
 * @throws as `setUpV1`.
 */
export async function refineV1(
  server: InfluxServer,
  { database }: InfluxConfig,
  period: Period,
): Promise<boolean> {
  const names = (await policiesOf(server, database)).map(({ name }) => name)
  if (![RAW, LONG].every(name => names.includes(name))) return false
  for (const statement of pastStatements(database, period)) await influxQl(server, statement)
  return true
}

interface Policy {
  readonly name: string
  /** 0 is for ever. */
  readonly seconds: number
  readonly isDefault: boolean
}

async function policiesOf(server: InfluxServer, database: string): Promise<readonly Policy[]> {
  const [answered] = await influxQl(server, `SHOW RETENTION POLICIES ON ${identifier(database)}`)
  return (answered?.rows ?? []).map(([name, duration, , , isDefault]) => ({
    name: String(name),
    seconds: secondsOf(String(duration)),
    isDefault: isDefault === true,
  }))
}

interface Wanted {
  readonly name: string
  readonly days: number
  readonly isDefault: boolean
}

interface Grounds {
  readonly server: InfluxServer
  readonly database: string
  /** It was made a moment ago, and its first policy with it. */
  readonly isNew: boolean
}

async function* policy(
  { server, database, isNew }: Grounds,
  policies: readonly Policy[],
  wanted: Wanted,
): AsyncGenerator<SetUp> {
  const { name, days, isDefault } = wanted
  const known = policies.find(one => one.name === name)
  const subject = `RETENTION POLICY ${identifier(name)} ON ${identifier(database)}`
  const what = `retention policy ${name} of ${database}`
  if (known === undefined) {
    const duration = `DURATION ${durationOf(days)} REPLICATION 1`
    await influxQl(server, `CREATE ${subject} ${duration}${isDefault ? ' DEFAULT' : ''}`)
    yield { became: 'made', what: `${what}: ${daysText(days)}${isDefault ? ', the default' : ''}` }
    return
  }
  const isLonger = isLongerThan(days * DAY_S, known.seconds)
  const before = policies.find(one => one.isDefault)
  const isMoved = isDefault && !known.isDefault
  if (isLonger || isMoved)
    await influxQl(
      server,
      `ALTER ${subject}${isLonger ? ` DURATION ${durationOf(days)}` : ''}${isMoved ? ' DEFAULT' : ''}`,
    )
  const notes = [
    isLonger
      ? `${daysText(days)}, was ${daysText(known.seconds / DAY_S)}`
      : daysText(known.seconds / DAY_S),
    ...(isLongerThan(known.seconds, days * DAY_S)
      ? [`longer than the ${daysText(days)} that are configured, and left so`]
      : []),
    ...(isMoved ? [`the default, was ${before?.name ?? 'none'}, which keeps what it has`] : []),
  ]
  const became = isNew && name === RAW ? 'made' : isLonger || isMoved ? 'changed' : 'found'
  yield { became, what: `${what}: ${notes.join(', ')}` }
}

const isLongerThan = (seconds: number, other: number): boolean =>
  other !== 0 && (seconds === 0 || seconds > other)

const durationOf = (days: number): string => (days === 0 ? 'INF' : `${days}d`)

/** `2160h0m0s`; 0 is for ever. */
function secondsOf(duration: string): number {
  const [, hours = 0, minutes = 0, seconds = 0] =
    /^(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?$/.exec(duration) ?? []
  return Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)
}

/** Those of one measurement stand and fall together, since the server runs them in the order in which they were made. */
async function* queries(server: InfluxServer, database: string): AsyncGenerator<SetUp> {
  const all = await influxQl(server, 'SHOW CONTINUOUS QUERIES', database)
  const rows = all.find(({ name }) => name === database)?.rows ?? []
  const known = rows.map(([name, text]) => ({ name: String(name), text: plain(String(text)) }))
  const wanted = continuousQueries(database)
  for (const measurement of new Set(wanted.map(query => query.measurement))) {
    const mine = wanted.filter(query => query.measurement === measurement)
    const there = known.filter(({ name }) => mine.some(query => query.name === name))
    const isSame = textsOf(there) === textsOf(mine)
    if (!isSame) await renew(server, database, { there, mine })
    const became = isSame ? 'found' : there.length === 0 ? 'made' : 'changed'
    const names = mine.map(({ name }) => name).join(', ')
    yield { became, what: `continuous ${mine.length === 1 ? 'query' : 'queries'} ${names}` }
  }
}

interface Renewed {
  readonly there: readonly { readonly name: string }[]
  readonly mine: readonly ContinuousQuery[]
}

async function renew(server: InfluxServer, database: string, { there, mine }: Renewed) {
  for (const { name } of there)
    await influxQl(server, `DROP CONTINUOUS QUERY ${identifier(name)} ON ${identifier(database)}`)
  for (const { text } of mine) await influxQl(server, text)
}

const textsOf = (queries: readonly { readonly text: string }[]): string =>
  queries.map(({ text }) => plain(text)).join('\n')

/** The server writes names without quotes where it can. */
const plain = (text: string): string => text.replaceAll('"', '').replace(/\s+/g, ' ').trim()
