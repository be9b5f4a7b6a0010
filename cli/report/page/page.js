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

  // The part of x that a key shows next, of [min, max], within all = [lowest, highest]; null for other keys.
  function view(key, min, max, all) {
    const width = max - min, middle = (min + max) / 2;
    const wanted = {
      ArrowLeft: [min - width / 5, max - width / 5], ArrowRight: [min + width / 5, max + width / 5],
      ArrowUp: [middle - width / 4, middle + width / 4], ArrowDown: [middle - width, middle + width], Home: all
    }[{ '+': 'ArrowUp', '=': 'ArrowUp', '-': 'ArrowDown', '0': 'Home' }[key] || key];
    if (!wanted) return null;
    const shown = Math.min(wanted[1] - wanted[0], all[1] - all[0]);
    const from = Math.min(Math.max(wanted[0], all[0]), all[1] - shown);
    return [from, from + shown];
  }

  // The chart can be reached and moved by keys, and `status` says aloud what it shows.
  function useKeys(plot, title, status) {
    const x = plot.data[0], all = [x[0], x[x.length - 1]];
    plot.root.tabIndex = 0;
    plot.root.setAttribute('role', 'application');
    plot.root.setAttribute('aria-label', title + ' Arrows up and down zoom, left and right move, Home shows all.');
    plot.root.addEventListener('keydown', event => {
      const next = event.ctrlKey || event.metaKey || event.altKey ? null
        : view(event.key, plot.scales.x.min, plot.scales.x.max, all);
      if (!next || next[0] === next[1]) return;
      event.preventDefault();
      plot.setScale('x', { min: next[0], max: next[1] });
      status.textContent = plot.series[0].label + ' from ' + next.map(v => Number(v).toPrecision(3)).join(' to ');
    });
  }

  function zoomable(script) {
    const figure = script.parentElement, frame = figure.querySelector('.frame');
    const title = figure.querySelector('figcaption strong').textContent;
    const data = JSON.parse(script.textContent);
    const button = document.createElement('button'), help = document.createElement('p'), status = document.createElement('p');
    let plot = null;
    help.className = 'soft keys';
    help.textContent = 'Drag or arrow up to zoom in, arrow down to zoom out, arrows left and right to move; a double click or Home shows all.';
    status.className = 'hidden';
    status.setAttribute('role', 'status');
    button.type = 'button';
    button.className = 'zoom';
    const name = open => {
      button.textContent = open ? 'Close' : 'Zoom';
      button.setAttribute('aria-label', button.textContent + ': ' + title);
      button.setAttribute('aria-expanded', String(open));
      help.hidden = !open;
      frame.style.display = open ? 'none' : '';
    };
    const draw = () => {
      plot = new uPlot(options(data, figure.clientWidth, 360), columns(data));
      figure.insertBefore(plot.root, help);
      useKeys(plot, title, status);
    };
    button.addEventListener('click', () => {
      if (plot) {
        plot.destroy();
        plot = null;
      } else {
        draw();
      }
      name(plot !== null);
    });
    window.addEventListener('resize', () => { if (plot) plot.setSize({ width: figure.clientWidth, height: 360 }); });
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
      if (plot) { plot.destroy(); draw(); }
    });
    figure.append(help, status, button);
    name(false);
  }

  document.querySelectorAll('script[data-plot]').forEach(zoomable);

  let opened = [];
  window.addEventListener('beforeprint', () => {
    opened = Array.from(document.querySelectorAll('details:not([open])'));
    opened.forEach(d => { d.open = true; });
  });
  window.addEventListener('afterprint', () => { opened.forEach(d => { d.open = false; }); });
})();
