// Every route of the API, in one table: what may be asked, by whom, and with what. The application is made after it,
// and so are the tests that walk over all routes; there is no other way in.

import type { z } from 'zod'
import type { DeskPort } from '../model/desk.ts'
import {
  countInput,
  endInput,
  eventsInput,
  findingId,
  findingsInput,
  flowsInput,
  nothing,
  periodInput,
  pointsInput,
  quietInput,
  saidInput,
  timelineInput,
} from './inputs.ts'
import { invalid, Refusal } from './problem.ts'

/**
 * Who may, from the least: a viewer reads, an analyst acknowledges, an admin holds pages back and loads rules. Nobody
 * is asked on the control socket, which is its owner's alone.
 */
export const ROLES = ['viewer', 'analyst', 'admin'] as const
export type Role = (typeof ROLES)[number]

export interface Route {
  /** GET changes nothing and takes its input from the query, POST takes it from the body. */
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly role: Role
  readonly input: z.ZodType
  /** @throws Refusal where the input is not what the schema says. */
  answer(desk: DeskPort, input: unknown): Promise<unknown>
}

const API = '/api/v1'

/** A parameter of the path is a member of the input. */
export const ROUTES: readonly Route[] = [
  reading('/status', nothing, desk => desk.status()),
  reading('/findings', findingsInput, async (desk, query) => ({
    findings: await desk.findings(query),
  })),
  reading('/findings/count', countInput, async (desk, query) => ({
    count: await desk.countFindings(query),
  })),
  reading('/findings/:id', nothing.extend({ id: findingId }), async (desk, { id }) => {
    const [finding] = await desk.find([id])
    if (finding === undefined)
      throw new Refusal(404, `No finding is called ${id}.`, `${API}/findings lists them.`)
    return { finding }
  }),
  reading('/events', eventsInput, async (desk, query) => ({ events: await desk.events(query) })),
  reading('/timeline', timelineInput, async (desk, query) => ({
    entries: await desk.timeline(query),
  })),
  reading('/blind', periodInput, async (desk, period) => ({ blind: await desk.blind(period) })),
  reading('/flows', flowsInput, async (desk, query) => ({ flows: await desk.flows(query) })),
  reading('/points', pointsInput, async (desk, query) => ({ points: await desk.points(query) })),
  reading('/coverage', nothing, async desk => ({ latest: await desk.coverage() })),
  reading('/suppressions', nothing, desk => desk.quieted()),
  acting('/acknowledge', 'analyst', saidInput, async (desk, { ids, ...said }) => {
    await desk.acknowledge(ids, said)
    return { acknowledged: ids }
  }),
  acting('/unacknowledge', 'analyst', saidInput, async (desk, { ids, ...said }) => {
    await desk.unacknowledge(ids, said)
    return { unacknowledged: ids }
  }),
  acting('/suppress', 'admin', quietInput, async (desk, quiet) => ({
    suppression: await desk.suppress(quiet),
  })),
  acting('/maintain', 'admin', quietInput, async (desk, quiet) => ({
    maintenance: await desk.maintain(quiet),
  })),
  acting('/end', 'admin', endInput, async (desk, { id, author }) => {
    await desk.end(id, author)
    return { ended: id }
  }),
  acting('/reload', 'admin', nothing, desk => desk.reload()),
]

type Answer<Schema extends z.ZodType> = (
  desk: DeskPort,
  input: z.output<Schema>,
) => Promise<unknown>

function reading<Schema extends z.ZodType>(
  path: string,
  input: Schema,
  answer: Answer<Schema>,
): Route {
  return routeOf({ method: 'GET', path, role: 'viewer' }, input, answer)
}

function acting<Schema extends z.ZodType>(
  path: string,
  role: Role,
  input: Schema,
  answer: Answer<Schema>,
): Route {
  return routeOf({ method: 'POST', path, role }, input, answer)
}

function routeOf<Schema extends z.ZodType>(
  { method, path, role }: Pick<Route, 'method' | 'path' | 'role'>,
  input: Schema,
  answer: Answer<Schema>,
): Route {
  return {
    ...{ method, path: API + path, role, input },
    async answer(desk, given) {
      const { data, error } = input.safeParse(given)
      if (error !== undefined) throw invalid(error)
      return answer(desk, data as z.output<Schema>)
    },
  }
}
