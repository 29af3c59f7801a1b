// Copyright: dax.cross_account contributors
// GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later
// Look at the reports in a folder as a person would, and print what was seen as JSON: observe.mjs FOLDER
// What it ought to be is for test_report.py to say.

import { readFileSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { launch, noise, visit } from "./browser.mjs";

const folder = process.argv[2];
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const browser = await launch();
const at = (name) => join(folder, `${name}.html`);

const openAll = (page) => page.evaluate(() => document.querySelectorAll("details").forEach((item) => (item.open = true)));
const overflow = (page) => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);

const accessibility = (name, scheme, width = 1200) =>
  visit(browser, at(name), { scheme, width }, async (page) => {
    await openAll(page);
    await page.evaluate(axe);
    const found = await page.evaluate(() => axe.run());
    return found.violations.flatMap((rule) => rule.nodes.map((node) => `${rule.id}: ${node.target.join(" ")}`));
  });

// The wires: how each looks, and where a click or the keyboard leads.
const wires = () =>
  visit(browser, at("broken"), {}, (page) =>
    page.evaluate(() =>
      Array.from(document.querySelectorAll("a.wire"), (wire) => {
        const line = wire.querySelector(".line");
        return {
          href: wire.getAttribute("href"),
          label: wire.getAttribute("aria-label"),
          colour: getComputedStyle(wire.querySelector(".pill")).stroke,
          dashes: line && getComputedStyle(line).strokeDasharray,
          sign: wire.querySelector(".sign").innerHTML,
        };
      }),
    ),
  );

const shownAt = async (page, id) => {
  await page.locator(id).waitFor({ state: "visible", timeout: 5000 });
  const box = await page.locator(id).boundingBox();
  return { hash: new URL(page.url()).hash, visible: box.y >= 0 && box.y < 900 };
};

const click = (name, link, options = {}) =>
  visit(browser, at(name), options, async (page) => {
    await page.locator(`a.wire[href="${link}"] .pill`).click();
    return shownAt(page, link);
  });

const keyboard = () =>
  visit(browser, at("broken"), {}, async (page) => {
    const stops = [];
    for (let count = 0; count < 60 && stops.at(-1) !== "#p0-cluster"; count += 1) {
      await page.keyboard.press("Tab");
      stops.push(await page.evaluate(() => document.activeElement.getAttribute("href") ?? document.activeElement.className));
    }
    const wire = page.locator('a.wire[href="#p0-dns"]');
    const before = await wire.evaluate((item) => getComputedStyle(item.querySelector(".pill")).strokeWidth);
    await wire.focus();
    await page.keyboard.press("Shift+Tab");
    await page.keyboard.press("Tab");
    const focused = await wire.evaluate((item) => getComputedStyle(item.querySelector(".pill")).strokeWidth);
    await page.keyboard.press("Enter");
    const shown = await shownAt(page, "#p0-dns");
    return { stops, before, focused, ...shown, focus: await page.evaluate(() => document.activeElement.id) };
  });

// The best of some tries: from the beginning of the navigation until the page is on the screen.
const rendering = async (name) => {
  const tries = [];
  for (let count = 0; count < 3; count += 1) {
    tries.push(
      await visit(browser, at(name), {}, (page) =>
        page.evaluate(
          () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now())))),
        ),
      ),
    );
  }
  return Math.min(...tries);
};

const filter = () =>
  visit(browser, at("many"), {}, async (page) => {
    const seen = {};
    const look = async (name) => {
      const rows = await page.locator(".overview > details:visible > summary h3").allInnerTexts();
      seen[name] = { rows, count: await page.locator("#count").innerText() };
    };
    await look("all");
    await page.getByRole("radio", { name: /^broken/ }).check();
    await look("broken");
    await page.getByRole("searchbox", { name: "Search" }).fill("SERVICE-31 blackhole");
    await look("broken and found");
    await page.getByRole("searchbox", { name: "Search" }).fill("no such consumer");
    await look("not found");
    await page.getByRole("searchbox", { name: "Search" }).fill("");
    await page.getByRole("radio", { name: /^all/ }).check();
    await look("all again");
    // An address that leads into a consumer opens it, whatever the filter shows.
    await page.getByRole("radio", { name: /^ok/ }).check();
    await page.evaluate(() => (location.hash = "#p31-routes"));
    seen.revealed = await shownAt(page, "#p31-routes");
    return seen;
  });

const copy = () =>
  visit(browser, at("broken"), { permissions: ["clipboard-read", "clipboard-write"] }, async (page) => {
    const button = page.getByRole("button", { name: /Copy the command aws service-quotas/ });
    await button.click();
    await page.waitForFunction(() => [...document.querySelectorAll("button")].some((item) => item.textContent === "Copied"));
    return page.evaluate(() => navigator.clipboard.readText());
  });

const withoutScript = () =>
  visit(browser, at("many"), { javaScriptEnabled: false }, async (page) => {
    const controls = await page.locator("form:visible, button:visible").count();
    await page.locator("details.v-broken, details.pair").first().locator("summary").first().click();
    await page.locator('.pair[open] a.wire[href$="-dns"] .pill').click();
    return { controls, shown: await page.locator('.pair[open] [id$="-dns"]').isVisible() };
  });

const print = () =>
  visit(browser, at("broken"), {}, async (page) => {
    await page.emulateMedia({ media: "print" });
    // What is folded has a height all the same; whether it is painted is another question.
    const folded = await page.locator("details:not([open]) > :not(summary)").evaluateAll((items) =>
      items.map((item) => item.checkVisibility()),
    );
    return { folded, buttons: await page.locator("button:visible").count(), overflow: await overflow(page) };
  });

const narrow = async () => {
  const found = {};
  for (const file of readdirSync(folder).filter((name) => name.endsWith(".html"))) {
    const name = file.slice(0, -5);
    found[name] = await visit(browser, at(name), { width: 360 }, async (page) => {
      await openAll(page);
      return overflow(page);
    });
  }
  return found;
};

const alone = () =>
  visit(browser, join(folder, "broken.svg"), {}, (page) =>
    page.evaluate(() => ({
      broken: document.querySelectorAll(".wire.v-broken").length,
      colour: getComputedStyle(document.querySelector(".v-broken > .pill")).stroke,
      height: document.documentElement.getBoundingClientRect().height,
    })),
  );

const seen = { axe: {} };
for (const name of ["broken", "few"]) {
  for (const scheme of ["light", "dark"]) seen.axe[`${name} ${scheme}`] = await accessibility(name, scheme);
}
seen.axe["unknown phone"] = await accessibility("unknown", "dark", 360);
seen.wires = await wires();
seen.click = { broken: await click("broken", "#p0-routes"), ok: await click("broken", "#p0-tls") };
seen.keyboard = await keyboard();
seen.rendering = { many: await rendering("many"), one: await rendering("healthy") };
seen.filter = await filter();
seen.copy = await copy();
seen.withoutScript = await withoutScript();
seen.print = await print();
seen.narrow = await narrow();
seen.alone = await alone();
await browser.close();
console.log(JSON.stringify({ ...seen, noise }));
