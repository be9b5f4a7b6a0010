// Pages of carve report in Chromium: node browser.mjs TOOLS SCREENSHOTS PAGE.html...
// TOOLS: a folder whose node_modules hold puppeteer-core and axe-core. For every page, width and colour scheme: no
// error on the console, no request, every chart drawn, nothing wider than the screen, no serious finding of axe-core;
// the same without scripts and in print; zoomed charts draw. A screenshot of each is left behind.
import { createRequire } from 'node:module';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

const [tools, shots, ...pages] = process.argv.slice(2);
const load = createRequire(path.resolve(tools, 'node_modules', 'x.js'));
const puppeteer = load('puppeteer-core');
const axe = readFileSync(load.resolve('axe-core/axe.min.js'), 'utf8');
const chromium = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync);
const widths = [360, 390, 768, 1280, 2560, 3840];
let checks = 0, faults = 0;

function expect(holds, what) {
  ++checks;
  if (!holds) {
    ++faults;
    console.error('FAILED: ' + what);
  }
}

// What sticks out of the screen at its sides, except where it can be scrolled to; captions of tables are read first.
function outside() {
  const width = document.documentElement.clientWidth, found = [];
  if (document.documentElement.scrollWidth > width) found.push('the page can be scrolled sideways');
  for (const element of document.querySelectorAll('main *, header *, footer *')) {
    if (element.closest('.hidden') || (element.closest('.wide') && element.tagName !== 'CAPTION') || element.getClientRects().length === 0) continue;
    const box = element.getBoundingClientRect();
    if (box.left < -1 || box.right > width + 1)
      found.push(`<${element.tagName.toLowerCase()} class="${element.getAttribute('class') || ''}"> ${element.textContent.slice(0, 30)}`);
  }
  return found.slice(0, 4);
}

// Charts without size or without marks, texts of one chart that lie on another, and texts that its frame cuts off.
function badCharts() {
  const found = [];
  for (const chart of document.querySelectorAll('svg.chart')) {
    const name = chart.querySelector('title').textContent, box = chart.getBoundingClientRect();
    if (box.width < 120 || box.height < 60) found.push(name + ' has no size');
    if (!chart.querySelector('.lines path')) found.push(name + ' is empty');
    const texts = Array.from(chart.querySelectorAll('text')).filter(t => getComputedStyle(t).display !== 'none' && t.textContent)
      .map(t => [t.textContent, t.getBoundingClientRect()]);
    for (const [i, [text, a]] of texts.entries())
      for (const [other, b] of texts.slice(i + 1))
        if (Math.min(a.right, b.right) - Math.max(a.left, b.left) > 2 && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 5)
          found.push(`${name}: '${text}' lies on '${other}'`);
    const frame = chart.closest('.frame').getBoundingClientRect();
    for (const [text, box] of texts)
      if (box.left < frame.left - 1 || box.right > frame.right + 1 || box.top < frame.top - 1 || box.bottom > frame.bottom + 1)
        found.push(`${name}: '${text}' is cut off`);
  }
  return found.slice(0, 4);
}

async function checkPage(browser, file, width, scheme) {
  const page = await browser.newPage(), label = `${path.basename(file)} ${width} ${scheme}`;
  const errors = [], requests = [];
  page.on('console', m => { if (m.type() === 'error' || m.type() === 'warn') errors.push(m.text()); });
  page.on('pageerror', e => errors.push(String(e)));
  page.on('request', r => { if (r.url() !== 'file://' + path.resolve(file) && !r.url().startsWith('data:')) requests.push(r.url()); });
  await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }]);
  await page.setViewport({ width, height: 800 });
  await page.goto('file://' + path.resolve(file), { waitUntil: 'load' });
  await page.screenshot({ path: path.join(shots, `${path.basename(file, '.html')}-${width}-${scheme}.png`), fullPage: width <= 1280 });
  expect((await page.evaluate(outside)).length === 0, `${label}: outside of the screen: ${await page.evaluate(outside)}`);
  const bad = await page.evaluate(badCharts);
  expect(bad.length === 0, `${label}: ${bad.join('; ')}`);
  const zooms = await page.$$('button.zoom');
  for (const button of zooms) await button.click();
  const drawn = await page.evaluate(() => Array.from(document.querySelectorAll('.uplot canvas')).filter(c => c.width > 100).length);
  expect(drawn === zooms.length, `${label}: ${drawn} of ${zooms.length} charts zoom`);
  expect((await page.evaluate(outside)).length === 0, `${label}: zoomed charts are outside of the screen: ${await page.evaluate(outside)}`);
  for (const chart of await page.$$('.uplot')) { // by keys alone
    await chart.focus();
    const said = async key => {
      await page.keyboard.press(key);
      return page.evaluate(c => c.closest('figure').querySelector('[role=status]').textContent, chart);
    };
    const [all, near, back] = [await said('Home'), await said('ArrowUp'), await said('Home')];
    expect(all && near !== all && back === all, `${label}: keys show '${all}', '${near}', '${back}'`);
    expect(await page.evaluate(c => c.getAttribute('aria-label').length > 10, chart), `${label}: a chart without a name`);
  }
  await page.evaluate(() => document.querySelectorAll('details').forEach(d => { d.open = true; }));
  expect((await page.evaluate(outside)).length === 0, `${label}: open details are outside of the screen: ${await page.evaluate(outside)}`);
  if (width === 390 || width === 1280) {
    await page.evaluate(axe);
    const found = (await page.evaluate('axe.run()')).violations.filter(v => v.impact === 'serious' || v.impact === 'critical');
    expect(found.length === 0, `${label}: axe-core: ${found.map(v => `${v.id} (${v.nodes.length}: ${v.nodes[0].html.slice(0, 120)} ${v.nodes[0].failureSummary})`).join('; ')}`);
  }
  expect(errors.length === 0, `${label}: console: ${errors.join('; ')}`);
  expect(requests.length === 0, `${label}: requests: ${requests.join(' ')}`);
  await page.close();
}

// Without scripts, and in print, the charts are there.
async function checkStill(browser, file) {
  const page = await browser.newPage(), name = path.basename(file);
  await page.setJavaScriptEnabled(false);
  await page.setViewport({ width: 1280, height: 800 });
  await page.goto('file://' + path.resolve(file), { waitUntil: 'load' });
  expect((await page.$$('button.zoom')).length === 0, `${name}: nothing to click on without scripts`);
  const pdf = await page.pdf({ path: path.join(shots, path.basename(file, '.html') + '.pdf'), format: 'A4' });
  expect(pdf.length > 10000, `${name}: nothing is printed`);
  await page.close();
}

const browser = await puppeteer.launch({ executablePath: chromium, headless: true,
  args: ['--no-sandbox', '--disable-gpu', '--hide-scrollbars', '--force-device-scale-factor=1'] });
for (const file of pages) {
  for (const width of widths)
    for (const scheme of ['light', 'dark']) await checkPage(browser, file, width, scheme);
  await checkStill(browser, file);
}
await browser.close();
console.log(`${checks} checks of ${pages.length} pages in Chromium, ${faults} failed`);
process.exit(faults > 0 ? 1 : 0);
