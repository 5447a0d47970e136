// What differs between two lists of rules, item by item and field by field.

import { ITEM_KINDS, type Item } from './rule-items.ts'

export interface FieldChange {
  readonly field: string
  /** Empty where the field is not given. */
  readonly before: string
  readonly after: string
}

export interface RuleChange {
  readonly what: 'added' | 'removed' | 'changed'
  readonly kind: Item['kind'] | 'order of rows'
  readonly id: string
  /** What an added item has, a removed one had, and of a changed one what is different. */
  readonly fields: readonly FieldChange[]
}

/** The changes from one to the other, by kind; within a kind in the order of the rules. */
export function ruleChanges(before: readonly Item[], after: readonly Item[]): RuleChange[] {
  const [old, present] = [byKey(before), byKey(after)]
  const changes = [
    ...before.flatMap(item => changeOf(item, present.get(keyOf(item)))),
    ...after.filter(item => !old.has(keyOf(item))).map(item => changed('added', item, null, item)),
  ]
  const inOrder = ITEM_KINDS.flatMap(kind => changes.filter(change => change.kind === kind))
  return [...inOrder, ...orderChange(before, after)]
}

const keyOf = ({ kind, id }: Item): string => JSON.stringify([kind, id])

const byKey = (items: readonly Item[]): ReadonlyMap<string, Item> =>
  new Map(items.map(item => [keyOf(item), item]))

function changeOf(before: Item, after: Item | undefined): RuleChange[] {
  if (after === undefined) return [changed('removed', before, before, null)]
  const change = changed('changed', before, before, after)
  return change.fields.length === 0 ? [] : [change]
}

function changed(
  what: RuleChange['what'],
  { kind, id }: Item,
  before: Item | null,
  after: Item | null,
): RuleChange {
  const names = new Set([...(before?.fields.keys() ?? []), ...(after?.fields.keys() ?? [])])
  const fields = [...names].map(field => ({
    field,
    before: before?.fields.get(field) ?? '',
    after: after?.fields.get(field) ?? '',
  }))
  return { what, kind, id, fields: fields.filter(one => one.before !== one.after) }
}

/** Of two rows that say the same, the first decides: so their order counts, too. */
function orderChange(before: readonly Item[], after: readonly Item[]): RuleChange[] {
  const [old, present] = [before, after].map(rowsOf)
  const kept = old?.filter(id => present?.includes(id)) ?? []
  const now = present?.filter(id => kept.includes(id)) ?? []
  const at = kept.findIndex((id, index) => now[index] !== id)
  if (at < 0) return []
  const field = {
    field: `row ${at + 1} of those in both`,
    before: kept[at] ?? '',
    after: now[at] ?? '',
  }
  return [{ what: 'changed', kind: 'order of rows', id: '', fields: [field] }]
}

const rowsOf = (items: readonly Item[]): string[] =>
  items.filter(({ kind }) => kind === 'row').map(({ id }) => id)
