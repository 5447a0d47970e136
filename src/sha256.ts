// The hash by which findings, acts, notices and runs have their ids.

import { createHash } from 'node:crypto'

/** As 64 hexadecimal digits. */
export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')
