// The control socket: a Unix domain socket that is its owner's alone. Whoever can connect to it may do everything,
// so permission of the file system is the whole of its security.

import { lstatSync, statSync, unlinkSync } from 'node:fs'
import type { RequestListener, Server } from 'node:http'
import { connect } from 'node:net'
import { dirname } from 'node:path'
import { UsageError } from '../model/errors.ts'
import { SOCKET_PATH_BYTES_MAX } from '../model/watch-config.ts'
import { boundedServer, type Served, served } from './server.ts'

const CONNECTIONS_MAX = 64
const OTHERS_MAY_WRITE = 0o022
const STICKY = 0o1000
const OWNER_ONLY_MASK = 0o177
const ROOT = 0

/**
 * Listens until it is closed, which removes the socket. A socket that a dead process has left is taken over.
 *
 * @throws UsageError where the path is too long, the folder is not safe, or somebody listens there already.
 */
export async function listenOnSocket(listener: RequestListener, path: string): Promise<Served> {
  refuseLong(path)
  refuseUnsafe(dirname(path))
  await clear(path)
  const server = boundedServer(listener, CONNECTIONS_MAX)
  await listening(server, path)
  return served(server, path)
}

function refuseLong(path: string): void {
  const bytes = Buffer.byteLength(path)
  if (bytes > SOCKET_PATH_BYTES_MAX)
    throw refused(
      path,
      `the path has ${bytes} bytes, and a socket may have ${SOCKET_PATH_BYTES_MAX}. Choose a shorter one.`,
    )
}

/** Whoever may write to the folder could put a socket of their own in place of ours. */
function refuseUnsafe(folder: string): void {
  const status = statSync(folder, { throwIfNoEntry: false })
  if (status === undefined) throw refused(folder, 'there is no such folder. Make it first.')
  if (!status.isDirectory()) throw refused(folder, 'is no folder. Name a path in a folder.')
  const owner = process.getuid?.()
  if (owner !== undefined && status.uid !== owner && status.uid !== ROOT)
    throw refused(folder, `belongs to user ${status.uid}. Choose a folder of your own.`)
  if ((status.mode & OTHERS_MAY_WRITE) !== 0 && (status.mode & STICKY) === 0)
    throw refused(folder, `others may write to it. Change that: chmod go-w ${folder}`)
}

async function clear(path: string): Promise<void> {
  const status = lstatSync(path, { throwIfNoEntry: false })
  if (status === undefined) return
  if (!status.isSocket()) throw refused(path, 'is there and is no socket. Choose another path.')
  const fault = await connectionFault(path)
  if (fault === null)
    throw refused(path, 'a monitor listens there already. Stop it, or choose another path.')
  if (fault !== 'ECONNREFUSED')
    throw refused(
      path,
      `is there and cannot be asked (${fault}). Remove it, or choose another path.`,
    )
  unlinkSync(path)
}

/** Null where somebody answers, else what the system calls it: ENOENT, ECONNREFUSED, EACCES. */
export function connectionFault(path: string): Promise<string | null> {
  return new Promise(resolve => {
    const socket = connect(path)
    socket.on('connect', () => {
      socket.destroy()
      resolve(null)
    })
    socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message))
  })
}

/** The socket is made within the call, and so under this mask: at no moment could others connect. */
function listening(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(refused(path, `no socket can be made there (${error.code ?? error.message}).`)),
    )
    const before = process.umask(OWNER_ONLY_MASK)
    try {
      server.listen(path, () => resolve())
    } finally {
      process.umask(before)
    }
  })
}

const refused = (where: string, message: string): UsageError => new UsageError([{ where, message }])
