// What is set up in an InfluxDB 2: two buckets, and the tasks that fill the long one, through its HTTP API. Nothing that is
// kept there becomes shorter, and no task of somebody else is touched.
// https://docs.influxdata.com/influxdb/v2/api/

import { z } from 'zod'
import { UsageError } from '../model/errors.ts'
import type { Period } from '../model/store.ts'
import { visible } from '../model/text.ts'
import type { InfluxConfig } from '../model/watch-config.ts'
import { bucketsOf, pastScripts, type Task, tasks } from './flux-downsampling.ts'
import { type InfluxServer, jsonOf, type Question, type Reply, toldBy } from './server.ts'
import { daysText, type SetUp } from './setup-words.ts'

const DAY_S = 86_400
/** So many have one name at the most; more would mean that names do not tell tasks apart. */
const SAME_NAME_MAX = 100

const named = z.object({ id: z.string(), name: z.string() })
const organisations = z.object({ orgs: z.array(named) })
const buckets = z.object({
  buckets: z.array(
    named.extend({
      retentionRules: z.array(z.object({ everySeconds: z.number() })).default([]),
    }),
  ),
})
const knownTasks = z.object({ tasks: z.array(named.extend({ flux: z.string() })).default([]) })

/** @throws UsageError where it is refused, InputError where nobody answers. */
export async function* setUpV2(
  server: InfluxServer,
  { database, org, keepDays, keepLongDays }: InfluxConfig,
): AsyncGenerator<SetUp> {
  const orgID = await organisationOf(server, org)
  yield { became: 'found', what: `organisation ${org}` }
  const { raw, long } = bucketsOf(database)
  yield await bucket(server, orgID, { name: raw, days: keepDays })
  yield await bucket(server, orgID, { name: long, days: keepLongDays })
  for (const wanted of tasks({ raw, long })) yield await task(server, orgID, wanted)
}

/**
 * Makes a period coarser that is past; false where there is nowhere to put it.
 *
 * @throws as `setUpV2`.
 */
export async function refineV2(
  server: InfluxServer,
  { database, org }: InfluxConfig,
  period: Period,
): Promise<boolean> {
  const orgID = await organisationOf(server, org)
  const names = bucketsOf(database)
  if ((await bucketCalled(server, orgID, names.long)) === undefined) return false
  for (const script of pastScripts(names, period)) {
    const path = `/api/v2/query?${new URLSearchParams({ orgID })}`
    const body = { type: 'application/vnd.flux', text: script }
    const right = `read ${names.raw} and write ${names.long}`
    const reply = await asked(server, { method: 'POST', path, body }, right)
    // What goes wrong after the first row is told in a table of its own.
    if (/^,?error,reference\r?$/m.test(reply.text)) throw refusal(server, reply, right)
  }
  return true
}

async function organisationOf(server: InfluxServer, org: string | null): Promise<string> {
  if (org === null)
    throw new UsageError(
      'An InfluxDB 2 needs the name of its organisation: set MPWATCH_INFLUX_ORG, or org in the configuration.',
    )
  const path = `/api/v2/orgs?${new URLSearchParams({ org })}`
  const reply = await server.ask({ method: 'GET', path, body: null })
  // It says 404 of an organisation that it does not know, and of a path that it has not got.
  if (reply.status === 404 && !isProblem(reply))
    throw new UsageError(
      `What answers at ${server.where} has no API of InfluxDB 2: ${toldBy(reply) || 'it answered 404'}. An InfluxDB 3 is set up with its own tools, and written to as one of version 2.`,
    )
  const answered =
    reply.status === 404 ? { orgs: [] } : read(server, reply, 'read:orgs', organisations)
  const found = answered.orgs.find(({ name }) => name === org)
  if (found === undefined)
    throw new UsageError(
      `InfluxDB at ${server.where} shows no organisation ${visible(org)} to this token. Check org, and whose token it is.`,
    )
  return found.id
}

interface WantedBucket {
  readonly name: string
  readonly days: number
}

async function bucketCalled(server: InfluxServer, orgID: string, name: string) {
  const path = `/api/v2/buckets?${new URLSearchParams({ orgID, name })}`
  const reply = await server.ask({ method: 'GET', path, body: null })
  if (reply.status === 404) return undefined
  return read(server, reply, 'read:buckets', buckets).buckets.find(one => one.name === name)
}

