// The demo page in headless Chromium: node test_demo.mjs, with $CARVE_BUILD. Its kernel finds the same weights as under
// Node.js, its controls change what it draws, and it asks for its own files only.
// tests/javascript/browser.mjs, which scripts/verify.sh runs, looks at more.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { serve } from './serve.mjs';

const build = process.env.CARVE_BUILD, demo = path.join(build, 'demo');
const chromium = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync);
if (!chromium) {
  console.log('skipped: the demo page (chromium is not installed: scripts/setup.sh wasm)');
  process.exit(77);
}

// What the page says, and what it is made to do, ends up in its title.
const probe = `
const lines = [], log = console.log, $ = id => document.getElementById(id);
console.log = line => lines.push(line);
await import('./first_steps.mjs');
console.log = log;
await new Promise(resolve => { const wait = () => $('demo').hidden ? setTimeout(wait, 20) : resolve(); wait(); });
const said = () => ({ status: $('status').textContent, equation: $('equation').textContent, way: document.querySelector('.way').getAttribute('d') });
const seen = { lines, first: said() };
$('restart').click();
seen.restarted = said();
$('redraw').click();
seen.redrawn = said();
const buttons = Array.from(document.querySelectorAll('#presets button'));
for (const button of buttons) { button.click(); seen[button.textContent] = said(); }
buttons[0].click();
const slider = $('theta1');
slider.value = -2;
slider.dispatchEvent(new Event('input'));
seen.turned = said();
document.title = JSON.stringify(seen);
`;
const page = readFileSync(path.join(demo, 'index.html'), 'utf8').replace('</body>', '<script type="module" src="probe.mjs"></script></body>');
const example = readFileSync(path.join(build, 'carve/examples/first_steps.mjs'), 'utf8').replace('../carve.mjs', './carve.mjs');
const server = await serve(demo, { 'index.html': page, 'probe.mjs': probe, 'first_steps.mjs': example });
const profile = mkdtempSync(path.join(tmpdir(), 'carve-demo-'));
const run = spawn(chromium, ['--headless', '--no-sandbox', '--disable-gpu', '--window-size=1000,900', `--user-data-dir=${profile}`,
  '--enable-logging=stderr', '--virtual-time-budget=20000', '--dump-dom', server.address]);
let dom = '', errors = '';
run.stdout.on('data', text => { dom += text; });
run.stderr.on('data', text => { errors += text; });
const deadline = setTimeout(() => run.kill(), 240000);
await new Promise(resolve => run.on('close', resolve));
clearTimeout(deadline);
server.close();
rmSync(profile, { recursive: true, force: true, maxRetries: 5 });

const title = /<title>(.*?)<\/title>/.exec(dom)?.[1].replaceAll('&amp;', '&').replaceAll('&quot;', '"');
assert.ok(title?.startsWith('{'), `the page did not come to its end: ${title}\n${errors}`);
const seen = JSON.parse(title), number = text => Number(text.replace('−', '-'));
const node = execFileSync('node', [path.join(build, 'carve/examples/first_steps.mjs')], { encoding: 'utf8' }).trim().split('\n');
assert.deepEqual(seen.lines, node, 'the kernel finds other weights than under Node.js');
assert.equal(seen.first.equation.replace(/\s/g, ''), 'Δw=0.01(xy−y²w)');
for (const { status } of [seen.first, seen.restarted, seen.redrawn]) {
  const [, length, degrees] = /of length ([\d.]+), ([\d.]+)° from/.exec(status);
  assert.ok(Math.abs(length - 1) < 0.15 && degrees < 15, `Oja's rule: ${status}`);
}
const ways = ['first', 'restarted', 'redrawn', 'turned'].map(name => seen[name].way);
assert.equal(new Set(ways).size, 4, 'a control changes nothing');
assert.match(seen.Hebb.status, /^After \d+ updates a weight is beyond 20, /);
assert.match(seen['Hebb with decay'].status, /beyond 20/);
assert.match(seen['Anti-Hebb'].status, /the weights are nearly 0/);
const long = number(/of length ([\d.]+)/.exec(seen['Oja, longer weights'].status)[1]);
assert.ok(Math.abs(long - Math.SQRT2) < 0.2, `theta 1 and -0.5 give a length of ${long}, not sqrt 2`);
const short = number(/of length ([\d.]+)/.exec(seen.turned.status)[1]);
assert.ok(Math.abs(short - Math.SQRT1_2) < 0.15, `theta 1 and -2 give a length of ${short}, not sqrt 1/2`);
assert.doesNotMatch(errors, /CONSOLE|Uncaught|Refused/, 'the console is not silent');
const own = new Set([...readdirSync(demo), 'probe.mjs', 'first_steps.mjs']);
assert.deepEqual(server.asked.filter(({ name, found }) => !found || !own.has(name)), [], 'the page asks for what is not its own');
console.log(`the demo page in Chromium: ${server.asked.length} files, console silent; ${seen.first.status}`);
