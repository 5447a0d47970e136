// The section `influx` of the configuration file: which InfluxDB is fed, and how. Its secrets stand elsewhere.

import { z } from 'zod'
import type { InfluxConfig, SecretSource } from '../model/watch-config.ts'
import { orNull, read, says, whole } from './leaves.ts'
import { readLabel, readOutputName, readServer, readVariable } from './output-readers.ts'
import { readName } from './readers.ts'
import { readPath } from './watch-readers.ts'

const INFLUX_MAX = 4
export const KEEP_DAYS_MAX = 36_500

/** What holds where nobody says otherwise. */
export const INFLUX_DEFAULTS = {
  version: 1,
  database: 'mpwatch',
  seriesMax: 20_000,
  keepDays: 90,
  keepLongDays: 730,
  mayCreate: true,
} as const

const path = read(readPath)
const variable = read(readVariable)

/** A file or a variable; null where neither is named. */
export function sourceOf(path: string | null, variable: string | null): SecretSource | null {
  if (path !== null) return { from: 'file', path }
  return variable === null ? null : { from: 'environment', name: variable }
}

const keys = z.strictObject({
  name: says(read(readOutputName), 'Names its cursor in the store: renamed, it begins anew.'),
  url: says(read(readServer), 'Where it is, such as http://127.0.0.1:8086; never with a user.'),
  version: says(
    z.literal([1, 2]).default(INFLUX_DEFAULTS.version),
    '1 for InfluxDB 1.x; 2 for InfluxDB 2.x and the write API that 3.x has kept.',
  ),
  database: says(
    read(readName).prefault(INFLUX_DEFAULTS.database),
    'The database of version 1, the bucket of version 2.',
  ),
  org: says(orNull(read(readLabel)), 'The organisation of version 2.'),
  username: says(orNull(read(readLabel)), 'The user of version 1; without, nobody is asked.'),
  password_file: says(
    orNull(path),
    'A file that holds the password of version 1 and nothing else.',
  ),
  password_env: says(orNull(variable), 'Or the environment variable that holds it.'),
  token_file: says(orNull(path), 'A file that holds the token of version 2 and nothing else.'),
  token_env: says(orNull(variable), 'Or the environment variable that holds it.'),
  ca_file: says(orNull(path), 'Certificates to trust beside those of the system, as PEM.'),
  series_max: says(
    whole(1_000, 10_000_000).default(INFLUX_DEFAULTS.seriesMax),
    'Watching does not begin where there may be more series than this.',
  ),
  keep_days: says(
    whole(0, KEEP_DAYS_MAX).default(INFLUX_DEFAULTS.keepDays),
    'How long points are kept as they are, where mpwatch export influx --setup makes it so; 0 is for ever.',
  ),
  keep_long_days: says(
    whole(0, KEEP_DAYS_MAX).optional(),
    `How long they are kept downsampled to ten minutes; ${INFLUX_DEFAULTS.keepLongDays} unless told, and for ever where keep_days is 0.`,
  ),
  create: says(
    z.boolean().default(INFLUX_DEFAULTS.mayCreate),
    'A database that is missing may be made.',
  ),
})

type Keys = z.output<typeof keys>

/** Which keys say nothing in the other version. */
const FOREIGN = {
  1: ['org', 'token_file', 'token_env'],
  2: ['username', 'password_file', 'password_env'],
} as const
const OWN = {
  1: 'version 1 has username, and password_file or password_env',
  2: 'version 2 has org, and token_file or token_env',
} as const

function agree(given: Keys, context: z.core.$RefinementCtx<Keys>): void {
  const complain = (key: keyof Keys, message: string): void => {
    context.issues.push({ code: 'custom', message, path: [key], input: given[key] })
  }
  for (const key of FOREIGN[given.version])
    if (given[key] !== null) complain(key, `${OWN[given.version]}; ${key} is of the other version`)
  if (given.version === 2 && (given.org === null || secretOf(given) === null))
    complain('version', `${OWN[2]}: name both`)
  if (given.version === 1 && (given.username === null) !== (secretOf(given) === null))
    complain('name', `${OWN[1]}: name both, or neither where nobody is asked`)
  if (given.password_file !== null && given.password_env !== null)
    complain('password_env', 'the password stands in a file or in the environment: name one')
  if (given.token_file !== null && given.token_env !== null)
    complain('token_env', 'the token stands in a file or in the environment: name one')
  if (daysOf(longDaysOf(given)) < daysOf(given.keep_days))
    complain(
      'keep_long_days',
      `must be at least keep_days, which is ${given.keep_days}${given.keep_days === 0 ? ', for ever' : ''}`,
    )
}

const daysOf = (days: number): number => (days === 0 ? Number.POSITIVE_INFINITY : days)

const longDaysOf = ({ keep_days, keep_long_days }: Keys): number =>
  keep_long_days ?? (keep_days === 0 ? 0 : INFLUX_DEFAULTS.keepLongDays)

const secretOf = (given: Keys): SecretSource | null =>
  given.version === 1
    ? sourceOf(given.password_file, given.password_env)
    : sourceOf(given.token_file, given.token_env)

const entry = keys.superRefine(agree).transform(
  (given): InfluxConfig => ({
    ...{ name: given.name, url: given.url, version: given.version, database: given.database },
    ...{ org: given.org, username: given.username, secret: secretOf(given) },
    ...{ caFile: given.ca_file, seriesMax: given.series_max, mayCreate: given.create },
    ...{ keepDays: given.keep_days, keepLongDays: longDaysOf(given) },
  }),
)

/** Paths are as they were written. */
export const influxList = z.array(entry).max(INFLUX_MAX).default([])
