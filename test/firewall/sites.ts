// Sites for the rule files: one where every role stands somewhere, in both IP versions.

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { loadSite } from '../../src/config/site.ts'
import type { Site } from '../../src/model/inventory.ts'
import { temporaryFolder } from '../config/files.ts'
import { SITE } from '../policy/rows/site.ts'

const folder = temporaryFolder()

/** The site of the YAML text. */
export function siteOf(yaml: string): Site {
  const path = join(folder, 'site.yaml')
  writeFileSync(path, yaml)
  return loadSite(path).site
}

/** The site of the row cases, some of whose hosts have addresses of both versions. */
export const TWO_VERSIONS = SITE.replace('10.10.20.11}', '[10.10.20.11, "2001:db8:20::11"]}')
  .replace('10.10.20.12}', '[10.10.20.12, "2001:db8:20::12"]}')
  .replace('192.0.2.20,', '[192.0.2.20, "2001:db8:2::20"],')
  .replace('10.10.20.31}', '[10.10.20.31, "2001:db8:20::31"]}')
  .replace('[198.51.100.0/24]', '[198.51.100.0/24, "2001:db8::/32"]')
  .replace(
    'networks:',
    `networks:
  - {prefix: "2001:db8:20::/64", zone: core}
  - {prefix: "2001:db8:2::/64", zone: dmz}
  - {prefix: "2001:db8:30::/64", zone: user-net, role: phone}
  - {prefix: "2001:db8:50::/64", zone: admin-net, role: admin}`,
  )
