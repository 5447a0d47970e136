// What has changed since an earlier result, on a terminal: the numbers, what speaks against comparing at
// all, what is gone. What is new is marked where it stands among the findings.

import type { ReportedBaseline } from '../model/result.ts'
import { counted, grouped } from '../model/text.ts'
import { readableIso } from '../model/time.ts'
import { hanging, unbroken, wrap } from './layout.ts'
import type { Page } from './terminal-basis.ts'

const GONE_MAX = 20

/** Nothing where the run is compared with none. */
export function sinceBaseline(page: Page): string[] {
  const { baseline } = page.result
  if (baseline === undefined) return []
  return [
    page.paint('bold', 'Compared with the earlier result'),
    ...wrap(summary(baseline), page.width - 2).map(line => `  ${line}`),
    ...doubts(baseline).flatMap(text =>
      hanging('  ! ', text, page.width, label => page.paint('medium', label)),
    ),
    ...gone(baseline, page),
  ]
}

function summary({ captured, new: added, gone: past, still, raised }: ReportedBaseline): string {
  const since =
    captured.last === null
      ? 'since a result without packets'
      : `since ${unbroken(readableIso(captured.last))}`
  const worse = raised.length === 0 ? '' : `, ${grouped(raised.length)} of them more severe`
  return `${grouped(added.length)} new, ${grouped(past.length)} gone, ${grouped(still)} still there${worse}, ${since}.`
}

/** Another policy or site file judges the same traffic in another way. */
function doubts({ policy_same: isPolicySame, site_same: isSiteSame }: ReportedBaseline): string[] {
  const other = [...(isPolicySame ? [] : ['policy']), ...(isSiteSame ? [] : ['site file'])]
  if (other.length === 0) return []
  return [
    `The earlier result was made with another ${other.join(' and ')}: what is new or gone may be so by judgement, not by traffic.`,
  ]
}

function gone({ gone: past }: ReportedBaseline, page: Page): string[] {
  if (past.length === 0) return []
  const shown = past
    .slice(0, GONE_MAX)
    .flatMap(({ severity, title, row }) =>
      hanging('  gone  ', `${title} (${row}, was ${severity})`, page.width, label =>
        page.paint('dim', label),
      ),
    )
  const more = past.length - GONE_MAX
  return [
    ...shown,
    ...(more > 0 ? [`  ${counted(more, 'more', 'more')} gone; --json lists all.`] : []),
    ...hanging(
      '  ',
      'Gone means not seen in these captures, which is no proof that it was put right.',
      page.width,
    ),
  ]
}
