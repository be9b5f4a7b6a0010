// What the page can do beyond what it shows without scripts: charts that zoom, and details that open for print.
(function () {
  'use strict';
  const style = name => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const colour = number => style(number ? '--c' + number : '--muted');

  // Series have their own values of x; gaps are null.
  function options(data, width, height) {
    const axis = { stroke: style('--soft'), grid: { stroke: style('--faint'), width: 1 }, ticks: { stroke: style('--line'), width: 1 } };
    return {
      width: width, height: height,
      scales: { x: { time: false }, y: { distr: data.log ? 3 : 1 } },
      axes: [Object.assign({ label: data.x }, axis), Object.assign({ size: 62 }, axis)],
      series: [{ label: data.x }].concat(data.series.map(s => ({
        label: s.label, stroke: colour(s.colour), width: 2, dash: s.dashed ? [5, 5] : undefined,
        paths: s.dots ? () => null : undefined, points: { show: s.dots, size: 5, fill: colour(s.colour) },
        value: (u, v) => v === null ? '–' : Number(v).toPrecision(4)
      })))
    };
  }

  function columns(data) {
    const xs = Array.from(new Set(data.series.flatMap(s => s.x))).sort((a, b) => a - b);
    const at = new Map(xs.map((x, i) => [x, i]));
    return [xs].concat(data.series.map(s => {
      const ys = new Array(xs.length).fill(null);
      s.y.forEach((y, i) => { if (y !== null && !(data.log && y <= 0)) ys[at.get(s.x[i])] = y; });
      return ys;
    }));
  }

  function zoomable(script) {
    const figure = script.parentElement, frame = figure.querySelector('.frame');
    const data = JSON.parse(script.textContent);
    const button = document.createElement('button');
    let plot = null;
    button.type = 'button';
    button.className = 'zoom';
    button.textContent = 'Zoom';
    button.setAttribute('aria-expanded', 'false');
    const draw = () => {
      plot = new uPlot(options(data, figure.clientWidth, 360), columns(data));
      figure.insertBefore(plot.root, button);
    };
    button.addEventListener('click', () => {
      if (plot) {
        plot.destroy();
        plot = null;
      } else {
        draw();
      }
      frame.style.display = plot ? 'none' : '';
      button.textContent = plot ? 'Close' : 'Zoom';
      button.setAttribute('aria-expanded', String(plot !== null));
      if (plot) button.title = 'Drag to zoom in, double click to zoom out';
    });
    window.addEventListener('resize', () => { if (plot) plot.setSize({ width: figure.clientWidth, height: 360 }); });
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
      if (plot) { plot.destroy(); draw(); }
    });
    figure.appendChild(button);
  }

  document.querySelectorAll('script[data-plot]').forEach(zoomable);

  let opened = [];
  window.addEventListener('beforeprint', () => {
    opened = Array.from(document.querySelectorAll('details:not([open])'));
    opened.forEach(d => { d.open = true; });
  });
  window.addEventListener('afterprint', () => { opened.forEach(d => { d.open = false; }); });
})();
