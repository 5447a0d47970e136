// A line of the log for people at a terminal, from the line of JSON that a program would get.

const LEVEL_CHARACTERS = 5
const HEAD: readonly string[] = ['level', 'time', 'event']
const PLAIN = /^[\w.:/@+-]+$/

/** `2026-11-29 00:46:05Z warn  capture blind  interface=eth0 cause=link_down detail="…"` */
export function humanLine(json: string): string {
  const line: Readonly<Record<string, unknown>> = JSON.parse(json)
  const [level, time, event] = HEAD.map(key => String(line[key]))
  const fields = Object.entries(line)
    .filter(([key, value]) => !HEAD.includes(key) && value !== null)
    .map(([key, value]) => `${key}=${shown(value)}`)
  const when = `${time?.slice(0, 10)} ${time?.slice(11, 19)}Z`
  const head = `${when} ${level?.padEnd(LEVEL_CHARACTERS)} ${event?.replaceAll('_', ' ')}`
  return `${[head, ...fields].join('  ')}\n`
}

function shown(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(shown).join(', ')}]`
  const text = String(value)
  return PLAIN.test(text) ? text : `"${text}"`
}
