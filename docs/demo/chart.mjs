// Lines, dots and axes of an SVG picture with a scale of its own.

const space = 'http://www.w3.org/2000/svg';

export class Chart {
  #picture;
  /** x, y: [low, high] of the axes; margins around them in units of the picture, which is width by height. */
  constructor(picture, { width, height, x, y, left = 40, right = 12, top = 8, bottom = 40 }) {
    picture.setAttribute('viewBox', `0 0 ${width} ${height}`);
    picture.replaceChildren();
    this.#picture = picture;
    this.x = value => left + (value - x[0]) / (x[1] - x[0]) * (width - left - right);
    this.y = value => top + (y[1] - value) / (y[1] - y[0]) * (height - top - bottom);
    Object.assign(this, { low: [this.x(x[0]), this.y(y[0])], high: [this.x(x[1]), this.y(y[1])] });
    const area = document.createElementNS(space, 'clipPath');
    this.area = area.id = picture.id + '-area';
    picture.append(area);
    this.add('rect', { x: left, y: top, width: width - left - right, height: height - top - bottom }, undefined, area);
  }
  add(name, attributes, text, within = this.#picture) {
    const element = document.createElementNS(space, name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    if (text !== undefined) element.textContent = text;
    within.append(element);
  }
  axes(xs, ys, xName, yName) {
    const [x0, y0] = this.low, [x1, y1] = this.high;
    for (const x of xs) {
      this.add('line', { class: x === 0 ? 'zero' : 'grid', x1: this.x(x), x2: this.x(x), y1: y0, y2: y1 });
      this.add('text', { class: 'middle', x: this.x(x), y: y0 + 17 }, label(x));
    }
    for (const y of ys) {
      this.add('line', { class: y === 0 ? 'zero' : 'grid', x1: x0, x2: x1, y1: this.y(y), y2: this.y(y) });
      this.add('text', { class: 'end', x: x0 - 8, y: this.y(y) + 4 }, label(y));
    }
    this.add('text', { class: 'middle', x: (x0 + x1) / 2, y: y0 + 35 }, xName);
    this.add('text', { class: 'middle', transform: `translate(${x0 - 34} ${(y0 + y1) / 2}) rotate(-90)` }, yName);
  }
  /** points: [x, y] */
  line(points, kind) {
    const d = 'M' + points.map(([x, y]) => `${this.x(x).toFixed(1)} ${this.y(y).toFixed(1)}`).join('L');
    this.add('path', { class: kind, d, 'clip-path': `url(#${this.area})` });
  }
  dot([x, y], kind, r) {
    const cx = this.x(x), cy = this.y(y);
    if (cx >= this.low[0] && cx <= this.high[0] && cy >= this.high[1] && cy <= this.low[1]) this.add('circle', { class: kind, cx, cy, r });
  }
}

const label = value => String(value).replace('-', '−');
