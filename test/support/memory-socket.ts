// A desk in memory that answers on a control socket; each test may put another one in its place.

import { afterAll, beforeAll } from 'vitest'
import { apiOf } from '../../src/web/api.ts'
import type { Served } from '../../src/web/server.ts'
import { listenOnSocket } from '../../src/web/socket.ts'
import type { MemoryDesk } from './memory-desk.ts'

/** Listens there for as long as the tests of the file run; `current` says which desk answers now. */
export function answeringOn(path: string, current: () => MemoryDesk): void {
  let server: Served
  beforeAll(async () => {
    const desk = new Proxy({} as MemoryDesk, {
      get: (_, name) => current()[name as keyof MemoryDesk],
    })
    server = await listenOnSocket(
      apiOf(desk, () => {}),
      path,
    )
  })
  afterAll(() => server.close())
}
