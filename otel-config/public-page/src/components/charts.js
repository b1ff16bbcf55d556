// The charts. Each takes rows of published series and a width in pixels.

import * as Plot from '@observablehq/plot';
import * as words from './words.js';

// Distinct also for people who do not see all colors; 3:1 on light and on dark.
const COLORS = ['#0072b2', '#d55e00', '#009e73', '#9467bd', '#a6761d', '#7f7f7f'];

const sorted = (values) => [...new Set(values)].sort();

/// One color for each product, the same in all charts.
export function colors(products) {
  const domain = sorted(products).map(words.product);
  return { domain, range: COLORS.slice(0, domain.length), unknown: COLORS.at(-1) };
}

// Room for the words on the left, also on a phone.
const left = (width) => Math.min(190, width * 0.4);

const base = (width, title, scale) => ({
  width,
  ariaLabel: title,
  role: 'img',
  style: { fontSize: '14px', fontFamily: 'var(--sans-serif)', overflow: 'visible' },
  color: scale,
});

// The same with one row for each of these names.
const inRows = (width, title, scale, names) => ({
  ...base(width, title, scale),
  height: 70 + 34 * names.length,
  marginLeft: left(width),
  marginRight: 48,
  marginBottom: 48,
});

// The label of an axis, below its numbers.
const BELOW = { labelAnchor: 'center', labelArrow: 'none', labelOffset: 40 };

// A chart is an image with a name; the table below it has the numbers.
function image(chart, title) {
  for (const svg of chart.matches('svg') ? [chart] : chart.querySelectorAll('svg')) {
    svg.setAttribute('role', 'img');
    svg.setAttribute('aria-label', title);
    // What the parts of a chart are called is of no use without the chart.
    svg.querySelectorAll('[aria-label]').forEach((part) => part.removeAttribute('aria-label'));
  }
  return chart;
}

/// Installations that reported within a day, day by day.
export function history(rows, scale, width) {
  const title = 'Line chart: installations that reported within a day, by product and day';
  const points = rows.map((row) => ({ ...row, date: new Date(row.day), product: words.product(row.product) }));
  const chart = Plot.plot({
    ...base(width, title, scale),
    height: 300,
    marginLeft: 52,
    marginRight: 20,
    x: { type: 'utc', label: null, ticks: Math.max(2, Math.floor(width / 130)) },
    y: { zero: true, nice: true, grid: true, label: null, tickFormat: words.number },
    marks: [
      Plot.ruleY([0]),
      Plot.lineY(points, { x: 'date', y: 'value', stroke: 'product', strokeWidth: 2.5 }),
    ],
  });
  return image(chart, title);
}

/// Horizontal bars: numbers of installations, one row for each value of a label.
export function bars(rows, { label, order, title, scale, width }) {
  const shown = rows.map((row) => ({ ...row, label: label(row), product: words.product(row.product) }));
  const totals = [...new Map(shown.map((row) => [row.label, 0]))].map(([name]) => ({
    label: name,
    value: shown.filter((row) => row.label === name).reduce((sum, row) => sum + row.value, 0),
  }));
  const chart = Plot.plot({
    ...inRows(width, title, scale, order),
    x: { grid: true, label: 'installations', ...BELOW, ticks: Math.max(2, Math.floor((width - left(width)) / 110)), tickFormat: words.number },
    y: { domain: order, label: null, tickSize: 0 },
    marks: [
      Plot.barX(shown, { y: 'label', x: 'value', fill: 'product', insetTop: 3, insetBottom: 3, order: 'product' }),
      Plot.text(totals, { y: 'label', x: 'value', text: (row) => words.number(row.value), textAnchor: 'start', dx: 6 }),
      Plot.ruleX([0]),
    ],
  });
  return image(chart, title);
}

/// The middle half of the installations, and the middle one: a line with a dot for each product.
export function quartiles(rows, { title, label, scale, width }) {
  const find = (quantile) => (row) => row.quantile === quantile;
  const shown = rows.filter(find('0.5')).map((middle) => {
    const other = (quantile) =>
      rows.find((row) => row.quantile === quantile && row.kind === middle.kind && row.product === middle.product)?.value;
    return {
      kind: words.kind(middle.kind),
      product: words.product(middle.product),
      low: other('0.25'),
      middle: middle.value,
      high: other('0.75'),
    };
  });
  const kinds = words.kindsOf(rows).map(words.kind);
  const most = Math.max(1, ...shown.map((row) => row.high ?? row.middle));
  const ticks = [0, 1, 10, 100, 1000, 10_000, 100_000, 1_000_000].filter((tick) => tick <= most * 3);
  const chart = Plot.plot({
    ...inRows(width, title, scale, kinds),
    x: { type: 'symlog', domain: [0, Math.max(most * 1.2, ticks.at(-1))], ticks, grid: true, label, ...BELOW, tickFormat: words.number },
    y: { domain: kinds, label: null, tickSize: 0 },
    marks: offsets(shown).flatMap(({ rows, dy }) => [
      Plot.ruleY(rows, { y: 'kind', x1: 'low', x2: 'high', stroke: 'product', strokeWidth: 5, strokeOpacity: 0.45, strokeLinecap: 'round', dy }),
      Plot.dot(rows, { y: 'kind', x: 'middle', fill: 'product', r: 5, dy }),
    ]),
  });
  return image(chart, title);
}

// The products of a kind below each other, around the middle of its row.
function offsets(rows) {
  const placed = rows.map((row) => {
    const products = sorted(rows.filter((other) => other.kind === row.kind).map((other) => other.product));
    return { row, dy: (products.indexOf(row.product) - (products.length - 1) / 2) * 10 };
  });
  return sorted(placed.map(({ dy }) => dy)).map((dy) => ({ dy, rows: placed.filter((one) => one.dy === dy).map(({ row }) => row) }));
}
