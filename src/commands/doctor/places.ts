// The places where the monitor answers: its control socket, and /metrics.

import { lstatSync } from 'node:fs'
import { createServer } from 'node:net'
import { hostAndPort } from '../../model/address.ts'
import { shellWord } from '../../model/text.ts'
import type { WatchConfig } from '../../model/watch-config.ts'
import { connectionFault } from '../../web/socket.ts'
import { type Check, checkOf } from './check.ts'

export async function placeChecks(config: WatchConfig): Promise<readonly Check[]> {
  const control = await controlCheck(config)
  return [control.check, ...(await metricsChecks(config, control.isRunning))]
}

interface Control {
  readonly check: Check
  readonly isRunning: boolean
}

async function controlCheck({ socket }: WatchConfig): Promise<Control> {
  const check = checkOf('control', socket)
  const isQuiet = (told: Check): Control => ({ check: told, isRunning: false })
  const kind = kindOf(socket)
  if (kind === 'nothing') return isQuiet(check('ok', 'no monitor is running there'))
  if (kind === 'other')
    return isQuiet(
      check('fail', 'this is no socket, and in the way: name another path (--socket), or move it'),
    )
  const answer = await connectionFault(socket)
  if (answer === null)
    return {
      check: check('ok', 'a monitor is running and answers; it holds the store', 'mpwatch status'),
      isRunning: true,
    }
  if (answer === 'ECONNREFUSED')
    return isQuiet(check('ok', 'left behind by a monitor that has ended; the next one replaces it'))
  if (answer === 'EACCES')
    return {
      check: check(
        'fail',
        'belongs to another user, whose monitor may be running',
        `ls -l ${shellWord(socket)}`,
      ),
      isRunning: true,
    }
  return isQuiet(check('warn', `does not answer (${answer})`))
}

function kindOf(path: string): 'nothing' | 'socket' | 'other' {
  try {
    return lstatSync(path).isSocket() ? 'socket' : 'other'
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EACCES'
      ? 'socket'
      : 'nothing'
  }
}

async function metricsChecks(
  { metrics }: WatchConfig,
  isRunning: boolean,
): Promise<readonly Check[]> {
  if (metrics === null) return []
  const check = checkOf('metrics', hostAndPort(metrics.host, metrics.port))
  const wrong = await unusable(metrics)
  if (wrong === null) return [check('ok', 'is free')]
  if (wrong === 'EADDRINUSE')
    return [
      isRunning
        ? check('ok', 'in use, as it should be while a monitor is running')
        : check(
            'fail',
            'another program listens there: name another place (--metrics), or off',
            `sudo ss -ltnp 'sport = :${metrics.port}'`,
          ),
    ]
  return [check('fail', `nobody can listen there (${wrong}): is it an address of this computer?`)]
}

/** Listens there for a moment; null where that works. */
function unusable({ host, port }: { host: string; port: number }): Promise<string | null> {
  return new Promise(resolve => {
    const server = createServer(socket => socket.destroy())
    server.once('error', error => resolve('code' in error ? String(error.code) : error.message))
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(null)))
  })
}
