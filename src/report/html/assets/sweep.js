// The sweep explorer (table, parallel coordinates, main effects, heat map) and confusion matrices, in SVG and tables of our own.

// Where a column's values lie on an axis from `bottom` to `top`; `null` where there is none.
function axisScale(column, count, top, bottom) {
  const rows = [...Array(count).keys()];
  if (!column.isNumber) {
    const words = column.texts.length;
    const place = (at) => (words > 1 ? bottom + ((top - bottom) * at) / (words - 1) : (top + bottom) / 2);
    const ticks = column.texts.map((text, at) => ({ text, y: place(at) }));
    const picked = (low, high) => ticks.filter((t) => t.y <= low && t.y >= high).map((t) => `=${t.text}`).join('|');
    return { y: (row) => (column.at[row] == null ? null : place(column.at[row])), ticks, picked };
  }
  const to = column.log ? Math.log10 : (v) => v;
  const from = column.log ? (v) => 10 ** v : (v) => v;
  const values = rows.map((row) => column.number(row)).filter((v) => v != null);
  const [low, high] = [to(Math.min(...values)), to(Math.max(...values))];
  const place = (v) => (high > low ? bottom + ((top - bottom) * (to(v) - low)) / (high - low) : (top + bottom) / 2);
  const steps = high > low ? [0, 0.25, 0.5, 0.75, 1] : [0.5];
  const ticks = steps.map((s) => ({ text: shown(Number(from(low + s * (high - low)).toPrecision(3))), y: bottom + (top - bottom) * s }));
  const value = (y) => from(low + ((y - bottom) / (top - bottom)) * (high - low));
  // A little wider than drawn, so that rounding loses no row at an end.
  const picked = (y1, y2) => {
    const ends = [value(Math.min(y1, bottom)), value(Math.max(y2, top))];
    const wide = y1 >= bottom ? '' : ends[0].toPrecision(4);
    const far = y2 <= top ? '' : ends[1].toPrecision(4);
    return wide || far ? `${wide}..${far}` : '';
  };
  return { y: (row) => (column.number(row) == null ? null : place(column.number(row))), ticks, picked };
}

