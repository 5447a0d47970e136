// The history: what the journal holds, as tables that can be asked. It follows the journal by a fraction of a second,
// and every question waits until it has caught up. When its file turns out to be damaged it is set aside, and a new one
// is made of the journal, while the store goes on.

import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { UsageError } from '../model/errors.ts'
import { type Connection, Database, setAside } from './database.ts'
import { bytesOf } from './duckdb-file.ts'
import { Gate } from './gate.ts'
import { apply } from './history-apply.ts'
import { appliedIn, cursorsIn } from './history-queries.ts'
import { removeOld } from './history-retention.ts'
import type { Journal } from './journal.ts'
import { entryOf, type Numbered } from './journal-entry.ts'
import type { Defects } from './journal-segments.ts'
import { Latest } from './latest.ts'
import { isNoSpace, isRefused, textOf } from './system-errors.ts'
import { Turns } from './turns.ts'

const FILE = 'history.duckdb'
/** Applied together; what comes faster is applied in several goes. */
const GROUP_MAX = 2_000
/** Recorded and not yet applied; beyond, they are read from the journal again. */
const PENDING_MAX = 10_000
const FLUSH_MS = 200
/** What was mended as often as this and fails again is left for the next time. */
const TRIES_MAX = 100

type Transaction = (work: (db: Connection) => Promise<void>) => Promise<void>

export interface HistoryOptions {
  readonly folder: string
  readonly journal: Journal
  readonly makeRoom: () => Promise<boolean>
  /** What the journal turns out to lack while it is read. */
  readonly defects: Defects
  /** A file that is smaller is read whole when it is opened. */
  readonly checkedBytesMax: number
  /** Tells people what happened to the file. */
  readonly note: (text: string) => void
}

export class History {
  readonly #options: HistoryOptions
  readonly #path: string
  /** Null after DuckDB gave it up, or while it cannot be opened; it is opened again by whoever needs it. */
  #open: Database | null
  #pending: Numbered[] = []
  /** The journal holds entries that are neither applied nor pending. */
  #isBehind = true
  #applied = 0
  readonly #latest = new Latest()
  readonly #users = new Gate()
  /** Whatever changes the database is done one after the other. */
  readonly #changes = new Turns()
  #timer: NodeJS.Timeout | null = null
  #isClosed = false
  #isRenewed = false
  /** Why it is behind and cannot help it; null while all is well. */
  trouble: string | null = null

  private constructor(options: HistoryOptions, db: Database) {
    this.#options = options
    this.#path = join(options.folder, FILE)
    this.#open = db
  }

  /** Opens the file, or sets it aside and begins anew; then applies what the journal has more. */
  static async open(options: HistoryOptions): Promise<History> {
    const path = join(options.folder, FILE)
    let isRenewed = false
    const note = (text: string) => {
      isRenewed = true
      options.note(text)
    }
    const db = await opened(path, { ...options, note })
    const history = new History(options, db)
    history.#isRenewed = isRenewed
    history.#latest.takeCursors(await cursorsIn(db.reader))
    history.#applied = await appliedIn(db.reader)
    return history
  }

  /** The line of the journal up to which it has come. */
  get applied(): number {
    return this.#applied
  }

  /** Whether its file was set aside when it was opened. */
  get isRenewed(): boolean {
    return this.#isRenewed
  }

  /** Takes entries that the journal has just kept; they are rows soon, or when somebody asks. */
  add(entries: readonly Numbered[]): void {
    if (this.#isBehind || this.#pending.length + entries.length > PENDING_MAX) {
      this.#isBehind = true
      this.#pending = []
    } else this.#pending.push(...entries)
    this.writeSoon()
  }

  /** Coverage, ledger and cursors. Whoever changes them calls `writeSoon`, or `flush`. */
  get latest(): Latest {
    return this.#latest
  }

