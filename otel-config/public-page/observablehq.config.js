// One page, and nothing that is loaded from another host: no fonts, no search, no telemetry.
export default {
  title: 'Face recognition in use',
  root: 'src',
  style: 'style.css',
  globalStylesheets: [],
  head: '<meta name="robots" content="noindex"><link rel="icon" href="data:,"><meta name="color-scheme" content="light dark">',
  header: '',
  footer: '',
  pages: [],
  sidebar: false,
  toc: false,
  pager: false,
  search: false,
};
