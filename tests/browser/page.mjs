// Opens report.html in headless Chromium and works its controls as a reader would. `tests/it/report/browser.rs` runs it.
//
//   node tests/browser/page.mjs [--shots FOLDER] [--seconds N] PAGE...
//
// Says what failed and ends with 1, or with 77 where it cannot run; it never asks the network for anything. It needs playwright-core (in target/browser, where
// .ci/run puts it) and Chromium (CHROMIUM, or chromium on the path).
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const root = path.resolve(import.meta.dirname ?? path.dirname(new URL(import.meta.url).pathname), '../..');
const require = createRequire(path.join(process.env.RUNNER_BROWSER ?? path.join(root, 'target/browser'), 'x.js'));
// Ends with 77, as tests do that cannot run here.
function lacking(what) {
  console.log(`not tested: there is no ${what} here`);
  process.exit(77);
}
let chromium;
try {
  ({ chromium } = require('playwright-core'));
} catch {
  lacking('playwright-core');
}

const pages = [];
let [shots, seconds] = [null, 3];
for (let rest = process.argv.slice(2); rest.length; rest = rest.slice(1)) {
  if (rest[0] === '--shots') [shots, rest] = [rest[1], rest.slice(1)];
  else if (rest[0] === '--seconds') [seconds, rest] = [Number(rest[1]), rest.slice(1)];
  else pages.push(rest[0]);
}
const known = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const executablePath = process.env.CHROMIUM ?? known.find(existsSync);
if (!executablePath) lacking('Chromium');
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });

// Every part that a page has works; which ones it has to have is said by the caller's pages.
async function check(file, colorScheme) {
  const context = await browser.newContext({ colorScheme, viewport: { width: 1280, height: 900 } });
  context.setDefaultTimeout(5000);
  const page = await context.newPage();
  const faults = [];
  const asked = [];
  page.on('console', (message) => { if (['error', 'warning'].includes(message.type())) faults.push(message.text()); });
  page.on('pageerror', (error) => faults.push(String(error)));
  page.on('request', (request) => { if (request.url() !== pathToFileURL(file).href) asked.push(request.url()); });
  const start = performance.now();
  await page.goto(pathToFileURL(file).href);
  await page.waitForSelector('html[data-ready=yes]', { timeout: 1000 * seconds });
  // Drawn, not only run.
  await page.evaluate(() => new Promise((done) => { requestAnimationFrame(() => requestAnimationFrame(done)); }));
  const took = (performance.now() - start) / 1000;
  assert.ok(took < seconds, `${file} took ${took.toFixed(2)} s to open`);
  assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), colorScheme);
  assert.ok((await page.textContent('header strong')).length > 0, 'the verdict stands first');

  const done = ['open'];
  if (await page.locator('#curves').count()) done.push(...await curves(page));
  if (await page.locator('#response').count()) done.push(...await response(page));
  if (await page.locator('#explorer').count()) done.push(...await explorer(page));
  if (await page.locator('#confusions').count()) done.push(...await confusions(page));
  if (await page.locator('#calibration').count()) done.push(...await calibration(page));
  if (await page.locator('#regions').count()) done.push(...await regions(page));
  if (await page.locator('#inside').count()) done.push(...await inside(page));
  await labels(page);
  done.push(...await themes(page, colorScheme));
  if (shots) await page.screenshot({ path: path.join(shots, `${path.basename(path.dirname(file))}-${colorScheme}.png`), fullPage: true });
  assert.deepEqual(faults, [], `${file}: the console is not silent`);
  assert.deepEqual(asked, [], `${file}: the page asked for something`);
  await context.close();
  console.log(`${file} (${colorScheme}): ${took.toFixed(2)} s; ${done.join(', ')}`);
}

// What a canvas shows, to see that it changed.
const picture = (page, id) => page.evaluate((at) => [...document.querySelectorAll(`#${at} canvas`)].map((c) => c.toDataURL()).join(), id);

async function changes(page, id, act, what) {
  const before = await picture(page, id);
  await act();
  await page.evaluate(() => new Promise((done) => { requestAnimationFrame(() => requestAnimationFrame(done)); }));
  assert.notEqual(await picture(page, id), before, `${what} changes what is drawn`);
}

