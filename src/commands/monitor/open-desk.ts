// The store of a folder, opened for one command where no monitor holds it.

import type { OpenedDesk } from './where.ts'

/** Null where there is no store. */
export const openDesk = async (_folder: string): Promise<OpenedDesk | null> => null
