// Paths in the sections `influx` and `alerts`, which are relative to the configuration file as all others are.

import type { InfluxConfig, RouteConfig, RouteTarget, SecretSource } from '../model/watch-config.ts'

/** Makes a path of the file absolute. */
export type Near = (path: string | null) => string | null

export const influxNear = (config: InfluxConfig, near: Near): InfluxConfig => ({
  ...config,
  secret: secretNear(config.secret, near),
  caFile: near(config.caFile),
})

export const routeNear = (config: RouteConfig, near: Near): RouteConfig => ({
  ...config,
  target: targetNear(config.target, near),
})

function targetNear(target: RouteTarget, near: Near): RouteTarget {
  if (target.kind === 'eve') return { ...target, path: near(target.path) ?? target.path }
  const caFile = near(target.caFile)
  if (!('secret' in target)) return { ...target, caFile }
  const secret = secretNear(target.secret, near)
  if (target.kind === 'mail') return { ...target, caFile, secret }
  const url = typeof target.url === 'string' ? target.url : secretNear(target.url, near)
  return { ...target, caFile, secret, url: url ?? target.url }
}

const secretNear = (secret: SecretSource | null, near: Near): SecretSource | null =>
  secret?.from === 'file' ? { ...secret, path: near(secret.path) ?? secret.path } : secret