function parallel(table, score) {
  const { columns, count } = table;
  const axes = columns.map((column, at) => ({ column, at })).filter(({ column }) => column.axis || column.name === 'score');
  if (axes.filter(({ column }) => column.axis).length < 1) return null;
  const [height, top, bottom] = [340, 46, 290];
  const scores = columns.find((c) => c.name === 'score').numbers;
  const good = goodness(scores);
  const picture = drawing('svg', { role: 'img', 'aria-label': `Parallel coordinates: ${count} configurations, coloured by ${score}. The same rows stand in the table below.`, height });
  const box = element('figure', { class: 'parallel' }, element('figcaption', {}, 'Parallel coordinates'), picture);
  let kept = new Set([...Array(count).keys()]);
  let paths = [];
  // What is best is drawn last, over the others.
  const order = [...Array(count).keys()].sort((a, b) => (scores[a] == null ? -1 : good(scores[a])) - (scores[b] == null ? -1 : good(scores[b])));
  function paint() {
    paths.forEach(({ path, row }) => {
      const on = kept.has(row);
      path.setAttribute('stroke', !on || scores[row] == null ? style('--line') : css(scoreColor(good(scores[row]))));
      path.setAttribute('stroke-opacity', on ? (count > 300 ? 0.45 : 0.8) : 0.25);
      path.setAttribute('stroke-width', on ? 1.5 : 1);
    });
    paths.filter(({ row }) => kept.has(row)).forEach(({ path }) => path.parentNode.append(path));
  }
  function build() {
    const width = Math.max(box.clientWidth || 800, 120 * axes.length);
    picture.setAttribute('width', width);
    const x = (i) => 60 + ((width - 140) * i) / Math.max(1, axes.length - 1);
    const scales = axes.map(({ column }) => axisScale(column, count, top, bottom));
    paths = order.map((row) => {
      const at = scales.map((scale, i) => `${i ? 'L' : 'M'}${x(i).toFixed(1)} ${(scale.y(row) ?? bottom + 22).toFixed(1)}`);
      return { row, path: drawing('path', { d: at.join(''), fill: 'none' }) };
    });
    const lines = drawing('g', {}, ...paths.map((p) => p.path));
    const drawn = axes.map(({ column, at }, i) => axisOf(column, at, x(i), scales[i]));
    picture.replaceChildren(lines, ...drawn);
    paint();
  }
  function axisOf(column, at, x, scale) {
    const cut = (t) => (t.length > 16 ? `${t.slice(0, 15)}…` : t);
    const name = drawing('text', { x, y: 20, 'text-anchor': 'middle', class: 'name' }, column.name);
    const ticks = scale.ticks.map((t) => drawing('text', { x: x + 6, y: t.y + 4, class: 'tick' }, cut(t.text)));
    const brush = drawing('rect', { x: x - 9, width: 18, y: top, height: 0, class: 'brush' });
    const area = drawing('rect', { x: x - 14, width: 28, y: top - 12, height: bottom - top + 24, class: 'grip' });
    let start = null;
    const y = (event) => Math.max(top - 12, Math.min(bottom + 12, event.clientY - picture.getBoundingClientRect().top));
    const span = (event) => [Math.max(start, y(event)), Math.min(start, y(event))];
    area.addEventListener('pointerdown', (event) => { start = y(event); area.setPointerCapture(event.pointerId); });
    area.addEventListener('pointermove', (event) => {
      if (start == null) return;
      const [low, high] = span(event);
      brush.setAttribute('y', high);
      brush.setAttribute('height', low - high);
    });
    area.addEventListener('pointerup', (event) => {
      const [low, high] = span(event);
      start = null;
      if (low - high < 4) brush.setAttribute('height', 0);
      table.setFilter(at, low - high < 4 ? '' : scale.picked(low, high));
    });
    return drawing('g', {}, drawing('line', { x1: x, x2: x, y1: top, y2: bottom, class: 'axis' }), name, ...ticks, brush, area);
  }
  const legend = element('p', { class: 'hint' });
  const words = () => {
    const bar = element('span', { class: 'ramp', 'aria-hidden': 'true' });
    const stops = [0, 0.25, 0.5, 0.75, 1].map((s) => css(scoreColor(s)));
    bar.style.background = `linear-gradient(to right, ${stops.join(', ')})`;
    legend.replaceChildren(`${score}, worst `, bar, ' best. Drag along an axis to keep a range, click it to keep all; it stands in the filter fields of the table. A line below an axis: it does not apply, or every trial failed.');
  };
  redraws.push(() => { paint(); words(); });
  words();
  let known = 0;
  new ResizeObserver(() => { if (box.clientWidth !== known) { known = box.clientWidth; build(); } }).observe(box);
  box.append(legend);
  const unbrush = (rows) => { if (rows.length === count) picture.querySelectorAll('.brush').forEach((b) => b.setAttribute('height', 0)); };
  return { box, keep: (rows) => { kept = new Set(rows); unbrush(rows); paint(); } };
}

function effects(section) {
  const all = section.effects.flatMap((e) => e.levels.flatMap((l) => [l.mean, l.low, l.high])).filter((v) => v != null);
  if (!all.length) return null;
  const [low, high] = [Math.min(...all), Math.max(...all)];
  const width = 240;
  const x = (v) => 8 + ((width - 16) * (v - low)) / (high - low || 1);
  const picture = (level) => {
    const svg = drawing('svg', { width, height: 18, 'aria-hidden': 'true' }, drawing('line', { x1: 8, x2: width - 8, y1: 9, y2: 9, class: 'rule' }));
    if (level.low != null) svg.append(drawing('line', { x1: x(level.low), x2: x(level.high), y1: 9, y2: 9, class: 'interval' }));
    if (level.mean != null) svg.append(drawing('circle', { cx: x(level.mean), cy: 9, r: 4.5, class: 'dot' }));
    return svg;
  };
  const row = (level) => element('tr', {}, element('th', { scope: 'row' }, level.label), element('td', { class: 'n' }, shown(level.mean)),
    element('td', { class: 'n' }, level.low == null ? '-' : `${shown(level.low)} to ${shown(level.high)}`), element('td', { class: 'n' }, String(level.n)),
    element('td', {}, picture(level)));
  const table = (effect) => element('div', { class: 'wide', tabindex: '0' }, element('table', { class: 'effects' }, element('caption', {}, effect.axis),
    element('thead', {}, element('tr', {}, ...['level', 'mean', `${DATA.confidence} interval over ${effect.over}`, 'configurations', `${shown(low)} to ${shown(high)}`]
      .map((h) => element('th', { scope: 'col' }, h)))), element('tbody', {}, ...effect.levels.map(row))));
  return element('div', {}, element('h3', {}, 'Main effects'),
    element('p', { class: 'note' }, `Mean ${section.score} at each level; trials that failed are left out.${section.heats.length ? ' It is over all values of the other axes, which can hide interactions: see the heat map.' : ''}`),
    ...section.effects.map(table));
}

