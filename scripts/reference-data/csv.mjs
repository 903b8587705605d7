// CSV as RFC 4180 has it, with LF line ends and a header row: rows are objects keyed by the header.

export function parse(text, columns) {
  const records = split(text);
  const header = records.shift() ?? [];
  if (header.join() !== columns.join()) throw new Error(`header is ${header}, want ${columns}`);
  return records.map((fields, i) => {
    if (fields.length !== columns.length) throw new Error(`row ${i + 2} has ${fields.length} fields, want ${columns.length}`);
    return Object.fromEntries(columns.map((column, c) => [column, fields[c]]));
  });
}

export function format(rows, columns) {
  const lines = rows.map((row) => columns.map((column) => quote(String(row[column]))).join());
  return [columns.join(), ...lines].join('\n') + '\n';
}

function quote(field) {
  return /[",\r\n]|^\s|\s$/.test(field) ? `"${field.replaceAll('"', '""')}"` : field;
}

function split(text) {
  const records = [];
  let fields = [];
  // A field, quoted or bare, and what ends it.
  const pattern = /(?:"((?:[^"]|"")*)"|([^",\n]*))(,|\n|$)/y;
  while (pattern.lastIndex < text.length) {
    const at = pattern.lastIndex;
    const match = pattern.exec(text);
    if (!match) throw new Error(`unreadable field at offset ${at}`);
    fields.push(match[1] === undefined ? match[2] : match[1].replaceAll('""', '"'));
    if (match[3] !== ',') {
      records.push(fields);
      fields = [];
    }
  }
  return records;
}
