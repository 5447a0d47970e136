// Files that come with the program.

import { fileURLToPath } from 'node:url'

/** The policy's folder. */
export const RULES = fileURLToPath(new URL('../../rules', import.meta.url))
