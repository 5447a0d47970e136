// Where the captures of a result lie now. Names are those that the audit was given; the hash settles later
// whether what was found is what was audited.

import { existsSync } from 'node:fs'
import { basename, join } from 'node:path'
import { isFolder } from '../../capture/folder.ts'
import { UsageError } from '../../model/errors.ts'
import { counted } from '../../model/text.ts'

/**
 * A path for each stored name, in the same order. `places` are files and folders of `--captures`; without
 * any, the names themselves are the paths. Throws a UsageError that names every capture that is missing.
 */
export function located(names: readonly string[], places: readonly string[]): readonly string[] {
  const files = places.filter(place => !isFolder(place))
  const folders = places.filter(isFolder)
  const paths = names.map(name =>
    places.length === 0 ? asGiven(name) : (amongFiles(name, files) ?? inFolders(name, folders)),
  )
  const [only] = files
  // A file that was renamed since, or standard input that was kept: nothing else can be meant.
  if (names.length === 1 && paths[0] === undefined && files.length === 1 && only !== undefined)
    return [only]
  const missing = names.filter((_, index) => paths[index] === undefined)
  if (missing.length > 0) throw notFound(missing, places)
  return paths.filter(path => path !== undefined)
}

const STANDARD_INPUT = '-'

const asGiven = (name: string): string | undefined =>
  name !== STANDARD_INPUT && existsSync(name) ? name : undefined

const amongFiles = (name: string, files: readonly string[]): string | undefined =>
  files.find(file => basename(file) === basename(name))

/** Below a folder by as much of the stored path as is there: two captures may share their last name. */
function inFolders(name: string, folders: readonly string[]): string | undefined {
  const parts = name.split(/[/\\]/).filter(part => part !== '' && part !== '.' && part !== '..')
  return parts
    .flatMap((_, from) => folders.map(folder => join(folder, ...parts.slice(from))))
    .find(existsSync)
}

const NAMES_TOLD_MAX = 10

const spoken = (name: string): string => (name === STANDARD_INPUT ? 'standard input' : name)

function notFound(missing: readonly string[], places: readonly string[]): UsageError {
  const where = places.length === 0 ? 'where the audit read them' : `in ${places.join(', ')}`
  const told = missing.slice(0, NAMES_TOLD_MAX).map(name => `${spoken(name)}: not found ${where}.`)
  const more = missing.length - told.length
  return new UsageError(
    [
      ...told,
      ...(more > 0 ? [`${counted(more, 'capture')} more.`] : []),
      'Say with --captures where they lie now: files or folders.',
    ].join('\n'),
  )
}
