// Tables of numbers, for those who do not see the charts and for those who want the digits.

function element(name, attributes, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

/// A table that opens below a chart: what it is about, its columns, and its rows. The first cell of a row is its heading.
export function table(about, columns, rows) {
  const head = columns.map((column, at) => element('th', { scope: 'col', class: at === 0 ? '' : 'number' }, column));
  const body = rows.map(([first, ...others]) =>
    element('tr', {}, element('th', { scope: 'row' }, first), ...others.map((cell) => element('td', { class: 'number' }, cell))),
  );
  const content = element('table', {}, element('thead', {}, element('tr', {}, ...head)), element('tbody', {}, ...body));
  // On a phone it scrolls by itself, also from the keyboard.
  const scrolled = element('div', { class: 'scrolled', tabindex: '0', role: 'region', 'aria-label': about }, content);
  return element('details', {}, element('summary', {}, `Numbers: ${about}`), scrolled);
}
