// What is asked of the engine, and what may be on the page. Knows no network and no clock.

/// Labels that a published series may have, and what their values look like.
const LABELS = {
  __name__: /^headcount:published:(product:)?[a-z0-9_]+$/,
  contract: /^[0-9]{1,4}$/,
  faces_range: /^[0-9]+(-[0-9]+|\+)?$/,
  kind: /^[a-z_]{1,30}$/,
  product: /^[a-z]{1,30}$/,
  quantile: /^0\.(25|5|75)$/,
  window: /^(1|7|30)d$/,
};

/// No number of installations rests on fewer.
const LEAST = 5;

const DAY = 24 * 3600;

/// Two years of days.
const HISTORY = 730 * DAY;

// A rule that has stopped shows for a day: its last numbers are published ones.
const NOW = 'last_over_time({__name__=~"headcount:published:.+"}[26h])';
const PAST = 'last_over_time({__name__=~"headcount:published:(product:)?installations"}[1d])';

/// The labels, if they are those of a published series. An engine may add its own (`job`, say), so that this is no mere filter.
function checked(metric) {
  for (const [label, value] of Object.entries(metric)) {
    if (!(label in LABELS) || !LABELS[label].test(value)) throw new Error(`a series has a label or value that is not published`);
  }
  const { __name__: name, ...labels } = metric;
  return { name: name.replace(/^headcount:published:(product:)?/, ''), ...labels };
}

/// The value, if it may be shown.
function number(name, text) {
  const value = Number(text);
  const isCount = name.startsWith('installations');
  if (!Number.isFinite(value) || value < 0) throw new Error('a series has a value that is not a number');
  if (isCount && (value < LEAST || !Number.isInteger(value))) throw new Error(`a number of installations is below ${LEAST}`);
  return value;
}

/// Everything that the page shows. `ask(path, parameters)` returns the result of a query.
export async function gather(ask, date) {
  const now = Math.floor(date.getTime() / 1000);
  const midnight = now - (now % DAY);
  const current = await ask('/api/v1/query', { query: NOW, time: now });
  if (current.length === 0) throw new Error('there are no published series');
  const past = await ask('/api/v1/query_range', { query: PAST, start: midnight - HISTORY, end: midnight, step: DAY });
  return {
    taken: date.toISOString(),
    now: current.map(({ metric, value }) => {
      const series = checked(metric);
      return { ...series, value: number(series.name, value[1]) };
    }),
    // A value of midnight is the last one of the day before.
    history: past.flatMap(({ metric, values }) => {
      const series = checked(metric);
      return values.map(([time, value]) => ({
        ...series,
        day: new Date((time - DAY) * 1000).toISOString().slice(0, 10),
        value: number(series.name, value),
      }));
    }),
  };
}
