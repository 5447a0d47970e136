// The journal, of all files of the store the one that may not be lost: every line is held against its checksum and
// its number. It is read only, so this works while a monitor writes; what is being written at the end is no damage.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { counted } from '../../model/text.ts'
import type { WatchConfig } from '../../model/watch-config.ts'
import { headIn, listSegments, type Segment, SegmentReader } from '../../store/journal-segments.ts'
import { type Check, checkOf } from './check.ts'

const LINE_FEED = 0x0a
const TOLD_MAX = 3

/** Nothing where there is no journal that this user may read; that is told of the folder. */
export function journalChecks({ store }: WatchConfig): readonly Check[] {
  const folder = join(store.folder, 'journal')
  const notes: string[] = []
  let missing = 0
  const reader = new SegmentReader(
    {
      damaged: note => notes.push(note),
      missing: (count, note) => {
        missing += count
        notes.push(note)
      },
    },
    null,
  )
  let lines = 0
  const segments = segmentsIn(folder)
  if (segments === null) return []
  for (const [index, segment] of segments.entries())
    for (const _ of reader.read(segment, wholeLines(segment), headIn(segments.slice(index + 1))))
      lines++
  const check = checkOf('journal', folder)
  if (notes.length === 0) return [check('ok', `${counted(lines, 'entry', 'entries')}, all whole`)]
  const told = notes.slice(0, TOLD_MAX).join(' ')
  return [
    check(
      'warn',
      `${counted(missing, 'entry', 'entries')} lost, ${counted(lines, 'entry', 'entries')} whole: ${told}${notes.length > TOLD_MAX ? ' …' : ''} Watching goes on without them; the disk should be looked at`,
    ),
  ]
}

function segmentsIn(folder: string): readonly Segment[] | null {
  try {
    return listSegments(folder)
  } catch {
    return null
  }
}

/** Up to the last line feed. A file that has been cleaned away meanwhile holds nothing. */
function wholeLines({ path }: Segment): Buffer {
  try {
    const bytes = readFileSync(path)
    return bytes.subarray(0, bytes.lastIndexOf(LINE_FEED) + 1)
  } catch {
    return Buffer.alloc(0)
  }
}