async function curves(page) {
  const root = page.locator('#curves');
  await changes(page, 'curves', () => root.locator('.arm input').first().uncheck(), 'an arm switched off');
  await changes(page, 'curves', () => root.locator('.arm input').first().check(), 'an arm switched on');
  await changes(page, 'curves', () => root.getByLabel('log x').check(), 'a logarithmic axis');
  await changes(page, 'curves', () => root.getByLabel('log x').uncheck(), 'a linear axis');
  await changes(page, 'curves', () => root.getByLabel('single trials').check(), 'single trials');
  await changes(page, 'curves', () => root.getByLabel('10 to 90 %').check(), 'a band');
  await changes(page, 'curves', () => root.getByRole('button', { name: 'Zoom in' }).click(), 'zooming in');
  await changes(page, 'curves', () => root.getByRole('button', { name: 'Show all' }).click(), 'showing all');
  const chart = root.locator('.chart').first();
  // The mouse reaches what is in the window.
  await chart.scrollIntoViewIfNeeded();
  await changes(page, 'curves', async () => {
    const box = await chart.locator('.u-over').boundingBox();
    await page.mouse.move(box.x + 0.3 * box.width, box.y + 20);
    await page.mouse.down();
    await page.mouse.move(box.x + 0.7 * box.width, box.y + 30, { steps: 4 });
    await page.mouse.up();
  }, 'dragging');
  await chart.locator('.u-over').hover({ position: { x: 80, y: 80 } });
  assert.match(await chart.locator('.tip').textContent(), /^epoch /, 'the pointer reads values');
  await chart.focus();
  await page.keyboard.press('0');
  await page.keyboard.press('ArrowRight');
  assert.match(await chart.locator('.spoken').textContent(), /^epoch .+: /, 'arrow keys read values');
  const marks = await page.evaluate(() => DATA.sections.find((s) => s.kind === 'curves').arms.flatMap((arm) => arm.marks ?? []));
  if (marks.length) {
    await page.keyboard.press('Escape');
    const [spoken, shown] = [[], []];
    for (let i = 0; i < 40; i++) {
      await page.keyboard.press('ArrowRight');
      spoken.push(await chart.locator('.spoken').textContent());
      shown.push(await chart.locator('.tip').textContent());
    }
    for (const { code, epoch } of marks) {
      const named = (texts) => texts.some((text) => text.includes(`${code} of `) && text.includes(`from epoch ${epoch} on`));
      assert.ok(named(spoken) && named(shown), `${code} at epoch ${epoch} is told where it is: ${spoken}`);
    }
  }
  await root.locator('summary').click();
  await root.locator('details table tbody tr').nth(1).waitFor();
  await root.locator('summary').click();
  await page.mouse.move(2, 2);
  return ['arms', 'log axis', 'bands', 'zoom', 'hover', 'keys', ...(marks.length ? ['marks'] : [])];
}

async function response(page) {
  const log = page.locator('#response').getByLabel(/log /).first();
  await changes(page, 'response', () => log.click(), 'another axis');
  await changes(page, 'response', () => log.click(), 'the axis as it was');
  return ['response'];
}

async function explorer(page) {
  const table = page.locator('#explorer table.data').first();
  const head = table.locator('th').filter({ has: page.locator('button', { hasText: /^(score|epochs)$/ }) }).first();
  const at = await head.evaluate((th) => [...th.parentNode.children].indexOf(th));
  const cells = async () => (await table.locator(`tbody tr td:nth-child(${at + 1})`).allTextContents()).filter((t) => t !== '-').map(Number);
  const sorted = (values, sign) => values.every((v, i) => i === 0 || sign * (v - values[i - 1]) >= 0);
  await head.getByRole('button').click();
  assert.equal(await head.getAttribute('aria-sort'), 'ascending');
  const rising = await cells();
  assert.ok(sorted(rising, 1), 'sorted upwards');
  await head.getByRole('button').click();
  assert.equal(await head.getAttribute('aria-sort'), 'descending');
  const falling = await cells();
  assert.ok(sorted(falling, -1), 'sorted downwards');
  const field = table.locator('.filters input').nth(at);
  const limit = falling[0];
  await field.fill(`>=${limit}`);
  const kept = await cells();
  assert.ok(kept.length > 0 && kept.every((v) => v >= limit), 'filtered by number');
  await field.fill('no such thing');
  assert.equal((await cells()).length, 0, 'filtered by text');
  await page.locator('#explorer').getByRole('button', { name: 'Clear filters' }).first().click();
  await head.getByRole('button').click();
  assert.equal(await head.getAttribute('aria-sort'), 'none');
  const grip = page.locator('#explorer .grip').last();
  if (await grip.count()) {
    await grip.scrollIntoViewIfNeeded();
    const box = await grip.boundingBox();
    await page.mouse.move(box.x + box.width / 2, box.y + 4);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2, { steps: 4 });
    await page.mouse.up();
    assert.match(await table.locator('.filters input').nth(at).inputValue(), /\.\./, 'an axis dragged along stands in the filter');
    await page.locator('#explorer').getByRole('button', { name: 'Clear filters' }).first().click();
    return ['sorting', 'filtering', 'parallel coordinates'];
  }
  return ['sorting', 'filtering'];
}

