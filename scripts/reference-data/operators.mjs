// Operators: one row per brand (or company, where a network has no brand) and country, from the networks in operation.
import { isoCode } from './countries.mjs';

const order = (a, b) => (a < b ? -1 : a > b ? 1 : 0);
const clean = (text) => (text ?? '').replace(/\s+/g, ' ').trim();
const key = (text) => clean(text).toLowerCase();

/** Returns rows {name, iso_code, plmns}; countryID maps an ISO code to the id that new rows are ordered by. */
export function operators(networks, countryID) {
  const used = oneOwnerEach(networks.filter((n) => n.status === 'Operational' && /^\d{2,3}$/.test(n.mnc)).map(network));
  const groups = new Map();
  for (const n of used) {
    const group = `${n.iso_code} ${key(n.brand || onlyBrandOf(n, used) || n.company)}`;
    if (!groups.has(group)) groups.set(group, { name: '', iso_code: n.iso_code, plmns: [] });
    const row = groups.get(group);
    row.plmns.push(n.plmn);
    row.name ||= n.brand || onlyBrandOf(n, used) || n.company;
  }
  return [...groups.values()].sort((a, b) => countryID(a.iso_code) - countryID(b.iso_code) || order(a.name, b.name));
}

function network(n) {
  // The brand of test networks is a mere TEST; what they are called stands with the company.
  const brand = n.type === 'Test' ? '' : clean(n.brand);
  const territories = (n.countryCode ?? '').split('/').length;
  const row = { plmn: n.mcc + n.mnc, mcc: n.mcc, iso_code: isoCode(n), territories, brand, company: clean(n.operator) };
  if (!row.brand && !row.company) throw new Error(`${row.plmn} has no name`);
  return row;
}

/** The brand of a network without one, when its company has exactly one brand in the country. */
function onlyBrandOf(n, all) {
  if (!n.company) return '';
  const brands = new Map(all
    .filter((o) => o.brand && o.iso_code === n.iso_code && key(o.company) === key(n.company))
    .map((o) => [key(o.brand), o.brand]));
  return brands.size === 1 ? [...brands.values()][0] : '';
}

/**
 * A PLMN listed several times goes to the first name; of one name in several countries, to the country where the name
 * has most PLMNs of its own (T-Mobile's 310260 to the USA, not Puerto Rico), then to a row for several territories
 * (Orange's 34001 to the Antilles, not French Guiana), then to the country with fewer networks under that MCC (what
 * Guam and the USA both list is Guam's), then to the first ISO code.
 */
function oneOwnerEach(all) {
  const count = (test) => all.filter(test).length;
  const name = (n) => key(n.brand || n.company);
  const duplicates = new Map();
  for (const n of all) duplicates.set(n.plmn, [...(duplicates.get(n.plmn) ?? []), n]);
  return [...duplicates.entries()].sort(([a], [b]) => order(a, b)).map(([, rows]) => {
    if (rows.length === 1) return rows[0];
    const ranked = rows.map((n) => ({
      n,
      own: count((o) => o.iso_code === n.iso_code && name(o) === name(n) && duplicates.get(o.plmn).length === 1),
      local: count((o) => o.iso_code === n.iso_code && o.mcc === n.mcc),
    }));
    ranked.sort((a, b) => order(name(a.n), name(b.n)) || b.own - a.own || b.n.territories - a.n.territories
      || a.local - b.local || order(a.n.iso_code, b.n.iso_code));
    return ranked[0].n;
  });
}
