// A table that is sorted by its headers and filtered by the fields below them. It shows a page of rows at a time.

const PAGE = 25;
const NUMBER = '([-+]?(?:\\d+\\.?\\d*|\\.\\d+)(?:e[-+]?\\d+)?)';
const RANGE = new RegExp(`^${NUMBER}?\\s*\\.\\.\\s*${NUMBER}?$`, 'i');
const BOUND = new RegExp(`^(<=|>=|<|>|=)\\s*${NUMBER}$`, 'i');

// What a filter asks of a cell (its number, or null; its text); `null` for nothing.
function filterOf(written) {
  const text = written.trim();
  if (!text) return null;
  const range = RANGE.exec(text);
  if (range && (range[1] || range[2])) {
    const [low, high] = [range[1] ? Number(range[1]) : -Infinity, range[2] ? Number(range[2]) : Infinity];
    return (number) => number != null && number >= low && number <= high;
  }
  const bound = BOUND.exec(text);
  if (bound) {
    const limit = Number(bound[2]);
    const holds = { '<': (x) => x < limit, '<=': (x) => x <= limit, '>': (x) => x > limit, '>=': (x) => x >= limit, '=': (x) => x === limit }[bound[1]];
    return (number, cell) => (number != null ? holds(number) : bound[1] === '=' && cell === bound[2]);
  }
  const parts = text.toLowerCase().split('|').map((p) => p.trim()).filter(Boolean);
  return (_, cell) => parts.some((part) => (part[0] === '=' ? cell.toLowerCase() === part.slice(1) : cell.toLowerCase().includes(part)));
}

// Numbers and words of the columns of a table of the data.
function columnsOf(table) {
  return table.columns.map((column) => {
    const isNumber = Boolean(column.numbers);
    const number = (row) => (isNumber ? column.numbers[row] : null);
    const text = (row) => {
      if (isNumber) return column.numbers[row] == null ? '-' : String(column.numbers[row]);
      return column.at[row] == null ? '-' : column.texts[column.at[row]];
    };
    return { ...column, isNumber, number, text };
  });
}

function dataTable(name, table, changed) {
  const columns = columnsOf(table);
  const count = columns[0].isNumber ? columns[0].numbers.length : columns[0].at.length;
  const filters = columns.map(() => null);
  const state = { sort: null, down: false, page: 0, rows: [] };
  const status = element('p', { class: 'hint', 'aria-live': 'polite' });
  const body = element('tbody');
  const heads = columns.map((column, at) => {
    const sort = button(column.name, () => sortBy(at), { class: 'sort' });
    return element('th', { scope: 'col', class: column.isNumber ? 'n' : '', 'aria-sort': 'none' }, sort);
  });
  const fields = columns.map((column, at) => element('input', {
    type: 'text', size: 6, spellcheck: 'false', autocomplete: 'off', 'aria-label': `Filter ${column.name}`,
    oninput: (event) => setFilter(at, event.target.value, true),
  }));
  const ordered = (a, b) => {
    const column = columns[state.sort];
    if (!column.isNumber) return column.text(a).localeCompare(column.text(b), 'en') || a - b;
    const [x, y] = [column.number(a), column.number(b)];
    // What has no value comes last in either direction.
    if (x == null || y == null) return (x == null) - (y == null) || a - b;
    return x - y || a - b;
  };
  function sortBy(at) {
    if (state.sort !== at) [state.sort, state.down] = [at, false];
    else if (!state.down) state.down = true;
    else state.sort = null;
    heads.forEach((head, i) => head.setAttribute('aria-sort', i !== state.sort ? 'none' : state.down ? 'descending' : 'ascending'));
    update();
  }
  function setFilter(at, text, typed) {
    filters[at] = filterOf(text);
    if (!typed) fields[at].value = text;
    state.page = 0;
    update();
  }
  function update() {
    const kept = [];
    for (let row = 0; row < count; row++) {
      if (columns.every((c, at) => !filters[at] || filters[at](c.number(row), c.text(row)))) kept.push(row);
    }
    if (state.sort != null) {
      const missing = (row) => columns[state.sort].isNumber && columns[state.sort].number(row) == null;
      kept.sort((a, b) => (state.down && !missing(a) && !missing(b) ? ordered(b, a) : ordered(a, b)));
    }
    state.rows = kept;
    show();
    if (changed) changed(kept);
  }
  function show() {
    const pages = Math.max(1, Math.ceil(state.rows.length / PAGE));
    state.page = Math.max(0, Math.min(state.page, pages - 1));
    const first = state.page * PAGE;
    const page = state.rows.slice(first, first + PAGE);
    body.replaceChildren(...page.map((row) => element('tr', {}, ...columns.map((c) => element('td', { class: c.isNumber ? 'n' : '' }, c.text(row))))));
    const among = state.rows.length === count ? `${count} rows` : `${state.rows.length} of ${count} rows match`;
    status.textContent = state.rows.length ? `${among}; shown: ${first + 1} to ${first + page.length}.` : `${among}.`;
    [before.disabled, after.disabled] = [state.page === 0, state.page + 1 >= pages];
  }
  const turn = (by) => () => { state.page += by; show(); };
  const [before, after] = [button('Previous rows', turn(-1)), button('Next rows', turn(1))];
  const clear = button('Clear filters', () => { fields.forEach((field, at) => { field.value = ''; filters[at] = null; }); update(); });
  const head = element('thead', {}, element('tr', {}, ...heads), element('tr', { class: 'filters' }, ...fields.map((f) => element('td', {}, f))));
  const grid = element('table', { class: 'data' }, element('caption', { class: 'spoken' }, name), head, body);
  const box = element('div', { class: 'explore' },
    ...(table.kept ? [element('p', { class: 'note' }, table.kept)] : []), element('div', { class: 'wide', tabindex: '0' }, grid),
    element('div', { class: 'controls' }, before, after, clear, status));
  return { box, columns, count, setFilter, update };
}
