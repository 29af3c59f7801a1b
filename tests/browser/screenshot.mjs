// Copyright: dax.cross_account contributors
// GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later
// Take the picture of a report that stands in the README: screenshot.mjs REPORT PICTURE

import { launch, visit } from "./browser.mjs";

const [report, picture] = process.argv.slice(2);
const browser = await launch();
await visit(browser, report, { width: 1000 }, async (page) => {
  // Down to the end of the drawing and its legend.
  const figure = await page.locator("figure").first().boundingBox();
  const clip = { x: 0, y: 0, width: 1000, height: Math.ceil(figure.y + figure.height + 24) };
  await page.screenshot({ path: picture, clip, fullPage: true });
});
await browser.close();
