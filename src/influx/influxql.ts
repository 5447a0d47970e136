// Statements of InfluxQL to an InfluxDB 1, and what is wrong where one is refused, in words that help.
// https://docs.influxdata.com/influxdb/v1/tools/api/#query-http-endpoint

import { z } from 'zod'
import { UsageError } from '../model/errors.ts'
import { visible } from '../model/text.ts'
import { type InfluxServer, jsonOf, type Reply, toldBy } from './server.ts'

const answer = z.object({
  error: z.string().optional(),
  results: z
    .array(
      z.object({
        error: z.string().optional(),
        series: z
          .array(
            z.object({
              name: z.string().optional(),
              values: z.array(z.array(z.unknown())).default([]),
            }),
          )
          .optional(),
      }),
    )
    .optional(),
})

/** Rows of one series, each in the order of its columns. */
interface Answered {
  readonly name: string
  readonly rows: readonly (readonly unknown[])[]
}

/**
 * What one statement answers. Some ask for the right to read a database though they name none: then it is `database`.
 *
 * @throws UsageError where it is refused, InputError where nobody answers.
 */
export async function influxQl(
  server: InfluxServer,
  statement: string,
  database = '',
): Promise<readonly Answered[]> {
  const reply = await server.ask({
    ...{ method: 'POST', path: '/query' },
    body: {
      type: 'application/x-www-form-urlencoded',
      text: new URLSearchParams({ db: database, q: statement }).toString(),
    },
  })
  const { data } = answer.safeParse(jsonOf(reply))
  const result = data?.results?.[0]
  const error = data?.error ?? result?.error
  if (reply.status !== 200 || error !== undefined || result === undefined)
    throw new UsageError(refusal(server.where, statement, reply, error ?? toldBy(reply)))
  return (result.series ?? []).map(({ name = '', values }) => ({ name, rows: values }))
}

function refusal(where: string, statement: string, { status, version }: Reply, told: string) {
  const said = told === '' ? `answered ${status}` : `answered ${status}: ${visible(told)}`
  if (/^v?[2-9]/.test(version))
    return `The InfluxDB at ${where} is of version ${visible(version)}. Give its token, ${TOKEN}, and it is spoken to as one.`
  if (status === 401)
    return `InfluxDB at ${where} does not take user and password (it ${said}). Set ${USER}.`
  if (status === 403 || told.includes('not authorized'))
    return (
      `InfluxDB at ${where} does not allow this user: ${visible(statement.slice(0, 80))}… (it ${said}). ` +
      'Grant it ALL on the database, or let somebody with ALL PRIVILEGES do this once.'
    )
  return `InfluxDB at ${where} refused ${visible(statement.slice(0, 80))}… (it ${said}).`
}

const USER = 'MPWATCH_INFLUX_USERNAME and MPWATCH_INFLUX_PASSWORD, or username and password_file'
const TOKEN = 'MPWATCH_INFLUX_TOKEN or token_file'
