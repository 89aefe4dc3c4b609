// Line charts: learning curves, and lines through few points. uPlot draws; here stand controls, keys, and words.

// Values at the union of all x, which is what uPlot takes; `null` where a line has none.
function aligned(lines, logX, logY) {
  const xs = [...new Set(lines.flatMap((line) => line.x))].filter((x) => !logX || x > 0).sort((a, b) => a - b);
  const place = new Map(xs.map((x, i) => [x, i]));
  const column = (line, values) => {
    const out = new Array(xs.length).fill(null);
    line.x.forEach((x, i) => {
      const at = place.get(x);
      if (at !== undefined && values[i] != null && (!logY || values[i] > 0)) out[at] = values[i];
    });
    return out;
  };
  return { xs, column };
}

function nearest(values, index) {
  for (let off = 0; off < values.length; off++) {
    if (values[index - off] != null) return index - off;
    if (values[index + off] != null) return index + off;
  }
  return null;
}

// Room beside points at the ends, none beside lines.
function wider(low, high, log, lines) {
  if (low == null || !(low < high) || !lines.some((line) => line.dots)) return [low, high];
  const room = log ? (high / low) ** 0.03 : 0.03 * (high - low);
  return log ? [low / room, high * room] : [low - room, high + room];
}

// The vertical axis that all charts of a row share: what their lines and bands cover where the horizontal one lies.
function sharedRange(specs) {
  return (u) => {
    // The scale is not set yet when this is asked for; which points it shows is.
    const [min, max] = u.series[0].idxs.map((at) => u.data[0][at]);
    const log = specs[0].logY;
    let [low, high] = [Infinity, -Infinity];
    for (const line of specs.flatMap((spec) => spec.lines)) {
      line.x.forEach((x, i) => {
        if (x < min || x > max) return;
        for (const value of [line.y[i], line.low ? line.low[i] : null, line.high ? line.high[i] : null]) {
          if (value == null || (log && value <= 0)) continue;
          [low, high] = [Math.min(low, value), Math.max(high, value)];
        }
      });
    }
    if (low > high) return log ? [0.1, 1] : [0, 1];
    if (log) return low < high ? [low / 1.15, high * 1.15] : [low / 2, high * 2];
    const room = high > low ? 0.05 * (high - low) : Math.abs(high) * 0.1 || 1;
    return [low - room, high + room];
  };
}

// Upright lines where findings begin to hold, each with its code at the top. Codes that stand close to one another take turns.
function drawMarks(u, marks) {
  const context = u.ctx;
  const ratio = devicePixelRatio;
  const { left, top, width, height } = u.bbox;
  context.save();
  context.font = `${11 * ratio}px system-ui, sans-serif`;
  [context.textAlign, context.textBaseline] = ['left', 'top'];
  const rows = [];
  marks.forEach((mark) => {
    const x = Math.round(u.valToPos(mark.x, 'x', true));
    if (!Number.isFinite(x) || x < left || x > left + width) return;
    context.beginPath();
    context.setLineDash([5 * ratio, 4 * ratio]);
    context.lineWidth = 1.5 * ratio;
    context.strokeStyle = lineColor(mark.color);
    context.moveTo(x, top);
    context.lineTo(x, top + height);
    context.stroke();
    context.setLineDash([]);
    const long = context.measureText(mark.code).width;
    const from = x + 4 * ratio + long < left + width ? x + 4 * ratio : x - 4 * ratio - long;
    let row = rows.findIndex((taken) => taken.every(([a, b]) => from > b || from + long < a));
    if (row < 0) row = rows.push([]) - 1;
    rows[row].push([from, from + long + 6 * ratio]);
    // On a ground of its own: lines pass below it.
    context.lineWidth = 3 * ratio;
    context.strokeStyle = style('--paper');
    context.strokeText(mark.code, from, top + (2 + 14 * row) * ratio);
    context.fillStyle = style('--ink');
    context.fillText(mark.code, from, top + (2 + 14 * row) * ratio);
  });
  context.restore();
}