  /** Of the file and its log. */
  get bytes(): number {
    return bytesOf(this.#path)
  }

  /** Too large to have been read whole when it was opened. */
  get isLarge(): boolean {
    return this.bytes >= this.#options.checkedBytesMax
  }

  /** Asks, after everything that was recorded before has been applied. */
  async ask<Answer>(question: (db: Connection) => Promise<Answer>): Promise<Answer> {
    await this.flush()
    for (let tries = 1; ; tries++) {
      let asked: Database | null = null
      try {
        return await this.#users.shared(async () => {
          asked = await this.#usable()
          return question(asked.reader)
        })
      } catch (error) {
        if (tries === TRIES_MAX || !isOfFile(error)) throw error
        await this.#queued(() => this.#mend(error, asked))
      }
    }
  }

  /** Applies what is pending. Keeps the promise also where it could not: `trouble` says so then. */
  async flush(): Promise<void> {
    await this.#queued(() => this.#flush())
  }

  /** Removes what ended before that moment of the monitor's own clock. */
  async retain(beforeMs: number, nowMs: number): Promise<void> {
    await this.#queued(() =>
      this.#treated(transaction => transaction(db => removeOld(db, { beforeMs, nowMs }))),
    )
  }

  /** Reads every row, and begins anew where that fails. */
  async check(): Promise<void> {
    let checked: Database | null = null
    try {
      await this.#users.shared(async () => {
        checked = await this.#usable()
        await checked.check()
      })
    } catch (error) {
      if (isOfFile(error) && !this.#isClosed) await this.#queued(() => this.#mend(error, checked))
    }
  }

  stopChecking(): void {
    this.#open?.stopChecking()
  }

  async close(): Promise<void> {
    this.#latest.markAll()
    await this.flush()
    this.#isClosed = true
    if (this.#timer !== null) clearTimeout(this.#timer)
    await this.#giveUp()
  }

  writeSoon(): void {
    if (this.#isClosed) return
    this.#timer ??= setTimeout(() => {
      this.#timer = null
      void this.flush()
    }, FLUSH_MS)
  }

  #queued(work: () => Promise<unknown>): Promise<unknown> {
    return this.#changes.take(async () => (this.#isClosed ? undefined : await work()))
  }

  async #flush(): Promise<void> {
    if (!this.#isBehind && this.#pending.length === 0 && !this.#latest.isDirty) return
    await this.#treated(async transaction => {
      if (this.#isBehind) await this.#catchUp(transaction)
      while (this.#pending.length > 0)
        await this.#applyGroup(transaction, this.#pending.slice(0, GROUP_MAX))
      if (this.#latest.isDirty) await this.#writeLatest(transaction)
    })
  }

  async #writeLatest(transaction: Transaction): Promise<void> {
    const parts = this.#latest.takeDirty()
    try {
      await transaction(db => this.#latest.write(db, parts))
    } catch (error) {
      this.#latest.mark(parts)
      throw error
    }
  }

  /** Does the work, with what helps against a full disk and a damaged file. */
  async #treated(work: (transaction: Transaction) => Promise<void>): Promise<void> {
    for (let tries = 1; ; tries++) {
      try {
        await this.#usable()
        await work(this.#transaction)
        this.trouble = null
        return
      } catch (error) {
        if (!isNoSpace(error) && !isOfFile(error)) throw error
        const isMended = await this.#mend(error)
        if (isMended && tries < TRIES_MAX) continue
        this.trouble = `The history cannot be written, the journal goes on: ${textOf(error)}`
        this.writeSoon()
        return
      }
    }
  }

  readonly #transaction: Transaction = async work => {
    const { writer } = await this.#usable()
    await writer.transaction(() => work(writer))
  }

  /** Whether it is worth trying again. `failed` is what the error is of, where that may have been replaced since. */
  async #mend(error: unknown, failed = this.#open): Promise<boolean> {
    if (failed !== this.#open) return true
    // After a checkpoint that failed DuckDB wants the file to be opened again; nothing is wrong with it.
    if (isInvalidated(error)) await this.#giveUp()
    if (isNoSpace(error)) return await this.#options.makeRoom()
    if (isInvalidated(error)) return true
    try {
      await this.#renew(error)
      return true
    } catch {
      return false
    }
  }

  async #usable(): Promise<Database> {
    if (this.#open !== null) return this.#open
    if (this.#isClosed) throw new Error('the store is closed')
    const db = await Database.open(this.#path)
    // Somebody else may have been faster.
    if (this.#open !== null) {
      db.close()
      return this.#open
    }
    this.#open = db
    this.#applied = await appliedIn(db.reader)
    return db
  }

  /** Closes the file when nobody is asking it any more. */
  async #giveUp(): Promise<void> {
    await this.#users.alone(async () => {
      try {
        this.#open?.close()
      } catch {
        // What closing would still have written is in the journal.
      }
      this.#open = null
    })
  }

  async #catchUp(transaction: Transaction): Promise<void> {
    this.#pending = []
    this.#isBehind = false
    const { journal, defects } = this.#options
    try {
      let group: Numbered[] = []
      for await (const line of journal.read(this.#applied, defects)) {
        group.push(entryOf(line))
        if (group.length === GROUP_MAX) {
          await this.#applyGroup(transaction, group)
          group = []
        }
      }
      await this.#applyGroup(transaction, group)
    } catch (error) {
      this.#isBehind = true
      throw error
    }
  }

  async #applyGroup(transaction: Transaction, group: readonly Numbered[]): Promise<void> {
    const fresh = group.filter(({ seq }) => seq > this.#applied)
    const last = fresh.at(-1)
    if (last !== undefined) {
      await transaction(db => apply(db, fresh))
      this.#applied = last.seq
    }
    this.#pending = this.#pending.filter(({ seq }) => seq > this.#applied)
  }

  /** Sets the file aside and makes a new one of the journal. */
  async #renew(error: unknown): Promise<void> {
    await this.#giveUp()
    this.#open = await renewedFile(this.#path, this.#options, error)
    this.#applied = 0
    this.#isBehind = true
    this.#pending = []
    this.#latest.markAll()
    await this.#catchUp(this.#transaction)
  }
}