async function confusions(page) {
  const root = page.locator('#confusions');
  await root.getByLabel('share of the true class').check();
  assert.match(await root.locator('td').first().textContent(), / %$/);
  await root.getByLabel('rows').check();
  return ['confusions'];
}

async function calibration(page) {
  const root = page.locator('#calibration');
  if (await root.locator('.arm').count()) {
    await changes(page, 'calibration', () => root.locator('.arm input').first().uncheck(), 'an arm switched off');
    await changes(page, 'calibration', () => root.locator('.arm input').first().check(), 'an arm switched on');
  }
  const chart = root.locator('.chart').first();
  await chart.focus();
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('ArrowRight');
  assert.match(await chart.locator('.spoken').textContent(), /^confidence .+: /, 'arrow keys read bins');
  // No gap can be larger than the error of one trial at its worst.
  const errors = (await root.locator('table').first().locator('tbody td:nth-child(3)').allTextContents()).map(Number);
  assert.ok(errors.length > 0 && errors.every((e) => e >= 0 && e <= 1), `errors ${errors}`);
  await root.locator('summary').click();
  await root.locator('details table tbody tr').first().waitFor();
  await root.locator('summary').click();
  return ['calibration'];
}

async function regions(page) {
  const root = page.locator('#regions');
  await changes(page, 'regions', () => root.getByLabel('points').uncheck(), 'points left out');
  await changes(page, 'regions', () => root.getByLabel('points').check(), 'points drawn');
  const plane = root.locator('.plane').first();
  assert.match(await plane.getAttribute('aria-label'), / % of the plane\. /, 'a picture says its shares');
  await plane.focus();
  await changes(page, 'regions', () => page.keyboard.press('ArrowUp'), 'an arrow key');
  assert.match(await plane.locator('.spoken').textContent(), / .+, .+ .+: ./, 'arrow keys read the plane');
  await page.keyboard.press('Escape');
  await plane.locator('canvas').hover({ position: { x: 150, y: 100 } });
  assert.match(await plane.locator('.tip').textContent(), /: ./, 'the pointer reads the plane');
  await page.mouse.move(2, 2);
  await root.locator('summary').click();
  await root.locator('details table tbody tr').first().waitFor();
  const shares = await root.locator('details tbody tr').first().locator('td').allTextContents();
  const sum = shares.filter((t) => t.endsWith('%')).reduce((all, t) => all + parseFloat(t), 0);
  assert.ok(Math.abs(sum - 100) < 0.5, `shares ${shares} are of one plane`);
  await root.locator('summary').click();
  return ['regions'];
}

async function inside(page) {
  const root = page.locator('#inside');
  const pictures = () => root.locator('svg.histogram').evaluateAll((all) => all.map((one) => one.getAttribute('aria-label')));
  const first = await pictures();
  assert.ok(first.length >= 2 && first.every((label) => /: \d+ values from /.test(label)), `${first}`);
  const arm = root.getByLabel('Arm');
  if (await arm.count()) {
    await arm.selectOption({ index: 1 });
    assert.match(await root.locator('table.inside caption').textContent(), /, seed /);
    await arm.selectOption({ index: 0 });
  }
  await root.locator('summary').click();
  await root.locator('details table tbody tr').first().waitFor();
  const counts = await root.locator('details table').first().locator('tbody tr').evaluateAll((rows) => rows.map((row) => Number(row.lastElementChild.textContent)));
  assert.equal(counts.reduce((a, b) => a + b, 0), Number(/: (\d+) values/.exec(first[0])[1]), 'the table holds what is drawn');
  await root.locator('summary').click();
  return ['histograms'];
}

// What a screen reader and a keyboard need.
async function labels(page) {
  const bare = await page.evaluate(() => [...document.querySelectorAll('button, input, select, .chart, svg[role=img]')]
    .filter((e) => !(e.textContent.trim() || e.getAttribute('aria-label') || e.labels?.length)).map((e) => e.outerHTML));
  assert.deepEqual(bare, [], 'every control has a name');
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  assert.ok(wide <= 0, `the page is ${wide} pixels wider than the window`);
}

async function themes(page, colorScheme) {
  const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const first = await ground();
  await page.locator('#theme').click();
  assert.notEqual(await ground(), first, 'the theme changes');
  await page.locator('#theme').click();
  assert.equal(await ground(), first);
  assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), colorScheme);
  return ['theme'];
}

let failed = false;
for (const file of pages.map((p) => path.resolve(p))) {
  for (const colorScheme of ['light', 'dark']) {
    try {
      await check(file, colorScheme);
    } catch (error) {
      failed = true;
      console.log(`${file} (${colorScheme}): ${error.message}`);
    }
  }
}
await browser.close();
process.exit(failed ? 1 : 0);
