// The application that answers for the monitor, made after the table of routes. It knows nothing of sockets: it is
// served on the control socket, and will be on TCP with those who ask told apart.

import express, {
  type ErrorRequestHandler,
  type Express,
  type Request,
  type Response,
} from 'express'
import type { DeskPort } from '../model/desk.ts'
import { inertJson } from '../model/text.ts'
import { PROBLEM_TYPE, problemText, Refusal, refusalOf } from './problem.ts'
import { queryInput } from './query.ts'
import { ROUTES, type Route } from './routes.ts'

const BODY_BYTES_MAX = 64 * 1024
const JSON_TYPE = 'application/json'

/** @param onFault Told of errors that are faults of mpwatch; whoever asked is told only that there is one. */
export function apiOf(desk: DeskPort, onFault: (error: unknown) => void): Express {
  const app = express()
  app.disable('x-powered-by')
  app.disable('etag')
  app.set('query parser', false)
  app.enable('case sensitive routing')
  app.enable('strict routing')
  app.use((_, response, next) => {
    response.set({ 'Cache-Control': 'no-store', 'X-Content-Type-Options': 'nosniff' })
    next()
  })
  const body = express.json({ limit: BODY_BYTES_MAX, inflate: false, type: JSON_TYPE })
  for (const path of new Set(ROUTES.map(route => route.path))) {
    const routes = ROUTES.filter(route => route.path === path)
    app.all(path, (request, _, next) => next(wrongMethod(request, routes)))
    for (const route of routes) {
      const reply = (request: Request, response: Response) =>
        answer({ desk, route, request, response })
      if (route.method === 'POST') app.post(path, isJson, body, reply)
      else app.get(path, reply)
    }
  }
  app.use(() => {
    throw new Refusal(404, 'There is nothing at this path.', 'See /api/v1/status.')
  })
  app.use(problems(onFault))
  return app
}

/** Undefined where one of the routes takes the method. */
function wrongMethod({ method }: Request, routes: readonly Route[]): Refusal | undefined {
  const allowed = routes.map(route => route.method).join(', ')
  return routes.some(route => route.method === method)
    ? undefined
    : new Refusal(405, 'The path does not take this method.', `Use ${allowed}.`, { Allow: allowed })
}

/** A page of somebody else cannot send this type without being asked for it (CORS). */
function isJson(request: Request, _: Response, next: (error?: unknown) => void): void {
  const right = `Send one JSON object as ${JSON_TYPE}.`
  next(request.is(JSON_TYPE) ? undefined : new Refusal(415, 'The body is no JSON.', right))
}

interface Asked {
  readonly desk: DeskPort
  readonly route: Route
  readonly request: Request
  readonly response: Response
}

async function answer({ desk, route, request, response }: Asked): Promise<void> {
  const given = route.method === 'GET' ? queryOf(request) : request.body
  const answered = await route.answer(desk, given)
  response.type(JSON_TYPE).send(inertJson(JSON.stringify(answered, plainly)))
}

function queryOf({ url, params }: Request): Record<string, unknown> {
  const at = url.indexOf('?')
  const search = new URLSearchParams(at < 0 ? '' : url.slice(at + 1))
  for (const name of Object.keys(params)) search.append(name, String(params[name]))
  return queryInput(search)
}

/** JSON has no integers beyond 2^53, so those that may be larger are texts of digits. */
const plainly = (_: string, value: unknown): unknown =>
  typeof value === 'bigint' ? value.toString() : value

const problems =
  (onFault: (error: unknown) => void): ErrorRequestHandler =>
  (error, _request, response, _next) => {
    const refusal = refusalOf(error) ?? FAULT
    if (refusal === FAULT) onFault(error)
    if (response.headersSent) response.destroy()
    else
      response
        .status(refusal.status)
        .set({ ...refusal.headers, 'Content-Type': PROBLEM_TYPE })
        .end(problemText(refusal))
  }

const FAULT = new Refusal(500, 'mpwatch met a fault of its own.', 'Its log says more.')
