// A reader of RFC 4180 that knows nothing of our writer.

/** Records and their fields. Every record must end with CR LF. */
export function csvRows(text: string): readonly (readonly string[])[] {
  const rows: string[][] = []
  let at = 0
  while (at < text.length) {
    const row: string[] = []
    for (;;) {
      let field = ''
      if (text[at] === '"') {
        for (at++; ; at++) {
          if (at >= text.length) throw new Error('a quoted field has no end')
          if (text[at] !== '"') field += text[at]
          else if (text[at + 1] === '"') field += text[++at]
          else break
        }
        at++
      } else {
        while (at < text.length && !',\r\n"'.includes(text[at] ?? '')) field += text[at++]
      }
      row.push(field)
      if (text[at] === ',') at++
      else if (text.startsWith('\r\n', at)) break
      else throw new Error(`neither a comma nor a line end at ${at}`)
    }
    at += 2
    rows.push(row)
  }
  return rows
}
