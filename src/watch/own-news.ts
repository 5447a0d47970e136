// What the main thread has told the judging one of the monitor's own sessions. Read up, and not waited for: a message
// that waits for its turn may come behind the packets that it is about.

import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads'
import type { OwnNews } from '../model/own-session.ts'

/** All that was told on the port since this was last asked. */
export const ownNewsOf =
  (port: MessagePort): (() => readonly OwnNews[]) =>
  () => {
    const news: OwnNews[] = []
    for (
      let next = receiveMessageOnPort(port);
      next !== undefined;
      next = receiveMessageOnPort(port)
    )
      news.push(next.message)
    return news
  }
