// Whom a command asks: the monitor that runs, through its control socket, or where none does, the store itself.

import { userInfo } from 'node:os'
import type { Command } from 'commander'
import { watchConfigOf } from '../../config/watch.ts'
import type { DeskPort } from '../../model/desk.ts'
import { Unavailable } from '../../model/desk.ts'
import { InputError } from '../../model/errors.ts'
import { connectionFault } from '../../web/socket.ts'
import { NoMonitor, noMonitorReason, SocketDesk } from '../../web/socket-desk.ts'

export interface WhereOptions {
  readonly socket?: string
  readonly store?: string
  readonly config?: string
}

/** A store that was opened for one command alone. */
export interface OpenedDesk {
  readonly desk: DeskPort
  close(): Promise<void>
}

/** Opens the store of a folder; null where there is none. */
export type OpenDesk = (folder: string) => Promise<OpenedDesk | null>

/** The database is loaded only where there is no monitor to ask. */
export const lazily: OpenDesk = async folder => (await import('./open-desk.ts')).openDesk(folder)

export const withWhere = (command: Command): Command =>
  command
    .option('--socket <path>', 'the control socket of the monitor')
    .option('--store <folder>', 'the folder of its store, in which the socket is')
    .option('--config <file>', 'its configuration file, which names both')

/**
 * @throws InputError where there is nothing to ask, or it cannot be asked at present.
 */
export async function withDesk<Value>(
  options: WhereOptions,
  open: OpenDesk,
  work: (desk: DeskPort) => Promise<Value>,
): Promise<Value> {
  const { socket, folder } = placeOf(options)
  const fault = await connectionFault(socket)
  try {
    if (fault === null) return await work(new SocketDesk(socket))
    const opened = fault === 'EACCES' || folder === null ? null : await open(folder)
    if (opened === null) throw nothingThere(socket, fault, folder)
    try {
      return await work(opened.desk)
    } finally {
      await opened.close()
    }
  } catch (error) {
    if (error instanceof Unavailable || error instanceof NoMonitor)
      throw new InputError(error.message)
    throw error
  }
}

/** A socket that was named alone says nothing of a store. */
function placeOf({ socket, store, config }: WhereOptions) {
  const named = {
    ...(socket === undefined ? {} : { socket }),
    ...(store === undefined ? {} : { store }),
  }
  const place = watchConfigOf(config ?? null, named)
  const isSocketAlone = socket !== undefined && store === undefined && config === undefined
  return { socket: place.socket, folder: isSocketAlone ? null : place.store.folder }
}

function nothingThere(socket: string, fault: string, folder: string | null): InputError {
  const asked = `No monitor can be asked at ${socket}: ${noMonitorReason(fault)}.`
  if (fault === 'EACCES') return new InputError(asked)
  const store = folder === null ? '' : ` There is no store in ${folder} either.`
  return new InputError(
    `${asked}${store} Name the place with --store, --socket or --config, or start mpwatch watch.`,
  )
}

/** Who does what the command does, if nobody says. */
export function authorOf(named: string | undefined): string {
  if (named !== undefined) return named
  try {
    return userInfo().username
  } catch {
    // A user without a name, as containers have them.
    return `user ${process.getuid?.() ?? 'unknown'}`
  }
}
