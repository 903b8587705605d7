import assert from 'node:assert/strict';
import { test } from 'node:test';
import { countries, isoCode } from './countries.mjs';
import { format, parse } from './csv.mjs';
import { mergeByKey, mergeOperators } from './merge.mjs';
import { operators } from './operators.mjs';

const ids = (rows) => Object.fromEntries(rows.map((row) => [row.name ?? row.code, row.id]));
const plmns = (rows) => Object.fromEntries(rows.map((row) => [row.name, row.plmns]));

test('a row keeps its id by its key, whatever else changes', () => {
  const old = [{ id: '1', code: 'EUR', name: 'Euro' }, { id: '2', code: 'AED', name: 'Dirham' }];
  const merged = mergeByKey(old, [{ code: 'AED', name: 'UAE Dirham' }, { code: 'EUR', name: 'Euro' }], 'code');
  assert.deepEqual(merged, [{ id: 1, code: 'EUR', name: 'Euro' }, { id: 2, code: 'AED', name: 'UAE Dirham' }]);
});

test('new rows are appended above the highest id, and rows that are gone stay', () => {
  const old = [{ id: '1', code: 'EUR' }, { id: '7', code: 'OLD' }];
  assert.deepEqual(ids(mergeByKey(old, [{ code: 'NEW' }, { code: 'EUR' }], 'code')), { EUR: 1, OLD: 7, NEW: 8 });
});

test('two rows with one key are refused', () => {
  assert.throws(() => mergeByKey([], [{ code: 'EUR' }, { code: 'EUR' }], 'code'), /same code/);
});

test('an operator keeps its id when it shares one PLMN and has a new name', () => {
  const old = [{ id: '4', name: 'T-Mobile', plmns: ['26201', '26206'] }];
  const merged = mergeOperators(old, [{ name: 'Newcomer', plmns: ['26299'] }, { name: 'Telekom', plmns: ['26201', '26278'] }]);
  assert.deepEqual(ids(merged), { Telekom: 4, Newcomer: 5 });
});

test('a PLMN that nobody claims stays where it was', () => {
  const merged = mergeOperators([{ id: '4', name: 'T', plmns: ['26201', '26206'] }], [{ name: 'T', plmns: ['26201'] }]);
  assert.deepEqual(plmns(merged), { T: ['26201', '26206'] });
});

test('of two operators that merge, the one with more shared PLMNs gives the id, the other stays without any', () => {
  const old = [{ id: '1', name: 'Small', plmns: ['23401'] }, { id: '2', name: 'Big', plmns: ['23402', '23403'] }];
  const merged = mergeOperators(old, [{ name: 'Both', plmns: ['23401', '23402', '23403'] }]);
  assert.deepEqual(ids(merged), { Small: 1, Both: 2 });
  assert.deepEqual(plmns(merged), { Small: [], Both: ['23401', '23402', '23403'] });
});

test('of an operator that splits, one part keeps the id and each PLMN has one owner', () => {
  const old = [{ id: '1', name: 'One', plmns: ['23401', '23402', '23403'] }];
  const merged = mergeOperators(old, [{ name: 'A', plmns: ['23401'] }, { name: 'B', plmns: ['23402', '23403'] }]);
  assert.deepEqual(ids(merged), { A: 2, B: 1 });
  assert.deepEqual(plmns(merged), { A: ['23401'], B: ['23402', '23403'] });
});

test('an operator that is gone keeps its id and PLMNs, and merging again changes nothing', () => {
  const old = [{ id: '3', name: 'Gone', plmns: ['26277'] }, { id: '5', name: 'Here', plmns: ['26201'] }];
  const wanted = [{ name: 'Here', plmns: ['26201'] }, { name: 'New', plmns: ['26202'] }];
  const merged = mergeOperators(old, wanted);
  assert.deepEqual(ids(merged), { Gone: 3, Here: 5, New: 6 });
  assert.deepEqual(mergeOperators(merged, wanted), merged);
});

