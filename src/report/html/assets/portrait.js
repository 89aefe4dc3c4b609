// What networks look like: calibration, decision regions of two features, histograms of weights and activations.

function calibration(section, root) {
  const on = section.arms.map((_, index) => index < DATA.palette.length);
  const few = 10;
  const drawn = () => section.arms.map((arm, index) => ({ arm, index })).filter(({ index }) => on[index]);
  const total = (arm) => arm.bins.reduce((sum, bin) => sum + bin[1], 0);
  const line = ({ arm, index }, y) => ({
    name: arm.name, color: index, dots: true, x: arm.bins.map((bin) => bin[3]), y: arm.bins.map(y),
    hollow: arm.bins.flatMap((bin, at) => (bin[1] < few ? [at] : [])),
  });
  const specs = () => [{
    title: 'share of right predictions', label: 'Reliability diagram: share of right predictions against confidence', x: 'confidence', y: 'accuracy', height: 340,
    lines: [{ name: 'as sure as right', color: -1, thin: true, x: [0, 1], y: [0, 1] }, ...drawn().map((one) => line(one, (bin) => bin[2] / bin[1]))],
  }, {
    title: 'share of the rows', label: 'Share of the rows of each bin against confidence', x: 'confidence', y: 'share of the rows', height: 340,
    lines: drawn().map((one) => line(one, (bin) => bin[1] / total(one.arm))),
  }];
  const row = chartRow(specs);
  const gap = (arm) => arm.bins.reduce((sum, bin) => sum + Math.abs(bin[2] - bin[3] * bin[1]), 0) / total(arm);
  const errors = () => plainTable('Expected calibration error', ['arm', 'mean over trials', 'of their rows together', 'trials', 'rows'],
    section.arms.map((arm) => [arm.name, shown(arm.error), shown(gap(arm)), String(arm.trials), String(total(arm))]));
  const behind = tableBehind(() => drawn().map(({ arm }) => plainTable(arm.name, ['bin', 'rows', 'mean confidence', 'share right'],
    arm.bins.map(([at, rows, right, mean]) => [`${shown(at / section.bins)} to ${shown((at + 1) / section.bins)}`, String(rows), shown(mean), shown(right / rows)]))));
  const update = () => { row.build(); behind.update(); };
  const controls = element('div', { class: 'controls' }, row.tools);
  root.append(controls, ...(section.arms.length > 1 ? [armSwitches(section.arms.map((a) => a.name), on, update)] : []), row.row, errors(), behind.details);
  update();
}

// ---- decision regions --------------------------------------------------------------------------------------------------

// Classes are told apart by shape as well as by colour.
const SHAPES = [
  (c, r) => c.arc(0, 0, r, 0, 2 * Math.PI),
  (c, r) => c.rect(-0.9 * r, -0.9 * r, 1.8 * r, 1.8 * r),
  (c, r) => polygon(c, [[0, -1.25 * r], [1.15 * r, 0.85 * r], [-1.15 * r, 0.85 * r]]),
  (c, r) => polygon(c, [[0, -1.35 * r], [1.35 * r, 0], [0, 1.35 * r], [-1.35 * r, 0]]),
  (c, r) => polygon(c, [[0, 1.25 * r], [1.15 * r, -0.85 * r], [-1.15 * r, -0.85 * r]]),
  (c, r) => polygon(c, [[-0.4, -1.3], [0.4, -1.3], [0.4, -0.4], [1.3, -0.4], [1.3, 0.4], [0.4, 0.4], [0.4, 1.3], [-0.4, 1.3], [-0.4, 0.4], [-1.3, 0.4], [-1.3, -0.4], [-0.4, -0.4]].map(([x, y]) => [x * r, y * r])),
];

function polygon(context, corners) {
  corners.forEach(([x, y], i) => (i ? context.lineTo(x, y) : context.moveTo(x, y)));
  context.closePath();
}

const classColor = (at) => lineColor(at % DATA.palette.length);

// Steps of 1, 2, or 5 that give about four ticks.
function ticksOf([low, high]) {
  const rough = (high - low) / 4;
  const unit = 10 ** Math.floor(Math.log10(rough));
  const step = unit * [1, 2, 5, 10].find((m) => m * unit >= rough * 0.8);
  const ticks = [];
  for (let at = Math.ceil(low / step); at * step <= high; at++) ticks.push(Number((at * step).toPrecision(12)));
  return ticks;
}

