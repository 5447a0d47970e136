// A stand-in for the set-up side of an InfluxDB 2, of which there is none to be had here: organisations, buckets, tasks and
// queries as its API documents them. https://docs.influxdata.com/influxdb/v2/api/

import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { afterAll } from 'vitest'

export interface StubBucket {
  id: string
  name: string
  orgID: string
  retentionRules: { type: string; everySeconds: number }[]
}

export interface StubTask {
  id: string
  name: string
  orgID: string
  flux: string
}

/** By token, what it may do. */
export type Rights = 'read' | 'write' | 'nothing'

const running: V2Stub[] = []
afterAll(async () => {
  for (const stub of running) await stub.end()
})

export class V2Stub {
  buckets: StubBucket[] = []
  tasks: StubTask[] = []
  /** Flux that was to be run, in order. */
  scripts: string[] = []
  /** What the next script answers. */
  answer = ''
  /** `POST /api/v2/buckets`, in order. */
  asked: string[] = []
  /** Whether no token may see tasks. */
  areTasksHidden = false
  readonly rights = new Map<string, Rights>([['all', 'write']])
  readonly #server = createServer((request, response) => this.#take(request, response))
  #ids = 1

  static async begin(): Promise<V2Stub> {
    const stub = new V2Stub()
    running.push(stub)
    stub.#server.listen(0, '127.0.0.1')
    await once(stub.#server, 'listening')
    return stub
  }

  get url(): string {
    const address = this.#server.address()
    if (address === null || typeof address === 'string') throw new Error('a port is a number')
    return `http://127.0.0.1:${address.port}`
  }

  async end(): Promise<void> {
    this.#server.close()
    this.#server.closeAllConnections()
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const text = Buffer.concat(chunks).toString()
    const url = new URL(request.url ?? '', 'http://stub')
    const what = `${request.method} ${url.pathname}`
    this.asked.push(what)
    const [status, body] = this.#reply(what, url.searchParams, text, request.headers.authorization)
    response.writeHead(status, { 'Content-Type': 'application/json' })
    response.end(typeof body === 'string' ? body : JSON.stringify(body))
  }

  #reply(
    what: string,
    search: URLSearchParams,
    text: string,
    authorization = '',
  ): [number, unknown] {
    // Nobody needs a right for it.
    if (what === 'GET /ping') return [204, '']
    const rights = this.rights.get(authorization.replace(/^Token /, ''))
    if (rights === undefined) return refused(401, 'unauthorized', 'unauthorized access')
    if (what === 'GET /api/v2/orgs') return this.#organisations(search.get('org'))
    if (rights === 'nothing' || (rights === 'read' && !what.startsWith('GET ')))
      return refused(403, 'forbidden', 'insufficient permissions for write')
    if (what === 'GET /api/v2/buckets') return this.#bucketsCalled(search.get('name'))
    if (what === 'GET /api/v2/tasks' && this.areTasksHidden)
      return refused(403, 'forbidden', 'insufficient permissions for read:tasks')
    if (what === 'GET /api/v2/tasks')
      return [200, { tasks: this.tasks.filter(({ name }) => name === search.get('name')) }]
    if (what === 'POST /api/v2/query') {
      this.scripts.push(text)
      return [200, this.answer]
    }
    const value = JSON.parse(text)
    const id = this.#newId()
    const [, , , kind, old] = what.split('/')
    if (what === 'POST /api/v2/buckets') this.buckets.push({ id, ...value })
    else if (what === 'POST /api/v2/tasks')
      this.tasks.push({ id, name: nameIn(value.flux), ...value })
    else if (kind === 'buckets')
      Object.assign(this.buckets.find(one => one.id === old) ?? {}, value)
    else if (kind === 'tasks') Object.assign(this.tasks.find(one => one.id === old) ?? {}, value)
    else return refused(404, 'not found', 'path not found')
    return [what.startsWith('POST') ? 201 : 200, { id }]
  }

  #organisations(org: string | null): [number, unknown] {
    if (org !== 'mp') return refused(404, 'not found', `organization name "${org}" not found`)
    return [200, { orgs: [{ id: '0000000000000001', name: 'mp' }] }]
  }

  #bucketsCalled(name: string | null): [number, unknown] {
    const buckets = this.buckets.filter(bucket => bucket.name === name)
    if (buckets.length === 0) return refused(404, 'not found', `bucket "${name}" not found`)
    return [200, { buckets }]
  }

  #newId(): string {
    this.#ids += 1
    return this.#ids.toString(16).padStart(16, '0')
  }
}

const refused = (status: number, code: string, message: string): [number, unknown] => [
  status,
  { code, message },
]

const nameIn = (flux: string): string => /option task = \{name: "(.*?)"/.exec(flux)?.[1] ?? ''
