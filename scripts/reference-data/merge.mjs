// Ids are kept for ever: databases, records and customers' scripts refer to them. A row that its source no longer
// has stays in the file, so no id is ever given twice.

/** Gives every wanted row the id of the old row with the same key; others get new ids in their given order. */
export function mergeByKey(old, wanted, key) {
  const ids = new Map(old.map((row) => [row[key], Number(row.id)]));
  const wantedKeys = new Set(wanted.map((row) => row[key]));
  if (wantedKeys.size !== wanted.length) throw new Error(`two rows have the same ${key}`);
  let next = highest(old) + 1;
  const merged = wanted.map((row) => ({ ...row, id: ids.get(row[key]) ?? next++ }));
  const gone = old.filter((row) => !wantedKeys.has(row[key])).map((row) => ({ ...row, id: Number(row.id) }));
  return byID([...merged, ...gone]);
}

/**
 * Gives every wanted operator the id of an old one with which it shares a PLMN; where several do, the pair with the
 * most shared PLMNs comes first, then the older one. Rows carry plmns, an array. A PLMN that no wanted operator claims
 * stays with the operator that had it: reports about a network come after it has left the list.
 */
export function mergeOperators(old, wanted) {
  const oldRows = old.map((row) => ({ ...row, id: Number(row.id) }));
  const owner = new Map(wanted.flatMap((row, index) => row.plmns.map((plmn) => [plmn, index])));
  const idOf = pair(oldRows, owner);
  let next = highest(oldRows) + 1;
  const merged = new Map(wanted.map((row, index) => {
    const id = idOf.get(index) ?? next++;
    return [id, { ...row, id, plmns: [...row.plmns] }];
  }));
  for (const row of oldRows) {
    if (!merged.has(row.id)) merged.set(row.id, { ...row, plmns: [] });
    merged.get(row.id).plmns.push(...row.plmns.filter((plmn) => !owner.has(plmn)));
  }
  for (const row of merged.values()) row.plmns.sort();
  return byID([...merged.values()]);
}

/** Returns the old id of each wanted index that has one; owner maps a PLMN to the wanted index. */
function pair(old, owner) {
  const pairs = old.flatMap((row) => {
    const shared = new Map();
    for (const plmn of row.plmns) {
      if (owner.has(plmn)) shared.set(owner.get(plmn), (shared.get(owner.get(plmn)) ?? 0) + 1);
    }
    return [...shared].map(([index, count]) => ({ id: row.id, index, count }));
  });
  pairs.sort((a, b) => b.count - a.count || a.id - b.id || a.index - b.index);
  const idOf = new Map();
  const taken = new Set();
  for (const { id, index } of pairs) {
    if (taken.has(id) || idOf.has(index)) continue;
    idOf.set(index, id);
    taken.add(id);
  }
  return idOf;
}

function highest(rows) {
  return rows.reduce((max, row) => Math.max(max, Number(row.id)), 0);
}

function byID(rows) {
  return rows.sort((a, b) => a.id - b.id);
}
