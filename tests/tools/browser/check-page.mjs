#!/usr/bin/env node
// Opens a page in Chromium, once for each width and each color scheme, and checks it: check-page [OPTION…] PAGE
//
//   PAGE              a file, or an http or https URL
//   --out DIR         directory of the screenshots, NAME-WIDTH-SCHEME.png; without it there are none
//   --name NAME       start of their names (default: page)
//   --width PIXELS    width of the window; may be repeated (default: 390 and 1280)
//   --scheme SCHEME   light or dark; may be repeated (default: both)
//   --wait SELECTOR   waits until an element that matches is visible
//   --window          screenshots of the window, 900 pixels high, instead of the whole page
//
// Prints one JSON object: {"page", "ok", "text", "views": [{"width", "scheme", "screenshot", "requests", "foreign", "errors",
// "overflow", "violations"}]}. The text is what a person can read. The requests are all that the page made.
//
// Ends with 1 if `ok` is false, which any of these makes it: a request to another origin than the page's (foreign; it is blocked),
// an error of the page's scripts or console, a request that failed or was answered with 400 or more (errors), a page that is wider
// than its window by some pixels (overflow), a rule of axe-core that is violated (violations). Ends with 2 on wrong use.
//
// CHROMIUM is the program (default: /usr/bin/chromium, from Debian's package). axe-core is evaluated through the debugger, so that
// the page's own Content-Security-Policy stays in force.
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { chromium } from 'playwright-core';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

function usage(problem) {
  console.error(`check-page: ${problem}; its first lines say how it is used`);
  process.exit(2);
}

function options() {
  const many = { type: 'string', multiple: true };
  const known = {
    out: { type: 'string' },
    name: { type: 'string', default: 'page' },
    width: { ...many, default: ['390', '1280'] },
    scheme: { ...many, default: ['light', 'dark'] },
    wait: { type: 'string' },
    window: { type: 'boolean', default: false },
  };
  try {
    const { values, positionals } = parseArgs({ options: known, allowPositionals: true });
    if (positionals.length !== 1) usage('one page is needed');
    if (!values.width.every((width) => /^[1-9][0-9]{1,4}$/.test(width))) usage('a width is not a number');
    if (!values.scheme.every((scheme) => ['light', 'dark'].includes(scheme))) usage('a scheme is neither light nor dark');
    return { ...values, page: positionals[0] };
  } catch (error) {
    return usage(error.message);
  }
}

const address = (page) => (/^https?:\/\//.test(page) ? new URL(page) : pathToFileURL(resolve(page)));

// What a page may load: its own origin. `data:` and `blob:` make no request. Files may load files.
const isOwn = (url, page) => ['data:', 'blob:'].includes(url.protocol) || (url.protocol === page.protocol && url.host === page.host);

// Notes everything that the page loads or gets wrong.
async function record(page, own) {
  const found = { requests: [], foreign: [], errors: [] };
  const note = (url) => {
    found.requests.push(url);
    if (!isOwn(new URL(url), own)) found.foreign.push(url);
  };
  page.on('request', (request) => note(request.url()));
  page.on('websocket', (socket) => note(socket.url()));
  page.on('requestfailed', (request) => found.errors.push(`${request.url()}: ${request.failure()?.errorText}`));
  page.on('response', (response) => {
    if (response.status() >= 400) found.errors.push(`${response.url()}: ${response.status()}`);
  });
  page.on('pageerror', (error) => found.errors.push(String(error)));
  page.on('console', (message) => {
    if (message.type() === 'error') found.errors.push(message.text());
  });
  await page.route((url) => !isOwn(url, own), (route) => route.abort());
  return found;
}

async function violations(page) {
  await page.evaluate(AXE);
  const { violations } = await page.evaluate('axe.run()');
  return violations.map(({ id, impact, help, nodes }) => ({
    id,
    impact,
    help,
    nodes: nodes.map(({ target, failureSummary }) => ({ target, summary: failureSummary })),
  }));
}

async function view(browser, asked, width, scheme) {
  const own = address(asked.page);
  const context = await browser.newContext({
    viewport: { width, height: 900 },
    colorScheme: scheme,
    deviceScaleFactor: 1,
    reducedMotion: 'reduce',
    serviceWorkers: 'block',
  });
  const page = await context.newPage();
  const found = await record(page, own);
  await page.goto(own.href, { waitUntil: 'networkidle' });
  if (asked.wait) await page.locator(asked.wait).first().waitFor();
  const overflow = await page.evaluate('Math.max(0, document.documentElement.scrollWidth - innerWidth)');
  let screenshot = null;
  if (asked.out) {
    screenshot = join(asked.out, `${asked.name}-${width}-${scheme}.png`);
    await page.screenshot({ path: screenshot, fullPage: !asked.window });
  }
  const text = await page.evaluate('document.body.innerText');
  const seen = { width, scheme, screenshot, ...found, overflow, violations: await violations(page) };
  await context.close();
  return { text, seen };
}

const isClean = ({ foreign, errors, overflow, violations }) =>
  foreign.length === 0 && errors.length === 0 && overflow === 0 && violations.length === 0;

const asked = options();
if (asked.out) mkdirSync(asked.out, { recursive: true });
// Chromium refuses to start its sandbox as root. No name is resolved: a page that is tested is on this machine.
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  chromiumSandbox: process.getuid() !== 0,
  args: ['--disable-quic', '--disable-gpu', '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost'],
});
try {
  const views = [];
  let text = '';
  for (const width of asked.width.map(Number)) {
    for (const scheme of asked.scheme) {
      const one = await view(browser, asked, width, scheme);
      views.push(one.seen);
      text ||= one.text;
    }
  }
  const ok = views.every(isClean);
  console.log(JSON.stringify({ page: asked.page, ok, text, views }, null, 1));
  process.exitCode = ok ? 0 : 1;
} finally {
  await browser.close();
}
