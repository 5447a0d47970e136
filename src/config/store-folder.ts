// Where the history is kept if nobody says where: in the folder of services where this user may write there, else
// in his own (XDG Base Directory Specification 0.8). It never depends on the working directory, so that
// `mpwatch findings` finds what `mpwatch watch` keeps.

import { accessSync, constants } from 'node:fs'
import { homedir } from 'node:os'
import { isAbsolute, join } from 'node:path'

const OF_SERVICES = '/var/lib/mpwatch'

export function defaultStoreFolder(
  environment: Readonly<Record<string, string | undefined>> = process.env,
): string {
  if (process.getuid?.() === 0 || mayWrite(OF_SERVICES)) return OF_SERVICES
  const own = environment['XDG_STATE_HOME'] ?? ''
  return join(isAbsolute(own) ? own : join(homedir(), '.local', 'state'), 'mpwatch')
}

function mayWrite(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK | constants.X_OK)
    return true
  } catch {
    return false
  }
}