async function bucket(
  server: InfluxServer,
  orgID: string,
  { name, days }: WantedBucket,
): Promise<SetUp> {
  const known = await bucketCalled(server, orgID, name)
  // 0 is for ever; a change without any rule would change nothing.
  const retentionRules = [{ type: 'expire', everySeconds: days * DAY_S }]
  if (known === undefined) {
    const question = posting('POST', '/api/v2/buckets', { orgID, name, retentionRules })
    await asked(server, question, 'write:buckets')
    return { became: 'made', what: `bucket ${name}: ${daysText(days)}` }
  }
  const thereDays = (known.retentionRules[0]?.everySeconds ?? 0) / DAY_S
  if (thereDays === days) return { became: 'found', what: `bucket ${name}: ${daysText(days)}` }
  if (thereDays === 0 || (days !== 0 && thereDays > days)) {
    const note = `longer than the ${daysText(days)} that are configured, and left so`
    return { became: 'found', what: `bucket ${name}: ${daysText(thereDays)}, ${note}` }
  }
  const path = `/api/v2/buckets/${encodeURIComponent(known.id)}`
  await asked(server, posting('PATCH', path, { retentionRules }), 'write:buckets')
  const note = `${daysText(days)}, was ${daysText(thereDays)}`
  return { became: 'changed', what: `bucket ${name}: ${note}` }
}

async function task(server: InfluxServer, orgID: string, { name, flux }: Task): Promise<SetUp> {
  const search = new URLSearchParams({ orgID, name, limit: String(SAME_NAME_MAX) })
  const listed = await server.ask({ method: 'GET', path: `/api/v2/tasks?${search}`, body: null })
  const known = read(server, listed, 'read:tasks', knownTasks).tasks.find(one => one.name === name)
  const what = `task ${name}`
  if (known === undefined) {
    await asked(server, posting('POST', '/api/v2/tasks', { orgID, flux }), 'write:tasks')
    return { became: 'made', what }
  }
  if (known.flux.trim() === flux.trim()) return { became: 'found', what }
  const path = `/api/v2/tasks/${encodeURIComponent(known.id)}`
  await asked(server, posting('PATCH', path, { flux }), 'write:tasks')
  return { became: 'changed', what }
}

const posting = (method: 'POST' | 'PATCH', path: string, value: object): Question => ({
  ...{ method, path },
  body: { type: 'application/json', text: JSON.stringify(value) },
})

/** @param right What the token must be allowed to do. */
async function asked(server: InfluxServer, question: Question, right: string): Promise<Reply> {
  const reply = await server.ask(question)
  if (reply.status >= 300) throw refusal(server, reply, right)
  return reply
}

function read<Value>(
  server: InfluxServer,
  reply: Reply,
  right: string,
  schema: z.ZodType<Value>,
): Value {
  if (reply.status !== 200) throw refusal(server, reply, right)
  const { data } = schema.safeParse(jsonOf(reply))
  if (data === undefined)
    throw new UsageError(
      `What answers at ${server.where} is no InfluxDB 2: ${toldBy(reply) || 'it said nothing'}.`,
    )
  return data
}

const problem = z.object({ code: z.string(), message: z.string().default('') })
const isProblem = (reply: Reply): boolean => problem.safeParse(jsonOf(reply)).success

function refusal(server: InfluxServer, reply: Reply, right: string): UsageError {
  const { data } = problem.safeParse(jsonOf(reply))
  const told = data === undefined ? toldBy(reply) : toldBy({ text: data.message })
  const said = `it answered ${reply.status}${told === '' ? '' : `: ${told}`}`
  // With a token that may not, it says 401 or 403, and of what one may not see also 404.
  if (reply.status === 401)
    return new UsageError(
      `InfluxDB at ${server.where} does not take the token, or it may not ${right} (${said}). Set MPWATCH_INFLUX_TOKEN, or token_file in the configuration.`,
    )
  if (reply.status === 403)
    return new UsageError(
      `InfluxDB at ${server.where} does not allow this token to ${right} (${said}). Take one that may, for this once: an all-access token of the organisation.`,
    )
  return new UsageError(`InfluxDB at ${server.where} refused to ${right} (${said}).`)
}
