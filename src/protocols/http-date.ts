// The Date of an HTTP response: `Sun, 06 Nov 1994 08:49:37 GMT`, whole seconds. RFC 9110, 5.6.7. The two
// forms that it calls obsolete are not read: no server of the last decades sends them.

const MONTHS = 'JanFebMarAprMayJunJulAugSepOctNovDec'
const DAYS = 'SunMonTueWedThuFriSat'
const DATE = /^([A-Z][a-z]{2}), (\d\d) ([A-Z][a-z]{2}) (\d{4}) (\d\d):(\d\d):(\d\d) GMT$/

/** Unix time of the text in whole seconds; null where it is no such date. */
export function httpDate(text: string): number | null {
  const [, dayName = '', ...parts] = DATE.exec(text) ?? []
  const [day = '', monthName = '', year = '', hour = '', minute = '', second = ''] = parts
  const month = MONTHS.indexOf(monthName) / 3
  if (dayName === '' || !Number.isInteger(month) || month < 0) return null
  // A leap second has no number in Unix time: it stands for the one before.
  const seconds = Math.min(Number(second), 59)
  if (Number(year) < 1970) return null
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 60) return null
  const date = new Date(
    Date.UTC(Number(year), month, Number(day), Number(hour), Number(minute), seconds),
  )
  // Of 31 June, Date makes 1 July.
  if (date.getUTCDate() !== Number(day) || DAYS.indexOf(dayName) !== 3 * date.getUTCDay())
    return null
  return date.getTime() / 1000
}
