// The demo page in Chromium: node browser.mjs TOOLS SCREENSHOTS DEMO, DEMO the folder of scripts/build_wasm.sh, TOOLS one
// whose node_modules hold puppeteer-core and axe-core. For every width and colour scheme: no error on the console, no
// request for another's files, nothing wider than the screen, no serious finding of axe-core; all controls by keyboard.
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { serve } from './serve.mjs';

const [tools, shots, demo] = process.argv.slice(2);
const load = createRequire(path.resolve(tools, 'node_modules', 'x.js'));
const puppeteer = load('puppeteer-core');
const axe = readFileSync(load.resolve('axe-core/axe.min.js'), 'utf8');
const chromium = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync);
let checks = 0, faults = 0;

function expect(holds, what) {
  ++checks;
  if (holds) return;
  ++faults;
  console.error('FAILED: ' + what);
}

function outside() {
  const width = document.documentElement.clientWidth;
  return Array.from(document.querySelectorAll('header *, main *, footer *')).filter(element => element.getClientRects().length > 0)
    .filter(element => { const box = element.getBoundingClientRect(); return box.left < -1 || box.right > width + 1; })
    .map(element => `<${element.tagName.toLowerCase()}> ${element.textContent.slice(0, 30)}`).slice(0, 4);
}

// Every control can be reached and used; what it changes is said.
async function useKeyboard(page, label) {
  const reached = new Set(), controls = await page.$$eval('button, input', all => all.length);
  const said = () => page.$eval('#equation', e => e.textContent);
  for (let i = 0; i < controls; ++i) {
    await page.keyboard.press('Tab');
    const { id, kind, ring } = await page.evaluate(() => ({ id: document.activeElement.id || document.activeElement.textContent,
      kind: document.activeElement.tagName, ring: getComputedStyle(document.activeElement).outlineStyle }));
    reached.add(id);
    expect(ring !== 'none', `${label}: ${id} shows no focus`);
    const before = await said();
    if (kind !== 'INPUT') continue;
    await page.keyboard.press('ArrowRight');
    expect(await said() !== before, `${label}: the arrow keys do not turn ${id}`);
  }
  expect(reached.size === controls, `${label}: ${reached.size} of ${controls} controls by keyboard`);
}

async function checkPage(browser, server, width, scheme) {
  const page = await browser.newPage(), label = `${width} ${scheme}`, errors = [], own = new Set(readdirSync(demo));
  page.on('console', m => { if (m.type() === 'error' || m.type() === 'warn') errors.push(m.text()); });
  page.on('pageerror', e => errors.push(String(e)));
  page.on('request', r => expect(r.url() === server.address || own.has(r.url().slice(server.address.length)) || r.url() === 'data:,',
    `${label}: request for ${r.url()}`));
  await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }]);
  await page.setViewport({ width, height: 900 });
  await page.goto(server.address, { waitUntil: 'load' });
  await page.waitForSelector('#demo:not([hidden])');
  await page.screenshot({ path: path.join(shots, `demo-${width}-${scheme}.png`), fullPage: true });
  const wide = await page.evaluate(outside);
  expect(wide.length === 0, `${label}: outside of the screen: ${wide}`);
  await page.evaluate(axe);
  const found = (await page.evaluate('axe.run()')).violations.filter(v => v.impact === 'serious' || v.impact === 'critical');
  expect(found.length === 0, `${label}: axe-core: ${found.map(v => `${v.id}: ${v.nodes[0].html.slice(0, 120)}`).join('; ')}`);
  await useKeyboard(page, label);
  expect(errors.length === 0, `${label}: console: ${errors.join('; ')}`);
  await page.close();
}

const server = await serve(demo);
const browser = await puppeteer.launch({ executablePath: chromium, headless: true,
  args: ['--no-sandbox', '--disable-gpu', '--hide-scrollbars', '--force-device-scale-factor=1'] });
for (const width of [360, 390, 768, 1280, 2560])
  for (const scheme of ['light', 'dark']) await checkPage(browser, server, width, scheme);
await browser.close();
server.close();
console.log(`${checks} checks of the demo page in Chromium, ${faults} failed`);
process.exit(faults > 0 ? 1 : 0);
