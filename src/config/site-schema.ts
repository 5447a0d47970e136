// The shape of a site file, key by key. What its parts must agree on is checked in site-checks.ts.

import { z } from 'zod'
import {
  apiVersion,
  entries,
  list,
  name,
  oneOrMany,
  orNull,
  ownZone,
  read,
  role,
  word,
} from './leaves.ts'
import { readAddress, readHostName, readMac, readPortRange, readPrefix } from './readers.ts'

/** The site file. */
export const siteFile = z.strictObject({
  api_version: apiVersion,
  site: z.strictObject({
    name,
    webex_site: orNull(read(readHostName)),
    external_users: orNull(z.boolean()),
  }),
  public_prefixes: list(read(readPrefix)).default([]),
  networks: entries,
  nodes: entries,
  modes: z
    .strictObject({
      gwsim: z.record(z.string(), z.unknown()).default({}),
      socks: orNull(
        z.strictObject({
          proxy: read(readAddress),
          port: z.number().int().min(1).max(65_535).default(1080),
        }),
      ),
      https: z.boolean().default(false),
    })
    .prefault({}),
  sensors: entries,
  exceptions: entries,
})

export const networkEntry = z.strictObject({
  prefix: read(readPrefix),
  zone: ownZone,
  role: orNull(role),
})

export const nodeEntry = z.strictObject({
  name,
  role: oneOrMany(role),
  address: oneOrMany(read(readAddress)),
  nat: oneOrMany(read(readAddress)).optional(),
  mac: oneOrMany(read(readMac)).optional(),
  site: name.optional(),
  zone: orNull(ownZone),
  dynamic_ports: orNull(oneOrMany(read(readPortRange))),
})

export const gwsimEntry = word('gwsim mode', ['normal', 'reverse'])

/** Times are exact for weeks, so a day is no trouble, and more than that is no error of a clock. */
const CLOCK_MS_MAX = 86_400_000

export const sensorEntry = z.strictObject({
  name,
  sees: list(ownZone).min(1),
  clock_ms: z.number().min(-CLOCK_MS_MAX).max(CLOCK_MS_MAX).default(0),
})
