#!/usr/bin/env node
// Holds dashboards against the schema that was made from Grafana's types: check-dashboard FILE...
// Prints each fault with its place, and fails if there is one.
import { readFileSync } from 'node:fs';
import Ajv from 'ajv';

const read = (file) => JSON.parse(readFileSync(file, 'utf8'));
const validate = new Ajv({ allErrors: true, allowUnionTypes: true }).compile(
  read(new URL('dashboard.schema.json', import.meta.url)),
);

// A panel is held against every kind of panel; what the kinds say that it is not is no news.
const kind = ({ instancePath, schemaPath }) =>
  `${instancePath.match(/^\/panels\/\d+/)} ${schemaPath.match(/\/panels\/items\/anyOf\/\d+/)}`;

function faults(dashboard) {
  const all = validate(dashboard) ? [] : validate.errors;
  const others = new Set(all.filter(({ schemaPath }) => schemaPath.endsWith('/properties/type/const')).map(kind));
  const own = all.filter((fault) => fault.keyword !== 'anyOf' && !others.has(kind(fault)));
  return own.length > 0 ? own : all;
}

let found = 0;
for (const file of process.argv.slice(2)) {
  for (const { instancePath, message, params } of faults(read(file))) {
    console.error(`${file}: ${instancePath || '/'} ${message} ${JSON.stringify(params)}`);
    found += 1;
  }
}
process.exit(found > 0 ? 1 : 0);
