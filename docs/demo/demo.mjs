// The page: sliders and buttons in, two pictures and a sentence out.
import { Chart } from './chart.mjs';
import { bound, drawInputs, eta, presets, run, terms, updates } from './rule.mjs';

const $ = id => document.getElementById(id);
const state = { theta: { ...presets[0].theta }, inputs: drawInputs(1), inputsSeed: 1, weightsSeed: 1 };
const shown = 300; // samples
const widthOf = picture => $(picture).parentElement.clientWidth;

function number(value, digits = 2) {
  return value.toFixed(digits).replace(/^-0\.?0*$/, zero => zero.slice(1)).replace('-', '−');
}

function showEquation() {
  const parts = terms.map(({ name }) => [state.theta[name] ?? 0, name]).filter(([value]) => value !== 0)
    .sort((a, b) => b[0] - a[0]) // what adds before what takes away
    .map(([value, name], i) => `${value < 0 ? '− ' : i > 0 ? '+ ' : ''}${Math.abs(value) === 1 ? '' : number(Math.abs(value)) + ' '}${name}`);
  const texts = [`Δw = ${number(eta)}`, ...(parts.length > 0 ? ['(', ...parts, ')'] : ['· 0'])];
  $('equation').replaceChildren(...texts.map(text => Object.assign(document.createElement('span'), { textContent: text })));
}

function showControls() {
  const same = theta => terms.every(({ name }) => (theta[name] ?? 0) === (state.theta[name] ?? 0));
  document.querySelectorAll('#presets button').forEach((button, i) => button.setAttribute('aria-pressed', same(presets[i].theta)));
  terms.forEach(({ name }, i) => {
    $(`theta${i}`).value = state.theta[name] ?? 0;
    $(`value${i}`).value = number(state.theta[name] ?? 0);
  });
}

function drawPlane({ weights }, { x, component }) {
  const width = widthOf('plane'), chart = new Chart($('plane'), { width, height: width, x: [-2.5, 2.5], y: [-2.5, 2.5] });
  chart.axes([-2, -1, 0, 1, 2], [-2, -1, 0, 1, 2], 'x₁, w₁', 'x₂, w₂');
  for (let i = 0; i < 2 * shown; i += 2) chart.dot([x[i], x[i + 1]], 'samples', 2.5);
  const ends = 2.5 / Math.max(...component.map(Math.abs));
  chart.line([-ends, ends].map(along => component.map(c => c * along)), 'component');
  chart.line(weights, 'way');
  chart.dot(weights[0], 'first', 5);
  chart.dot(weights.at(-1), 'now', 6);
}

function drawCourse({ weights, every }, nearer) {
  const width = widthOf('course'), side = widthOf('plane'); // as high as the other picture beside it, or below it, lower
  const chart = new Chart($('course'), { width, height: width > side ? side : 0.68 * width, x: [0, updates], y: [-2, 2], right: 34 });
  chart.axes([0, updates / 4, updates / 2, updates * 3 / 4, updates], [-2, -1, 0, 1, 2], 'updates', 'weight');
  // Where each line ends, or leaves the picture: there is its name.
  const ends = [0, 1].map(i => {
    const out = weights.findIndex(w => Math.abs(w[i]) > 2), k = out < 0 ? weights.length - 1 : out;
    return [chart.x(k * every) + 6, chart.y(Math.min(Math.max(weights[k][i], -1.95), 1.95)) + 4];
  });
  const apart = Math.hypot(ends[0][0] - ends[1][0], ends[0][1] - ends[1][1]), upper = ends[0][1] <= ends[1][1] ? 0 : 1;
  [0, 1].forEach(i => {
    chart.line([[0, nearer[i]], [updates, nearer[i]]], `component w${i + 1}`);
    chart.line(weights.map((w, k) => [k * every, w[i]]), `weight w${i + 1}`);
    const aside = apart < 16 ? (i === upper ? -8 : 8) : 0; // not one name on the other
    chart.add('text', { class: `name w${i + 1}`, x: ends[i][0], y: ends[i][1] + aside }, `w${'₁₂'[i]}`);
  });
}

function showStatus({ weights, stopped }, component) {
  const [a, b] = weights.at(-1), length = Math.hypot(a, b), along = Math.abs(a * component[0] + b * component[1]);
  const degrees = Math.acos(Math.min(along / length, 1)) * 180 / Math.PI;
  const vector = `(${number(a)}, ${number(b)})`;
  $('status').textContent = stopped !== undefined
    ? `After ${stopped} updates a weight is beyond ${bound}, where the simulation stops: under this rule weights grow without end.`
    : length < 0.05 ? `After ${updates} updates the weights are nearly 0: this rule forgets.`
    : `After ${updates} updates the weights are ${vector}, of length ${number(length)}, ` +
      `${number(degrees, 1)}° from the principal component, which is ±(${number(component[0])}, ${number(component[1])}).`;
}

function draw() {
  const { result, inputs } = state, last = result.weights.at(-1);
  const sign = last[0] * inputs.component[0] + last[1] * inputs.component[1] < 0 ? -1 : 1;
  drawPlane(result, inputs);
  drawCourse(result, inputs.component.map(c => sign * c));
}

function show() {
  state.result = run(state.theta, state.inputs.x, state.weightsSeed);
  showEquation();
  showControls();
  showStatus(state.result, state.inputs.component);
  draw();
}

function makeControls() {
  for (const preset of presets) {
    const button = Object.assign(document.createElement('button'), { type: 'button', textContent: preset.name });
    button.addEventListener('click', () => { state.theta = { ...preset.theta }; show(); });
    $('presets').append(button);
  }
  terms.forEach(({ name }, i) => {
    const row = document.createElement('div'), label = document.createElement('label'), term = document.createElement('span');
    const input = document.createElement('input'), output = document.createElement('output');
    row.className = 'slider';
    Object.assign(label, { htmlFor: `theta${i}` }).append(Object.assign(term, { className: 'term', textContent: name }));
    Object.assign(input, { id: `theta${i}`, type: 'range', min: -2, max: 2, step: 0.05 });
    Object.assign(output, { id: `value${i}`, htmlFor: `theta${i}` });
    input.addEventListener('input', () => { state.theta = { ...state.theta, [name]: Number(input.value) }; show(); });
    row.append(label, input, output);
    $('sliders').append(row);
  });
  $('redraw').addEventListener('click', () => { state.inputs = drawInputs(++state.inputsSeed); show(); });
  $('restart').addEventListener('click', () => { ++state.weightsSeed; show(); });
}

makeControls();
$('message').hidden = true;
$('demo').hidden = false;
show();
new ResizeObserver(() => requestAnimationFrame(draw)).observe($('plane').parentElement); // also when its style arrives