// One picture: a canvas with its axes, read by pointer and arrow keys.
function plane(arm, places, points, state) {
  const cells = [];
  for (let i = 0; i < arm.runs.length; i += 2) for (let n = 0; n < arm.runs[i + 1]; n++) cells.push(arm.runs[i]);
  const { side } = arm;
  const canvas = element('canvas', { 'aria-hidden': 'true' });
  const tip = element('div', { class: 'tip', 'aria-hidden': 'true' });
  const spoken = element('div', { class: 'spoken', 'aria-live': 'polite' });
  tip.hidden = true;
  const shares = arm.classes.map((name, at) => `${name} ${shown(Number(((100 * cells.filter((c) => c >> 1 === at).length) / cells.length).toPrecision(3)))} %`);
  const box = element('div', { class: 'chart plane', tabindex: '0', role: 'group', 'aria-label': `Decision regions of ${arm.name}, ${arm.trial}: ${shares.join(', ')} of the plane. Arrow keys read the plane.` }, canvas, tip, spoken);
  const [left, right, top, bottom] = [52, 10, 8, 40];
  let [width, at] = [0, null];
  const span = () => Math.max(60, width - left - right);
  const height = () => span() + top + bottom;
  const middle = ([low, high], cell) => low + ((high - low) * (cell + 0.5)) / side;
  function mark(context, cls, x, y, r) {
    context.save();
    context.translate(x, y);
    context.beginPath();
    SHAPES[cls % SHAPES.length](context, r);
    context.fillStyle = classColor(cls);
    context.fill();
    context.lineWidth = 1.1;
    // On the ground of its own class a point is seen by its rim.
    context.strokeStyle = style(theme.dark ? '--ink' : '--paper');
    context.stroke();
    context.restore();
  }
  function draw() {
    if (!width) return;
    const scale = devicePixelRatio;
    [canvas.width, canvas.height] = [width * scale, height() * scale];
    [canvas.style.width, canvas.style.height] = [`${width}px`, `${height()}px`];
    const context = canvas.getContext('2d');
    context.setTransform(scale, 0, 0, scale, 0, 0);
    context.clearRect(0, 0, width, height());
    const edge = (i) => Math.round((i * span()) / side);
    cells.forEach((held, i) => {
      const [column, row] = [i % side, side - 1 - Math.floor(i / side)];
      context.fillStyle = faint(classColor(held >> 1), held & 1 ? 0.16 : 0.42);
      context.fillRect(left + edge(column), top + edge(row), edge(column + 1) - edge(column), edge(row + 1) - edge(row));
    });
    if (state.points) {
      for (let i = 0; i < points.length; i += 3) mark(context, points[i + 2], left + (points[i] / places) * span(), top + (1 - points[i + 1] / places) * span(), 4);
    }
    context.strokeStyle = style('--soft');
    context.lineWidth = 1;
    context.strokeRect(left - 0.5, top - 0.5, span() + 1, span() + 1);
    context.fillStyle = style('--ink');
    context.font = '12px system-ui, sans-serif';
    context.textAlign = 'center';
    context.textBaseline = 'top';
    const share = ([low, high], value) => (value - low) / (high - low);
    ticksOf(arm.x).forEach((t) => context.fillText(shown(t), left + share(arm.x, t) * span(), top + span() + 5));
    context.font = '13px system-ui, sans-serif';
    context.fillText(arm.names[0], left + span() / 2, top + span() + 22);
    context.font = '12px system-ui, sans-serif';
    context.textAlign = 'right';
    context.textBaseline = 'middle';
    ticksOf(arm.y).forEach((t) => context.fillText(shown(t), left - 5, top + (1 - share(arm.y, t)) * span()));
    context.save();
    context.translate(10, top + span() / 2);
    context.rotate(-Math.PI / 2);
    context.textAlign = 'center';
    context.font = '13px system-ui, sans-serif';
    context.fillText(arm.names[1], 0, 0);
    context.restore();
    if (at) {
      context.strokeStyle = style('--ink');
      context.lineWidth = 2;
      context.strokeRect(left + edge(at[0]), top + edge(side - 1 - at[1]), edge(1), edge(1));
    }
  }
  function words([column, row]) {
    const held = cells[row * side + column];
    return `${arm.names[0]} ${shown(middle(arm.x, column))}, ${arm.names[1]} ${shown(middle(arm.y, row))}: ${arm.classes[held >> 1]}${held & 1 ? ', not sure' : ''}`;
  }
  function tell(where, aloud) {
    at = where;
    tip.hidden = !at;
    if (at) {
      tip.textContent = words(at);
      const far = at[0] > side / 2;
      tip.style.left = far ? '' : `${left + ((at[0] + 1.5) * span()) / side}px`;
      tip.style.right = far ? `${box.clientWidth - left - ((at[0] - 0.5) * span()) / side}px` : '';
      tip.style.top = `${top + ((side - 1 - at[1]) * span()) / side}px`;
      if (aloud) spoken.textContent = words(at);
    }
    draw();
  }
  const inside = (v) => Math.max(0, Math.min(side - 1, v));
  box.addEventListener('pointermove', (event) => {
    const frame = canvas.getBoundingClientRect();
    const [x, y] = [event.clientX - frame.left - left, event.clientY - frame.top - top];
    tell(x < 0 || y < 0 || x >= span() || y >= span() ? null : [Math.floor((x * side) / span()), side - 1 - Math.floor((y * side) / span())], false);
  });
  box.addEventListener('pointerleave', () => tell(null, false));
  box.addEventListener('keydown', (event) => {
    const by = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
    if (event.key === 'Escape') tell(null, false);
    if (!by || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    const far = event.shiftKey ? 5 : 1;
    const from = at || [Math.floor(side / 2), Math.floor(side / 2)];
    tell([inside(from[0] + far * by[0]), inside(from[1] + far * by[1])], true);
  });
  const fit = (to) => { if (to > 0 && to !== width) { width = to; draw(); } };
  new ResizeObserver(() => fit(box.clientWidth)).observe(box);
  redraws.push(draw);
  addEventListener('beforeprint', () => fit(Math.min(box.clientWidth, PAPER / 2)));
  addEventListener('afterprint', () => fit(box.clientWidth));
  return { box, draw, shares };
}

function regions(section, root) {
  const state = { points: true };
  let points = [];
  const pictures = section.arms.map((arm) => {
    points = arm.points || points;
    return { arm, points, ...plane(arm, section.places, points, state) };
  });
  const names = [...new Set(section.arms.flatMap((arm) => arm.classes))];
  const several = section.arms.some((arm) => arm.classes.join() !== section.arms[0].classes.join());
  const legend = (arm) => element('p', { class: 'classes' }, ...arm.classes.map((name, at) => {
    const key = element('canvas', { width: 32, height: 32, 'aria-hidden': 'true', class: 'key' });
    const paint = () => {
      const context = key.getContext('2d');
      context.setTransform(1, 0, 0, 1, 0, 0);
      context.clearRect(0, 0, 32, 32);
      context.fillStyle = faint(classColor(at), 0.42);
      context.fillRect(0, 0, 32, 32);
      context.translate(16, 16);
      context.beginPath();
      SHAPES[at % SHAPES.length](context, 8);
      context.fillStyle = classColor(at);
      context.fill();
    };
    redraws.push(paint);
    paint();
    return element('span', {}, key, name);
  }));
  const figures = pictures.map(({ arm, box }) => element('figure', {}, element('figcaption', {}, `${arm.name}, ${arm.trial}`), ...(several ? [legend(arm)] : []), box));
  const right = ({ arm, points: own }) => {
    const cells = arm.runs.reduce((all, held, i) => (i % 2 ? all : [...all, ...new Array(arm.runs[i + 1]).fill(held)]), []);
    const cell = (place) => Math.min(arm.side - 1, Math.floor((place * arm.side) / section.places));
    let count = 0;
    for (let i = 0; i < own.length; i += 3) count += cells[cell(own[i + 1]) * arm.side + cell(own[i])] >> 1 === own[i + 2] ? 1 : 0;
    return `${count} of ${own.length / 3}`;
  };
  const behind = tableBehind(() => [plainTable('Share of the plane by predicted class, and points in a region of their class', ['arm', ...names, 'points'],
    pictures.map((one) => [one.arm.name, ...names.map((name) => (one.shares[one.arm.classes.indexOf(name)] || '-').slice(name.length + 1) || '-'), right(one)]))]);
  root.append(element('div', { class: 'controls' }, checkbox('points', true, (v) => { state.points = v; pictures.forEach((p) => p.draw()); })),
    ...(several ? [] : [legend(section.arms[0])]), element('div', { class: 'row planes' }, ...figures),
    element('p', { class: 'hint' }, 'Move over a picture, or use the arrow keys in it, to read the prediction at a place.'), behind.details);
}

// ---- histograms --------------------------------------------------------------------------------------------------------

function histogram(label, range, filled, outline) {
  const [width, height, floor] = [250, 92, 70];
  const bins = filled.length;
  const most = Math.max(1, ...filled, ...(outline || []));
  const x = (i) => 4 + ((width - 8) * i) / bins;
  const y = (count) => floor - (count / most) * (floor - 6);
  const edge = (i) => shown(Number((range[0] + ((range[1] - range[0]) * i) / bins).toPrecision(3)));
  const total = filled.reduce((a, b) => a + b, 0);
  const bars = filled.map((count, i) => (count ? drawing('rect', { x: x(i) + 0.5, width: x(1) - x(0) - 1, y: y(count), height: floor - y(count), class: 'bar' },
    drawing('title', {}, `${edge(i)} to ${edge(i + 1)}: ${count} at the end${outline ? `, ${outline[i]} at the start` : ''}`)) : null));
  const path = outline ? outline.map((count, i) => `${i ? 'L' : 'M'}${x(i).toFixed(1)} ${y(count).toFixed(1)}H${x(i + 1).toFixed(1)}`).join('') : '';
  const zero = range[0] < 0 && range[1] > 0 ? 4 + ((width - 8) * (0 - range[0])) / (range[1] - range[0]) : null;
  return drawing('svg', { role: 'img', 'aria-label': `${label}: ${total} values from ${shown(range[0])} to ${shown(range[1])}, most of them (${Math.max(...filled)}) from ${edge(filled.indexOf(Math.max(...filled)))} to ${edge(filled.indexOf(Math.max(...filled)) + 1)}`, viewBox: `0 0 ${width} ${height}`, class: 'histogram' },
    ...bars.filter(Boolean), outline ? drawing('path', { d: path, class: 'outline' }) : null,
    drawing('line', { x1: 4, x2: width - 4, y1: floor, y2: floor, class: 'axis' }),
    zero == null ? null : drawing('line', { x1: zero, x2: zero, y1: floor, y2: floor + 4, class: 'axis' }),
    drawing('text', { x: 4, y: floor + 16 }, shown(range[0])),
    zero == null || zero < 60 || zero > width - 60 ? null : drawing('text', { x: zero, y: floor + 16, 'text-anchor': 'middle' }, '0'),
    drawing('text', { x: width - 4, y: floor + 16, 'text-anchor': 'end' }, shown(range[1])));
}

function inside(section, root) {
  let chosen = 0;
  const out = element('div');
  const kinds = (arm) => [...new Set(arm.layers.flatMap((layer) => layer.parameters.map((p) => p.name)))];
  const title = (arm, layer, at) => (at + 1 === arm.layers.length ? 'outputs' : `hidden layer ${at + 1}`);
  const words = (a) => [a.dead == null ? null : `dead: ${a.dead} of ${a.units} units`, a.saturated == null ? null : `saturated: ${shown(a.saturated)} % of the values`].filter(Boolean).join('; ');
  function build() {
    const arm = section.arms[chosen];
    const own = kinds(arm);
    const head = element('tr', {}, element('th', { scope: 'col' }, 'layer'), ...own.map((name) => element('th', { scope: 'col' }, name)), element('th', { scope: 'col' }, 'activations'));
    const row = (layer, at) => {
      const cell = (name) => {
        const found = layer.parameters.find((p) => p.name === name);
        return element('td', {}, found ? histogram(`${title(arm, layer, at)}, ${name}`, found.range, found.end, found.start) : '-');
      };
      const seen = layer.activations;
      return element('tr', {}, element('th', { scope: 'row' }, title(arm, layer, at), element('div', { class: 'note' }, layer.activation)), ...own.map(cell),
        element('td', {}, seen ? histogram(`${title(arm, layer, at)}, activations`, seen.range, seen.counts, null) : '-', seen ? element('div', { class: 'note' }, words(seen)) : null));
    };
    out.replaceChildren(element('div', { class: 'wide', tabindex: '0' }, element('table', { class: 'inside' }, element('caption', {}, `${arm.name}, ${arm.trial}`),
      element('thead', {}, head), element('tbody', {}, ...arm.layers.map(row)))));
    behind.update();
  }
  const behind = tableBehind(() => {
    const arm = section.arms[chosen];
    const bins = (range, i, n) => `${shown(range[0] + ((range[1] - range[0]) * i) / n)} to ${shown(range[0] + ((range[1] - range[0]) * (i + 1)) / n)}`;
    return arm.layers.flatMap((layer, at) => [
      ...layer.parameters.map((p) => plainTable(`${title(arm, layer, at)}, ${p.name}`, ['values', 'before the first step', 'at the end'], p.end.map((n, i) => [bins(p.range, i, p.end.length), String(p.start[i]), String(n)]))),
      ...(layer.activations ? [plainTable(`${title(arm, layer, at)}, activations`, ['values', 'count'], layer.activations.counts.map((n, i) => [bins(layer.activations.range, i, layer.activations.counts.length), String(n)]))] : []),
    ]);
  });
  const pick = section.arms.length > 1
    ? [element('div', { class: 'controls' }, dropdown('Arm', section.arms.map((arm, at) => [String(at), arm.name]), '0', (v) => { chosen = Number(v); build(); }))] : [];
  root.append(...pick, out, behind.details);
  build();
}