function heat(section) {
  if (!section.heats.length) return null;
  const axes = section.effects;
  const names = [...new Set(section.heats.flatMap((h) => [h.rows, h.columns]))].map((at) => [String(at), axes[at].axis]);
  const state = { rows: section.heats[0].rows, columns: section.heats[0].columns };
  const out = element('div', { class: 'wide', tabindex: '0' });
  function build() {
    const [low, high] = [Math.min(state.rows, state.columns), Math.max(state.rows, state.columns)];
    const found = section.heats.find((h) => h.rows === low && h.columns === high);
    if (!found) { out.replaceChildren(element('p', {}, 'Choose two different axes.')); return; }
    const width = axes[high].levels.length;
    const at = (r, c) => (state.rows === low ? r * width + c : c * width + r);
    const good = goodness(found.mean);
    const cell = (r, c) => {
      const mean = found.mean[at(r, c)];
      const made = element('td', { class: 'n', title: `${found.n[at(r, c)]} configurations` }, shown(mean));
      if (mean != null) {
        const color = scoreColor(good(mean));
        [made.style.background, made.style.color] = [css(color), inkOn(color)];
      }
      return made;
    };
    const [rows, columns] = [axes[state.rows], axes[state.columns]];
    out.replaceChildren(element('table', { class: 'heat' },
      element('caption', {}, `Mean ${section.score} by ${rows.axis} and ${columns.axis}`),
      element('thead', {}, element('tr', {}, element('th', { scope: 'col' }, `${rows.axis} \\ ${columns.axis}`), ...columns.levels.map((l) => element('th', { scope: 'col', class: 'n' }, l.label)))),
      element('tbody', {}, ...rows.levels.map((l, r) => element('tr', {}, element('th', { scope: 'row' }, l.label), ...columns.levels.map((_, c) => cell(r, c)))))));
  }
  const pick = (key) => (value) => { state[key] = Number(value); build(); };
  redraws.push(build);
  build();
  const controls = names.length > 2
    ? [element('div', { class: 'controls' }, dropdown('Rows', names, String(state.rows), pick('rows')), dropdown('Columns', names, String(state.columns), pick('columns')))] : [];
  return element('div', {}, element('h3', {}, 'Heat map'), ...controls, out);
}

function explorer(section, root) {
  if (section.configurations) {
    let picture = null;
    const table = dataTable('Configurations', section.configurations, (rows) => picture && picture.keep(rows));
    picture = parallel(table, section.score);
    root.append(...[picture && picture.box, element('h3', {}, 'Configurations'), table.box, effects(section), heat(section)].filter(Boolean));
    table.update();
  }
  const trials = dataTable('Trials', section.trials, null);
  root.append(element('h3', {}, 'Trials'), trials.box);
  trials.update();
}

function matrices(section, root) {
  const out = element('div', { class: 'row' });
  let shares = false;
  function build() {
    out.replaceChildren(...section.arms.map((arm) => {
      const cell = (row, r, c) => {
        const total = row.reduce((a, b) => a + b, 0);
        const share = total ? row[c] / total : 0;
        const text = shares ? `${shown(Number((100 * share).toPrecision(3)))} %` : String(row[c]);
        const made = element('td', { class: r === c ? 'n right' : 'n', title: `${row[c]} of ${total}` }, text);
        // From the page's own ground to the first colour of the palette.
        made.style.background = faint(DATA.palette[r === c ? 0 : 1], Math.round(100 * Math.sqrt(share) * 0.75) / 100);
        return made;
      };
      return element('div', { class: 'wide', tabindex: '0' }, element('table', { class: 'matrix' }, element('caption', {}, arm.name),
        element('thead', {}, element('tr', {}, element('th', { scope: 'col' }, 'true \\ predicted'), ...section.classes.map((c) => element('th', { scope: 'col', class: 'n' }, c)))),
        element('tbody', {}, ...arm.counts.map((row, r) => element('tr', {}, element('th', { scope: 'row' }, section.classes[r]), ...row.map((_, c) => cell(row, r, c)))))));
    }));
  }
  root.append(element('div', { class: 'controls' }, choices('Show', [['counts', 'rows'], ['shares', 'share of the true class']], 'counts', (v) => { shares = v === 'shares'; build(); })), out);
  redraws.push(build);
  build();
}