// One chart. A line has name, color, x, y, and perhaps low and high (a band), dots, hollow (places), thin; a mark has x, code, arm, color.
function lineChart(spec) {
  const { lines, logX, logY } = spec;
  const { xs, column } = aligned(lines, logX, logY);
  // Marks are read where the point next to them is.
  const marks = (spec.marks || []).filter((mark) => !logX || mark.x > 0);
  const next = (x) => xs.reduce((best, at, i) => (Math.abs(at - x) < Math.abs(xs[best] - x) ? i : best), 0);
  const places = marks.map((mark) => next(mark.x));
  const marksAt = (index) => marks.filter((_, i) => places[i] === index).map((mark) => `${mark.code} of ${mark.arm} from ${spec.x} ${shown(mark.x)} on`);
  const data = [xs];
  const series = [{}];
  const bands = [];
  const lineOf = [null];
  lines.forEach((line, index) => {
    if (line.low) {
      bands.push({ series: [data.length, data.length + 1], fill: () => faint(lineColor(line.color), 0.16) });
      for (const edge of [line.high, line.low]) {
        data.push(column(line, edge));
        series.push({ stroke: 'transparent', width: 0, spanGaps: true, points: { show: false } });
        lineOf.push(null);
      }
    }
    data.push(column(line, line.y));
    series.push({
      label: line.name,
      stroke: () => (line.thin ? faint(lineColor(line.color), 0.5) : lineColor(line.color)),
      width: line.thin ? 1 : 2,
      dash: lineDash(line.color),
      spanGaps: true,
      points: { show: Boolean(line.dots) || line.x.length === 1, size: 7, fill: () => lineColor(line.color) },
    });
    lineOf.push(index);
  });
  const font = '12px system-ui, sans-serif';
  const axis = (label) => ({
    label, font, labelFont: '13px system-ui, sans-serif', labelSize: 22,
    stroke: () => style('--ink'), grid: { stroke: () => style('--line'), width: 1 }, ticks: { stroke: () => style('--line') },
  });
  const widest = (u, values) => 22 + 7 * Math.max(3, ...(values || []).map((v) => String(v ?? '').length));
  const short = (u, ticks) => ticks.map((t) => (t == null ? '' : shown(t)));
  // Of a logarithmic axis only powers of ten are named where it spans several.
  const powers = (key) => (u, ticks) => {
    const { min, max } = u.scales[key];
    const few = Math.log10(max / min) < 2;
    return ticks.map((t) => (few || Math.abs(Math.log10(t) - Math.round(Math.log10(t))) < 1e-9 ? t : null));
  };
  // Nothing lies between whole numbers of epochs or configurations.
  const whole = xs.every(Number.isInteger) && !logX ? { incrs: [1, 2, 5].flatMap((m) => [m, 10 * m, 100 * m, 1e3 * m, 1e4 * m, 1e5 * m, 1e6 * m]).sort((a, b) => a - b) } : {};
  const tip = element('div', { class: 'tip', 'aria-hidden': 'true' });
  tip.hidden = true;
  const box = element('div', { class: 'chart', tabindex: '0', role: 'group', 'aria-label': `${spec.label}. Left and right arrow: read values; plus and minus: zoom; 0: show all.` });
  const spoken = element('div', { class: 'spoken', 'aria-live': 'polite' });
  const chart = new uPlot({
    width: 400, height: spec.height || 300, series, bands, legend: { show: false },
    padding: [10, 22, 0, 0],
    scales: { x: { time: false, distr: logX ? 3 : 1, range: (u, low, high) => wider(low, high, logX, lines) }, y: { distr: logY ? 3 : 1, range: spec.shared } },
    axes: [
      { ...axis(logX ? `${spec.x} (log scale)` : spec.x), values: short, ...whole, ...(logX ? { filter: powers('x') } : {}) },
      { ...axis(logY ? `${spec.y} (log scale)` : spec.y), values: short, size: widest, ...(logY ? { filter: powers('y') } : {}) },
    ],
    focus: { alpha: 0.35 },
    cursor: {
      drag: { x: true, y: true, uni: 24 },
      focus: { prox: lines.length > 1 ? 24 : -1 },
      // The edges of bands have no marks.
      dataIdx: (u, at, index) => (lineOf[at] == null ? null : nearest(u.data[at], index)),
    },
    hooks: {
      setCursor: [(u) => tell(u)],
      setSeries: [(u, at) => { near = at == null ? null : lineOf[at]; tell(u); }],
      draw: [(u) => { hollow(u); drawMarks(u, marks); }],
    },
  }, data, box);
  let near = null;
  function words(u) {
    const rows = [];
    u.data.forEach((values, at) => {
      if (lineOf[at] == null) return;
      const index = u.cursor.idxs[at];
      if (index == null || Math.abs(u.valToPos(xs[index], 'x') - u.valToPos(xs[u.cursor.idx], 'x')) > 40) return;
      const line = lines[lineOf[at]];
      const own = line.x.indexOf(xs[index]);
      const band = line.low && line.low[own] != null ? ` (${shown(line.low[own])} to ${shown(line.high[own])})` : '';
      rows.push({ line, text: `${shown(values[index])}${band}`, near: near === lineOf[at], gap: Math.abs(u.valToPos(values[index], 'y') - u.cursor.top) });
    });
    rows.sort((a, b) => a.gap - b.gap);
    return rows;
  }
  function tell(u) {
    const index = u.cursor.idx;
    tip.hidden = index == null || u.cursor.left < 0;
    if (tip.hidden) return;
    const rows = words(u);
    const told = rows.slice(0, 10).map(({ line, text, near: own }) => {
      const mark = element('span', { class: 'mark' });
      mark.style.background = lineColor(line.color);
      return element('div', { class: own ? 'near' : '' }, mark, `${line.name}: ${text}`);
    });
    const more = rows.length > told.length ? [element('div', {}, `and ${rows.length - told.length} more`)] : [];
    const begins = marksAt(index).map((text) => element('div', { class: 'near' }, text));
    tip.replaceChildren(element('div', {}, `${spec.x} ${shown(xs[index])}`), ...begins, ...told, ...more);
    // Beside the pointer, on the side that has room.
    const right = u.cursor.left > u.over.clientWidth / 2;
    tip.style.left = right ? '' : `${u.over.offsetLeft + u.cursor.left + 14}px`;
    tip.style.right = right ? `${box.clientWidth - u.over.offsetLeft - u.cursor.left + 14}px` : '';
    tip.style.top = `${u.over.offsetTop + 8}px`;
  }
  function hollow(u) {
    const context = u.ctx;
    lines.forEach((line) => (line.hollow || []).forEach((at) => {
      const [x, y] = [u.valToPos(line.x[at], 'x', true), u.valToPos(line.y[at], 'y', true)];
      if (!Number.isFinite(x) || !Number.isFinite(y)) return;
      context.beginPath();
      context.arc(x, y, 2.2 * devicePixelRatio, 0, 2 * Math.PI);
      context.fillStyle = style('--paper');
      context.fill();
    }));
  }
  const reset = () => chart.setData(chart.data, true);
  function zoom(factor) {
    const { min, max } = chart.scales.x;
    const [to, from] = logX ? [Math.log, Math.exp] : [(v) => v, (v) => v];
    const [low, high] = [to(min), to(max)];
    const middle = chart.cursor.left > 0 ? to(chart.posToVal(chart.cursor.left, 'x')) : (low + high) / 2;
    const [a, b] = [middle - (middle - low) * factor, middle + (high - middle) * factor];
    const [first, last] = [to(xs[0]), to(xs[xs.length - 1])];
    if (a <= first && b >= last) reset();
    else chart.setScale('x', { min: from(Math.max(a, first)), max: from(Math.min(b, last)) });
  }
  function step(by) {
    const index = Math.max(0, Math.min(xs.length - 1, (chart.cursor.idx ?? (by > 0 ? -1 : xs.length)) + by));
    const at = data.findIndex((values, i) => lineOf[i] != null && values[nearest(values, index)] != null);
    if (at < 0) return;
    chart.setCursor({ left: chart.valToPos(xs[index], 'x'), top: chart.valToPos(data[at][nearest(data[at], index)], 'y') });
    const told = [...marksAt(index), ...words(chart).map((r) => `${r.line.name} ${r.text}`)];
    spoken.textContent = `${spec.x} ${shown(xs[index])}: ${told.join('; ')}`;
  }
  box.addEventListener('keydown', (event) => {
    const far = event.shiftKey ? 10 : 1;
    const acts = {
      ArrowLeft: () => step(-far), ArrowRight: () => step(far), '+': () => zoom(0.5), '=': () => zoom(0.5), '-': () => zoom(2),
      0: reset, Escape: () => { chart.setCursor({ left: -10, top: -10 }); },
    };
    if (!acts[event.key] || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    acts[event.key]();
  });
  box.append(tip, spoken);
  const fit = (width) => { if (width > 0 && width !== chart.width) chart.setSize({ width, height: spec.height || 300 }); };
  const watch = new ResizeObserver(() => fit(box.clientWidth));
  watch.observe(box);
  return { box, fit, reset, zoom, redraw: () => chart.redraw(false, true), remove: () => { watch.disconnect(); chart.destroy(); } };
}

// Which arms are drawn: a switch for each.
function armSwitches(names, on, change) {
  const mark = (index) => {
    const line = drawing('svg', { width: 22, height: 10, 'aria-hidden': 'true' });
    const paint = () => line.replaceChildren(drawing('line', {
      x1: 1, x2: 21, y1: 5, y2: 5, stroke: lineColor(index), 'stroke-width': 3, 'stroke-dasharray': lineDash(index).join(' ') || null,
    }));
    redraws.push(paint);
    paint();
    return line;
  };
  const boxes = names.map((name, index) => {
    const box = element('input', { type: 'checkbox', onchange: () => { on[index] = box.checked; change(); } });
    box.checked = on[index];
    return { box, label: element('label', { class: 'check arm' }, box, mark(index), name) };
  });
  const all = (value) => () => {
    boxes.forEach(({ box }, index) => { box.checked = value; on[index] = value; });
    change();
  };
  const several = names.length > 2 ? [button('All', all(true)), button('None', all(false))] : [];
  return element('fieldset', { class: 'choices arms' }, element('legend', {}, 'Arms'), ...boxes.map((b) => b.label), ...several);
}

// A row of charts that is made anew when something was chosen; `make` gives what each shows.
function chartRow(make) {
  const row = element('div', { class: 'row' });
  let charts = [];
  const build = () => {
    charts.forEach((c) => c.remove());
    const specs = make();
    const shared = sharedRange(specs);
    charts = specs.map((spec) => lineChart({ ...spec, shared }));
    row.replaceChildren(...charts.map((c, i) => element('figure', {}, element('figcaption', {}, specs[i].title || ''), c.box)));
    if (!charts.length) row.replaceChildren(element('p', {}, 'Nothing is switched on.'));
  };
  redraws.push(() => charts.forEach((c) => c.redraw()));
  // Charts of a screen would run over the edge of the paper.
  addEventListener('beforeprint', () => charts.forEach((c) => c.fit(PAPER)));
  addEventListener('afterprint', () => charts.forEach((c) => c.fit(c.box.clientWidth)));
  const tools = element('span', { class: 'zoom', role: 'group', 'aria-label': 'Zoom' },
    button('Zoom in', () => charts.forEach((c) => c.zoom(0.5))),
    button('Zoom out', () => charts.forEach((c) => c.zoom(2))),
    button('Show all', () => charts.forEach((c) => c.reset())));
  return { row, build, tools };
}

// Pixels between the margins of A4 and of Letter.
const PAPER = 660;

const HINT = 'Drag in a chart to zoom, double-click to show all. With the keyboard: arrow keys read values, + and - zoom.';

function curves(section, root) {
  // Trials with the epochs of the one before them do not name them again.
  section.arms.forEach((arm) => arm.single.forEach((one, i) => { one.epochs = one.epochs || arm.single[i - 1].epochs; }));
  const metrics = [...new Set(section.columns.map((c) => c.metric))];
  const on = section.arms.map((_, index) => index < DATA.palette.length);
  // Many bands cover one another, as in the figures.
  const state = { metric: metrics.includes(DATA.metric) ? DATA.metric : metrics[0], band: section.arms.length > 4 ? 'none' : 'spread', logX: false, logY: false };
  // Losses over several powers of ten are read on a logarithmic axis.
  const decades = (metric) => {
    const means = section.columns.flatMap((c, at) => (c.metric === metric ? section.arms.flatMap((arm) => arm.lines[at].mean) : []));
    const finite = means.filter((v) => v != null);
    return metric === 'loss' && Math.min(...finite) > 0 && Math.log10(Math.max(...finite) / Math.min(...finite)) > 1.5;
  };
  const armsOn = () => section.arms.map((arm, index) => ({ arm, index })).filter(({ index }) => on[index]);
  const lines = (at) => armsOn().flatMap(({ arm, index }) => {
    if (state.band === 'single') {
      return arm.single.map((one) => ({ name: `${arm.name}, ${one.name}`, color: index, x: one.epochs, y: one.lines[at], thin: true }));
    }
    const line = arm.lines[at];
    const [low, high] = { spread: [line.q10, line.q90], interval: [line.low, line.high], none: [null, null] }[state.band];
    return [{ name: arm.name, color: index, x: arm.epochs, y: line.mean, low, high }];
  });
  const marks = () => armsOn().flatMap(({ arm, index }) => (arm.marks || []).map((mark) => ({ x: mark.epoch, code: mark.code, arm: arm.name, color: index })));
  const specs = () => section.columns
    .map((column, at) => ({ column, at }))
    .filter(({ column, at }) => column.metric === state.metric && lines(at).some((line) => line.y.some((v) => v != null)))
    .map(({ column, at }) => ({
      title: column.part, label: `Learning curves: ${state.metric}, ${column.part}`, lines: lines(at),
      x: 'epoch', y: state.metric, logX: state.logX, logY: state.logY, marks: marks(),
    }));
  const row = chartRow(specs);
  const behind = tableBehind(() => section.columns.flatMap((column, at) => (column.metric === state.metric ? [numbers(column, at)] : [])));
  function numbers(column, at) {
    const epochs = [...new Set(armsOn().flatMap(({ arm }) => arm.epochs))].sort((a, b) => a - b);
    const every = Math.ceil(epochs.length / 40);
    const cell = ({ arm }, epoch) => {
      const i = arm.epochs.indexOf(epoch);
      const line = arm.lines[at];
      return i < 0 ? '-' : `${shown(line.mean[i])} (${shown(line.q10[i])} to ${shown(line.q90[i])})`;
    };
    const kept = epochs.filter((_, i) => i % every === 0 || i === epochs.length - 1);
    return plainTable(`${state.metric}, ${column.part}: mean (10 to 90 % of the trials)`, ['epoch', ...armsOn().map(({ arm }) => arm.name)],
      kept.map((epoch) => [epoch, ...armsOn().map((one) => cell(one, epoch))]));
  }
  const update = () => { row.build(); behind.update(); };
  const logBox = checkbox('log y', state.logY, (v) => { state.logY = v; update(); });
  const pick = (metric) => {
    state.metric = metric;
    state.logY = decades(metric);
    logBox.querySelector('input').checked = state.logY;
    update();
  };
  const hasInterval = section.arms.some((arm) => arm.lines.some((line) => line.low.some((v) => v != null)));
  const bands = [['spread', '10 to 90 %'], ...(hasInterval ? [['interval', `${DATA.confidence} interval of the mean`]] : []), ['none', 'mean only'], ['single', 'single trials']];
  const metricChoice = metrics.length > 1 ? [choices('Metric', metrics.map((m) => [m, m]), state.metric, pick)] : [];
  const controls = element('div', { class: 'controls' }, ...metricChoice,
    choices('Show', bands, state.band, (band) => { state.band = band; update(); }),
    element('fieldset', { class: 'choices' }, element('legend', {}, 'Axes'),
      checkbox('log x', state.logX, (v) => { state.logX = v; update(); }), logBox, row.tools));
  root.append(controls, armSwitches(section.arms.map((a) => a.name), on, update), row.row, element('p', { class: 'hint' }, HINT), behind.details);
  pick(state.metric);
}

function points(section, root) {
  const on = section.arms.map((_, index) => index < DATA.palette.length);
  const log = { x: section.panels.map((p) => p.log_x), y: false };
  const banded = section.panels.some((p) => p.series.some((s) => s.low.some((v, i) => v !== s.high[i])));
  const state = { band: banded };
  const lines = (panel) => panel.series.map((s, index) => ({
    name: section.arms[index], color: index, x: s.x, y: s.mean, hollow: s.failed, dots: s.x.length <= 50,
    low: state.band ? s.low : null, high: state.band ? s.high : null,
  })).filter((line) => on[line.color] && line.x.length);
  const specs = () => section.panels.map((panel, at) => ({
    title: section.panels.length > 1 ? panel.x : '', label: `${section.y} against ${panel.x}`, lines: lines(panel),
    x: panel.x, y: section.y, logX: log.x[at], logY: log.y, height: 320,
  })).filter((spec) => spec.lines.length);
  const row = chartRow(specs);
  const behind = tableBehind(() => section.panels.map((panel) => plainTable(`${section.y} against ${panel.x}`, ['arm', panel.x, 'mean', '10 %', '90 %'],
    panel.series.flatMap((s, arm) => (on[arm] ? s.x.map((x, i) => [section.arms[arm], shown(x), shown(s.mean[i]), shown(s.low[i]), shown(s.high[i])]) : [])))));
  const update = () => { row.build(); behind.update(); };
  const controls = element('div', { class: 'controls' }, element('fieldset', { class: 'choices' }, element('legend', {}, 'Axes'),
    ...section.panels.map((panel, at) => checkbox(section.panels.length > 1 ? `log ${panel.x}` : 'log x', log.x[at], (v) => { log.x[at] = v; update(); })),
    checkbox('log y', log.y, (v) => { log.y = v; update(); }),
    ...(banded ? [checkbox('band', true, (v) => { state.band = v; update(); })] : []), row.tools));
  root.append(controls, ...(section.arms.length > 1 ? [armSwitches(section.arms, on, update)] : []), row.row, behind.details);
  update();
}
