// Reads the published series from Prometheus or VictoriaMetrics and prints them as JSON. Nothing else of the engine is read, and what
// does not look like a published series ends the build.
//
// PAGE_SOURCE is the address of the engine, without /api/v1. PAGE_USER and PAGE_PASSWORD, if it asks for them.
import { gather } from './series.js';

const source = process.env.PAGE_SOURCE ?? '';
const { PAGE_USER: user, PAGE_PASSWORD: password = '' } = process.env;
const headers = user ? { authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` } : {};

async function ask(path, parameters) {
  const body = new URLSearchParams(parameters);
  const answer = await fetch(`${source.replace(/\/+$/, '')}${path}`, { method: 'POST', headers, body });
  if (!answer.ok) throw new Error(`the engine returned ${answer.status}`);
  const { data } = await answer.json();
  return data.result;
}

try {
  process.stdout.write(JSON.stringify(await gather(ask, new Date())));
} catch (error) {
  console.error(`error: cannot read the published series: ${error.cause?.message ?? error.message}`);
  console.error('hint: check the address, and that the recording rules have run for some minutes');
  process.exit(1);
}
