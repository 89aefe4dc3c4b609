// What all parts of the page share: the data, elements, colours, the theme. It draws nothing itself.
'use strict';

const DATA = JSON.parse(document.getElementById('data').textContent);

// Texts become text nodes: nothing in the data is ever read as markup.
function fill(made, properties, children) {
  for (const [key, value] of Object.entries(properties || {})) {
    if (key.startsWith('on')) made.addEventListener(key.slice(2), value);
    else if (value === true) made.setAttribute(key, '');
    else if (value !== false && value != null) made.setAttribute(key, value);
  }
  made.append(...children.filter((child) => child != null));
  return made;
}

function element(tag, properties, ...children) {
  return fill(document.createElement(tag), properties, children);
}

function drawing(tag, properties, ...children) {
  return fill(document.createElementNS('http://www.w3.org/2000/svg', tag), properties, children);
}

let lastId = 0;
const freshId = () => `i${++lastId}`;

// Four significant digits, as the tables of the page; very large and small numbers with an exponent.
function shown(x) {
  if (x == null || Number.isNaN(x)) return '-';
  const short = Number(x.toPrecision(4));
  const size = Math.abs(short);
  return size !== 0 && (size < 1e-4 || size >= 1e7) ? short.toExponential() : String(short);
}

// ---- theme -----------------------------------------------------------------------------------------------------------

const redraws = [];
const theme = {
  dark: matchMedia('(prefers-color-scheme: dark)').matches,
  set(dark) {
    theme.dark = dark;
    document.documentElement.dataset.theme = dark ? 'dark' : 'light';
    redraws.forEach((redraw) => redraw());
  },
};

function style(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

// The palette of the figures. Black would be lost on a dark page.
function lineColor(index) {
  // What is no arm, such as a diagonal.
  if (index < 0) return style('--soft');
  const color = DATA.palette[index % DATA.palette.length];
  return theme.dark && color === '#000000' ? '#f2f2f2' : color;
}

// More lines than colours: the second time round dashed, the third dotted.
function lineDash(index) {
  return [[], [8, 4], [2, 3]][Math.floor(index / DATA.palette.length) % 3];
}

function faint(color, alpha) {
  const part = (at) => parseInt(color.slice(at, at + 2), 16);
  return `rgba(${part(1)}, ${part(3)}, ${part(5)}, ${alpha})`;
}

// Viridis (van der Walt and Smith 2015), which also those see who confuse colours; the end that fades into the page is left out,
// so that what is best stands out most in both themes.
const VIRIDIS = ['#440154', '#482878', '#3e4989', '#31688e', '#26828e', '#1f9e89', '#35b779', '#6ece58', '#b5de2b', '#fde725'];

// `share` is 0 for the worst and 1 for the best.
function scoreColor(share) {
  const at = (theme.dark ? 0.25 + 0.75 * share : 0.88 * (1 - share)) * (VIRIDIS.length - 1);
  const low = Math.min(Math.floor(at), VIRIDIS.length - 2);
  const part = (color, i) => parseInt(color.slice(i, i + 2), 16);
  const mix = (i) => Math.round(part(VIRIDIS[low], i) + (at - low) * (part(VIRIDIS[low + 1], i) - part(VIRIDIS[low], i)));
  return [mix(1), mix(3), mix(5)];
}

const css = ([r, g, b]) => `rgb(${r}, ${g}, ${b})`;

// Black or white, whichever has the greater contrast (WCAG 2.2, relative luminance).
function inkOn(rgb) {
  const [r, g, b] = rgb.map((v) => (v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.179 ? '#000' : '#fff';
}

// From scores to 0 (worst) .. 1 (best).
function goodness(scores) {
  const finite = scores.filter((s) => s != null);
  const low = Math.min(...finite);
  const high = Math.max(...finite);
  return (s) => {
    const share = high > low ? (s - low) / (high - low) : 1;
    return DATA.higher_is_better || high === low ? share : 1 - share;
  };
}

// ---- controls --------------------------------------------------------------------------------------------------------

function button(text, act, properties) {
  return element('button', { type: 'button', onclick: act, ...properties }, text);
}

function checkbox(text, checked, act) {
  const box = element('input', { type: 'checkbox', onchange: () => act(box.checked) });
  box.checked = checked;
  return element('label', { class: 'check' }, box, ' ', text);
}

function choices(legend, options, chosen, act) {
  const name = freshId();
  const radio = ([value, text]) => {
    const one = element('input', { type: 'radio', name, value, onchange: () => act(value) });
    one.checked = value === chosen;
    return element('label', { class: 'check' }, one, ' ', text);
  };
  return element('fieldset', { class: 'choices' }, element('legend', {}, legend), ...options.map(radio));
}

function dropdown(text, options, chosen, act) {
  const option = ([value, label]) => element('option', { value }, label);
  const select = element('select', { onchange: () => act(select.value) }, ...options.map(option));
  select.value = chosen;
  return element('label', { class: 'check' }, `${text} `, select);
}

// A table of cells; numbers stand right.
function plainTable(caption, header, rows) {
  const cell = (value) => element('td', typeof value === 'number' || /^[-+\d.]/.test(value) ? { class: 'n' } : {}, String(value));
  const body = rows.map((row) => element('tr', {}, element('th', { scope: 'row' }, String(row[0])), ...row.slice(1).map(cell)));
  const head = element('tr', {}, ...header.map((h) => element('th', { scope: 'col' }, h)));
  return element('div', { class: 'wide', tabindex: '0' },
    element('table', {}, element('caption', {}, caption), element('thead', {}, head), element('tbody', {}, ...body)));
}

// Made when it is opened, and again when what it shows has changed.
function tableBehind(make) {
  const inner = element('div');
  const details = element('details', { class: 'behind' }, element('summary', {}, 'Table of these numbers'), inner);
  const update = () => { if (details.open) inner.replaceChildren(...make()); };
  details.addEventListener('toggle', update);
  return { details, update };
}
