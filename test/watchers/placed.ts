// Placements of the watchers' site, and connections between them, for tests that call a watcher itself.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Compliance } from '../../src/compliance.ts'
import { parseAddress } from '../../src/model/address.ts'
import { assert } from '../../src/model/errors.ts'
import type { Placement } from '../../src/model/inventory.ts'
import type { Connection, WatchedPacket } from '../../src/model/sighting.ts'
import { complianceFor } from '../support/audit.ts'
import { SITE } from './site.ts'

/** Where the address stands in the site. */
export function placed(text: string): Placement {
  const address = parseAddress(text)
  assert(address !== undefined, `"${text}" is an address`)
  return siteOf().inventory.place(address)
}

export const connectionOf = (flow: number, told: Partial<Connection> = {}): Connection => ({
  ...{ transport: 'tcp', client: placed('10.10.20.21'), server: placed('10.10.20.11') },
  ...{ clientPort: 1024 + flow, serverPort: 61_004, basis: 'syn', timeNs: 0, flow },
  isReset: false,
  ...told,
})

/** A packet of the client. */
export const packetOf = (connection: Connection, timeNs: number): WatchedPacket => {
  const { flow, transport, client, server, clientPort, serverPort } = connection
  return {
    ...{ flow, transport, timeNs, isFromHigh: true, ttl: 64, payloadBytes: 5 },
    low: { address: server.address, port: serverPort },
    high: { address: client.address, port: clientPort },
    tcp: { flags: 16, sequence: 1, acknowledgement: 1, window: 9 },
    packet: { file: 0, frame: 1, offset: 0 },
  }
}

let made: Compliance | null = null

function siteOf(): Compliance {
  if (made !== null) return made
  const folder = mkdtempSync(join(tmpdir(), 'mpwatch-placed-'))
  try {
    const file = join(folder, 'site.yaml')
    writeFileSync(file, SITE)
    made = complianceFor(file, null)
    return made
  } finally {
    rmSync(folder, { recursive: true })
  }
}
