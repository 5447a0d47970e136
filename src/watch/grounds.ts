// What transports of alerts must know of whoever sends: the same for a running monitor, a test of a route and the doctor.

import { hostname } from 'node:os'
import type { Grounds } from '../alerts/grounds.ts'
import { readSecret } from '../config/secret.ts'
import { VERSION } from '../version.ts'

/** Secrets come from the environment and from files. */
export const groundsOf = (
  around: Pick<Grounds, 'sensors' | 'nowMs'> & Partial<Pick<Grounds, 'policy'>>,
): Grounds => ({
  ...{ version: VERSION, hostname: hostname(), processId: process.pid },
  policy: () => null,
  readSecret: source => readSecret(source),
  ...around,
})