const network = (countryCode, plmn, brand, operator, status = 'Operational') =>
  ({ type: 'National', countryCode, mcc: plmn.slice(0, 3), mnc: plmn.slice(3), brand, operator, status });

test('networks are grouped by brand and country, and only those in operation', () => {
  const rows = operators([
    network('DE', '26202', 'Vodafone', 'Vodafone GmbH'),
    network('DE', '26204', null, 'Vodafone  GmbH'),
    network('DE', '26206', 'vodafone', 'Other'),
    network('DE', '26207', 'O2', 'Telefonica', 'Not operational'),
    network('FR', '20810', 'Vodafone', null),
    network('GT', '704?', 'RED', null),
  ], (code) => (code === 'de' ? 1 : 2));
  assert.deepEqual(rows, [
    { name: 'Vodafone', iso_code: 'de', plmns: ['26202', '26204', '26206'] },
    { name: 'Vodafone', iso_code: 'fr', plmns: ['20810'] },
  ]);
});

test('a PLMN listed several times has one owner', () => {
  const rows = operators([
    network('PR', '310260', 'T-Mobile', 'T-Mobile US'),
    network('US', '310260', 'T-Mobile', 'T-Mobile US'),
    network('US', '310160', 'T-Mobile', 'T-Mobile US'),
    network('US', '310410', 'AT&T', 'AT&T Mobility'),
    network('VI', '310410', 'Liberty', 'Liberty'),
    network('US', '310032', 'IT&E', 'IT&E'),
    network('GU', '310032', 'IT&E', 'IT&E'),
    network('GF', '34001', 'Orange', 'Orange'),
    network('BL/GF/GP/MF/MQ', '34001', 'Orange', 'Orange'),
  ], (code) => ['gp', 'gu', 'us'].indexOf(code));
  assert.deepEqual(rows, [
    { name: 'Orange', iso_code: 'gp', plmns: ['34001'] },
    { name: 'IT&E', iso_code: 'gu', plmns: ['310032'] },
    { name: 'AT&T', iso_code: 'us', plmns: ['310410'] },
    { name: 'T-Mobile', iso_code: 'us', plmns: ['310160', '310260'] },
  ]);
});

test('a country has its own lowest MCC and its own dial code', () => {
  const list = { BM: { name: 'Bermuda', phone: [1441] }, US: { name: 'United States', phone: [1] }, XK: { name: 'Kosovo', phone: [377, 383] }, MC: { name: 'Monaco', phone: [377] } };
  const at = { BM: { c: { a: 32.3, o: -64.7 } }, US: { c: { a: 39, o: -98 } }, MC: { c: { a: 43, o: 7 } } };
  const rows = countries(list, at, [
    network('US', '311001'), network('US', '310001'), network('US', '310002'), network('BM', '310059'), network('BM', '35000'), network('XK', '22101'),
  ]);
  assert.deepEqual(rows.map((r) => [r.iso_code, r.country_code, r.mcc]), [
    ['bm', '1441', '350'], ['xz', '882', ''], ['xk', '383', '221'], ['mc', '377', ''], ['xt', '', ''], ['us', '1', '310'],
  ]);
});

test('a network of an unknown country stops the run', () => {
  assert.throws(() => isoCode(network('AA/BB', '99901')), /no country/);
  assert.throws(() => countries({}, {}, [network('AA', '99901')]), /no country aa/);
});

test('CSV reads back what it wrote', () => {
  const rows = [{ id: '1', name: 'SIA "MEGATEL", Ltd' }, { id: '2', name: '' }, { id: '3', name: 'two\nlines' }];
  assert.deepEqual(parse(format(rows, ['id', 'name']), ['id', 'name']), rows);
  assert.throws(() => parse('id,name\n1\n', ['id', 'name']), /row 2 has 1 fields/);
  assert.throws(() => parse('id,title\n', ['id', 'name']), /header/);
  assert.throws(() => parse('id,name\n1,a"b\n', ['id', 'name']), /unreadable/);
});
