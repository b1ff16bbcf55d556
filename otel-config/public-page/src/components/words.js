// The labels of the series as a person reads them. What is not listed is shown as it is.

const PRODUCTS = { compreface: 'CompreFace', frigate: 'Frigate', inventory: 'Inventory document' };

const KINDS = {
  user: 'Users',
  subject: 'Subjects',
  application: 'Applications',
  collection: 'Face collections',
  detection: 'Detection services',
  verification: 'Verification services',
  recognition: 'Recognition services',
};

export const product = (label) => PRODUCTS[label] ?? label;

export const kind = (label) => KINDS[label] ?? label;

/// The kinds in the order of the page.
export const kindsOf = (rows) => Object.keys(KINDS).filter((one) => rows.some((row) => row.kind === one));

/// A version of a product's contract. The oldest one that is listed includes those before it.
export function contract(version, oldest) {
  if (version === '0') return 'not recorded';
  return version === oldest && version !== '1' ? `${version} or older` : version;
}

const separated = (digits) => Number(digits).toLocaleString('en-US');

/// `2001-10000` becomes `2,001 to 10,000`.
export function facesRange(label) {
  const [least, most] = label.split(/[-+]/);
  if (label.endsWith('+')) return `${separated(least)} or more`;
  return most ? `${separated(least)} to ${separated(most)}` : separated(least);
}

/// The first number of a range, to sort by.
export const least = (label) => Number(label.split(/[-+]/)[0]);

export const number = (value) => value.toLocaleString('en-US', { maximumFractionDigits: 1 });

export const day = (date) => date.toLocaleDateString('en-US', { timeZone: 'UTC', dateStyle: 'long' });
