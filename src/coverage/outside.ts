// The zones against which a port that is exposed to nobody has to be shut.

import type { Zone } from '../model/inventory.ts'

/** Behind the DMZ's or the external firewall (T-04). WebEx is the Internet to whom it calls upon. */
const OUTSIDE: readonly Zone[] = ['dmz', 'user-net', 'internet', 'cloud']

export const isOutside = (zone: Zone): boolean => OUTSIDE.includes(zone)
