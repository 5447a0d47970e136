// The InfluxDB of `--influx URL`: where it is stands on the command line, and who writes there in the environment,
// since everybody may read a command line.

import { type Problem, UsageError } from '../model/errors.ts'
import type { InfluxConfig } from '../model/watch-config.ts'
import { sha256 } from '../sha256.ts'
import { INFLUX_DEFAULTS } from './influx-schema.ts'
import { readLabel, readUrl, SECRETS_BELONG } from './output-readers.ts'
import { readName } from './readers.ts'
import type { Reading } from './reading.ts'

export type Environment = Readonly<Record<string, string | undefined>>

const OPTION = '--influx'
const TOKEN = 'MPWATCH_INFLUX_TOKEN'
const ORG = 'MPWATCH_INFLUX_ORG'
const USERNAME = 'MPWATCH_INFLUX_USERNAME'
const PASSWORD = 'MPWATCH_INFLUX_PASSWORD'
const NAME_DIGITS = 8

/**
 * `http://host:8086` with `/database` or without: `mpwatch`. With MPWATCH_INFLUX_TOKEN it is version 2, of the
 * organisation MPWATCH_INFLUX_ORG, and the database is a bucket; else version 1, as user MPWATCH_INFLUX_USERNAME with
 * MPWATCH_INFLUX_PASSWORD where these are set. Another URL is another cursor over the store.
 * @throws UsageError with every problem.
 */
export function influxFrom(url: string, environment: Environment): InfluxConfig {
  const problems: Problem[] = []
  const config = influxOf(url, environment, problems)
  if (config === undefined) throw new UsageError(problems)
  return config
}

/** As `influxFrom`, for whoever reads more than this; undefined where there are problems. */
export function influxOf(
  written: string,
  environment: Environment,
  problems: Problem[],
): InfluxConfig | undefined {
  const place = readPlace(written)
  const wrong = wrongIn(environment)
  problems.push(...wrong)
  if ('wrong' in place) problems.push({ where: OPTION, message: place.wrong })
  if ('wrong' in place || wrong.length > 0) return undefined
  const { url, database } = place.value
  const version = has(environment, TOKEN) ? 2 : 1
  const named = sha256(`${version} ${url} ${database}`)
  return {
    ...INFLUX_DEFAULTS,
    name: `url-${named.slice(0, NAME_DIGITS)}`,
    ...{ url, database, version, caFile: null },
    org: version === 2 ? (environment[ORG] ?? null) : null,
    username: version === 1 ? environment[USERNAME] || null : null,
    secret: secretIn(environment),
  }
}

function secretIn(environment: Environment): InfluxConfig['secret'] {
  const name = [TOKEN, PASSWORD].find(variable => has(environment, variable))
  return name === undefined ? null : { from: 'environment', name }
}

/** Who writes there must be clear, and is named whole. */
function wrongIn(environment: Environment): readonly Problem[] {
  const [token, org, username, password] = [TOKEN, ORG, USERNAME, PASSWORD].map(variable =>
    has(environment, variable),
  )
  const problem = (where: string, message: string): Problem => ({ where, message })
  const wrong: Problem[] = []
  if (token && (username || password))
    wrong.push(problem(TOKEN, `a token is of version 2, ${USERNAME} of version 1: set one of them`))
  else if (username !== password)
    wrong.push(problem(username ? USERNAME : PASSWORD, `set ${USERNAME} and ${PASSWORD}`))
  if (token && !org) wrong.push(problem(ORG, `name the organisation whose token ${TOKEN} is`))
  for (const variable of [ORG, USERNAME]) {
    const read = readLabel(environment[variable] || '-')
    if ('wrong' in read) wrong.push(problem(variable, read.wrong))
  }
  return wrong
}

/** Set, and not to nothing. */
const has = (environment: Environment, variable: string): boolean =>
  (environment[variable] ?? '') !== ''

function readPlace(text: string): Reading<{ readonly url: string; readonly database: string }> {
  const read = readUrl(text)
  if ('wrong' in read)
    return read.wrong === SECRETS_BELONG ? { wrong: `${SECRETS_BELONG} (${BY_VARIABLE})` } : read
  const { origin, pathname, search } = read.value
  const [, database = '', ...rest] = pathname.split('/')
  if (search !== '' || rest.join('') !== '')
    return { wrong: 'write http://host:8086, or http://host:8086/database, and nothing behind it' }
  const named = readName(database === '' ? INFLUX_DEFAULTS.database : database)
  return 'wrong' in named ? named : { value: { url: origin, database: named.value } }
}

const BY_VARIABLE = `${USERNAME} with ${PASSWORD}, or ${TOKEN}, or a file that the configuration names`