/** The file has to be opened again, or is not what was written. */
const isOfFile = (error: unknown): boolean =>
  isInvalidated(error) || (isRefused(error) && OF_FILE.test(textOf(error)))

const isInvalidated = (error: unknown): boolean => /has been invalidated/.test(textOf(error))

const OF_FILE =
  /^(?:IO Error|INTERNAL|Internal|FATAL|Fatal|Serialization|Invalid|TransactionContext|Corrupt)/

async function opened(path: string, options: HistoryOptions): Promise<Database> {
  rmSync(join(options.folder, 'tmp'), { recursive: true, force: true })
  try {
    return await checked(path, options)
  } catch (error) {
    if (isNoSpace(error) && (await options.makeRoom())) return await opened(path, options)
    if (!isRefused(error)) throw unusable(path, error)
    return await renewedFile(path, options, error)
  }
}

async function checked(path: string, options: HistoryOptions): Promise<Database> {
  const db = await Database.open(path)
  try {
    if (bytesOf(path) < options.checkedBytesMax) await db.check()
    return db
  } catch (error) {
    db.close()
    throw error
  }
}

async function renewedFile(
  path: string,
  options: HistoryOptions,
  error: unknown,
): Promise<Database> {
  const aside = setAside(path)
  options.note(
    `${FILE} was damaged (${textOf(error).split('\n')[0]}). It was set aside as ${aside}, and a new one is made of the journal; the latest coverage, the ledgers of past hours and events that the journal no longer has are in the old file only.`,
  )
  return await Database.open(path)
}

const unusable = (path: string, error: unknown): unknown =>
  error instanceof UsageError
    ? error
    : new UsageError(`${path} cannot be opened: ${textOf(error)}. Mend that, and start again.`)
