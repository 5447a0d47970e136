// What all our DuckDB files have in common, whatever is in them.

import { statSync } from 'node:fs'

/** Settings under which DuckDB never reaches for an extension, and so never for the network. */
export const NO_EXTENSIONS = {
  autoinstall_known_extensions: 'false',
  autoload_known_extensions: 'false',
  allow_community_extensions: 'false',
}

/** The text within SQL, where no parameter can stand. */
export const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`

/** What the file and its log of changes take up. */
export const bytesOf = (path: string): number =>
  [path, `${path}.wal`]
    .map(each => statSync(each, { throwIfNoEntry: false })?.size ?? 0)
    .reduce((sum, bytes) => sum + bytes, 0)
