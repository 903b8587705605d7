#!/usr/bin/env python3
"""Make test/contract/testdata/operations.txt: the published contract as a table.

usage: table.py OPENAPI.yaml OPERATIONS.csv > operations.txt

OPENAPI.yaml is the contract's own document, OPERATIONS.csv the operations that the change log adds to it (columns method,
path, notes). An operation is a line "METHOD path status shape", where shape is object, array or none, and indented lines
"query", "takes" and "gives" behind it with the parameters, and the fields of the request and the answer as name:type.
Types: s string, i integer, n number, b boolean, o object, a array, ? anything. Needs PyYAML.

What the contract's document draws wrongly, as its own texts, its examples and its change log show, is corrected here.
"""
import csv, re, sys
import yaml

METHODS = ('get', 'post', 'put', 'patch', 'delete')
TYPES = {'string': 's', 'integer': 'i', 'number': 'n', 'boolean': 'b', 'object': 'o', 'array': 'a'}

# Lists that the document draws as one object, and one object that it draws as a list.
ARRAYS = {'GET /api/v2/data_stream', 'GET /api/v2/tariff_profile/{}/operator_blocklist/operator'}
OBJECTS = {'GET /api/v1/sim/{}/stats', 'GET /api/v1/cnc/breakout/{}'}

# Areas whose ids are words; everywhere else an id that is drawn as text is an integer.
WORDS = ('/automation', '/event/custom', '/event/system', '/operation')

# Event lists that the document shortens: the change log gives all of them the same rows.
EVENTS = {'GET /api/v1/event', 'GET /api/v1/user/{}/event', 'GET /api/v1/endpoint/{}/event', 'GET /api/v1/sim/{}/event'}
EVENT_ROW = {'endpoint': 'o', 'sim': 'o', 'imsi': 'o', 'detail': 'o'}

# Parameters that the document lacks and the change log has.
QUERY = {
    'GET /api/v1/rat_type': ['blacklistable', 'limitable'],
    'GET /api/v1/sim/{}/stats/daily': ['start_date', 'end_date'],
}


def shape(path):
    return re.sub(r'\{[^}]*\}', '{}', path)


class Contract:
    def __init__(self, doc):
        self.doc = doc

    def deref(self, node):
        seen = set()
        while isinstance(node, dict) and '$ref' in node:
            if node['$ref'] in seen:
                return {}
            seen.add(node['$ref'])
            found = self.doc
            for part in node['$ref'].lstrip('#/').split('/'):
                found = found[part.replace('~1', '/')]
            node = found
        return node or {}

    def kind(self, node):
        node = self.deref(node)
        kind = node.get('type')
        if isinstance(kind, list):
            kind = next((k for k in kind if k != 'null'), None)
        for key in ('anyOf', 'oneOf', 'allOf'):
            for part in node.get(key) or []:
                kind = kind or self.deref(part).get('type')
        return TYPES.get(kind, '?')

    def fields(self, node, prefix='', out=None, depth=0):
        out = {} if out is None else out
        node = self.deref(node)
        if depth > 7:
            return out
        for key in ('allOf', 'anyOf', 'oneOf'):
            for part in node.get(key) or []:
                self.fields(part, prefix, out, depth + 1)
        if 'items' in node:
            self.fields(node['items'], prefix, out, depth + 1)
        for name, part in (node.get('properties') or {}).items():
            kind = self.kind(part)
            if out.get(prefix + name, '?') == '?':
                out[prefix + name] = kind
            self.fields(part, prefix + name + '.', out, depth + 1)
        return out

    def body(self, node):
        for media, content in (self.deref(node).get('content') or {}).items():
            if 'json' in media:
                return content.get('schema') or {}
        return {}


def correct(path, fields):
    """Integer ids, where the document has text or an object without fields."""
    if any(word in path for word in WORDS):
        return fields
    return {name: 'i' if kind in 'sno' and re.search(r'(^|\.)id$', name) else kind for name, kind in fields.items()}


def operation(c, method, path, op):
    key = f'{method.upper()} {shape(path)}'
    statuses = [s for s in op['responses'] if s.startswith('2')]
    answer = c.body(op['responses'][statuses[0]])
    gives = correct(path, c.fields(answer))
    kind = {'a': 'array', 'o': 'object'}.get(c.kind(answer), 'object')
    kind = 'array' if key in ARRAYS else 'object' if key in OBJECTS else kind
    if method != 'get' and not gives:
        kind = 'none'
    if key in EVENTS:
        gives.update({name: kind for name, kind in EVENT_ROW.items() if name not in gives})
    params = [c.deref(p) for p in op.get('parameters') or []]
    query = [p['name'] for p in params if p.get('in') == 'query']
    query += [name for name in QUERY.get(key, []) if name not in query]
    lines = [f'{method.upper()} {path} {",".join(statuses)} {kind}']
    if query:
        lines.append('  query ' + ' '.join(query))
    takes = correct(path, c.fields(c.body(op.get('requestBody'))))
    for word, found in (('takes', takes), ('gives', gives)):
        if found:
            lines.append(f'  {word} ' + ' '.join(f'{name}:{kind}' for name, kind in sorted(found.items())))
    return lines


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    c = Contract(yaml.safe_load(open(sys.argv[1])))
    lines, known = [], set()
    for path, item in sorted(c.doc['paths'].items()):
        for method in METHODS:
            if method in item:
                known.add(f'{method.upper()} {shape(path)}')
                lines += operation(c, method, path, item[method])
    for row in csv.DictReader(open(sys.argv[2])):
        key = f'{row["method"]} {shape(row["path"])}'
        if 'REMOVED' in row['notes']:
            lines.append(f'{row["method"]} {row["path"]} absent')
        elif key not in known:
            lines.append(f'{row["method"]} {row["path"]} any')
    print('# Made by scripts/contract/table.py; its types are explained there.')
    print('\n'.join(lines))


main()
