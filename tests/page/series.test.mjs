// What may be on the public page: published series, and nothing that names an installation or rests on fewer than five.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gather } from '../../otel-config/public-page/src/data/series.js';

const INSTALLATIONS = { __name__: 'headcount:published:product:installations', product: 'frigate', window: '1d' };
const DATE = new Date('2026-01-10T09:00:00Z');

const from = (now, past = []) => gather((path) => Promise.resolve(path.endsWith('_range') ? past : now), DATE);
const one = (metric, value) => from([{ metric, value: [0, value] }]);

test('published series are passed on by name, labels and value', async () => {
  const past = [{ metric: INSTALLATIONS, values: [[Date.parse('2026-01-10T00:00:00Z') / 1000, '7']] }];
  const { taken, now, history } = await from([{ metric: INSTALLATIONS, value: [0, '8'] }], past);
  assert.equal(taken, '2026-01-10T09:00:00.000Z');
  assert.deepEqual(now, [{ name: 'installations', product: 'frigate', window: '1d', value: 8 }]);
  assert.deepEqual(history, [{ name: 'installations', product: 'frigate', window: '1d', day: '2026-01-09', value: 7 }]);
});

test('other series, labels and values end the build', async () => {
  const guid = '6fe3a1d2-0c4b-4e5f-8a6b-7c8d9e0f1a2b';
  await assert.rejects(from([]));
  await assert.rejects(one({ ...INSTALLATIONS, install_guid: guid }, '8'));
  await assert.rejects(one({ ...INSTALLATIONS, product: guid }, '8'));
  await assert.rejects(one({ ...INSTALLATIONS, __name__: 'headcount:installation:days' }, '8'));
  await assert.rejects(one({ ...INSTALLATIONS, __name__: 'face_recognition_user_current' }, '8'));
  for (const value of ['4', '0', '5.5', '-8', 'NaN', '+Inf']) await assert.rejects(one(INSTALLATIONS, value), value);
});

test('a version of a contract is passed on, with five installations or more', async () => {
  const version = { __name__: 'headcount:published:product:installations_by_contract', product: 'frigate', contract: '2' };
  assert.deepEqual((await one(version, '5')).now, [{ name: 'installations_by_contract', product: 'frigate', contract: '2', value: 5 }]);
  await assert.rejects(one(version, '4'));
  await assert.rejects(one({ ...version, contract: 'headcount 2' }, '5'));
});

test('a median may be small, or lie between two numbers', async () => {
  const median = { __name__: 'headcount:published:current', kind: 'user', quantile: '0.5' };
  assert.equal((await one(median, '0.5')).now[0].value, 0.5);
});
