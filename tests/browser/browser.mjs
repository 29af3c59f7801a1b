// Copyright: dax.cross_account contributors
// GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later
// The system's Chromium, and pages in it whose every noise is noted.

import { chromium } from "playwright-core";
import { pathToFileURL } from "node:url";

// What pages did that they must not do: each "page: what".
export const noise = [];

export const launch = () =>
  chromium.launch({
    executablePath: process.env.CHROMIUM,
    // As root, as in a container, Chromium has no sandbox.
    args: process.getuid?.() === 0 ? ["--no-sandbox"] : [],
  });

// Open a file in a page of its own, do something with it, and close it.
export const visit = async (browser, file, options, act) => {
  const { scheme = "light", width = 1200, ...more } = options;
  const context = await browser.newContext({ colorScheme: scheme, viewport: { width, height: 900 }, ...more });
  const page = await context.newPage();
  const address = pathToFileURL(file).href;
  const name = `${file.split("/").pop()} ${scheme} ${width}`;
  page.on("console", (message) => noise.push(`${name}: console ${message.type()}: ${message.text()}`));
  page.on("pageerror", (error) => noise.push(`${name}: ${error}`));
  page.on("dialog", (dialog) => {
    noise.push(`${name}: dialog ${dialog.message()}`);
    dialog.dismiss();
  });
  page.on("request", (request) => {
    if (request.url().split("#")[0] !== address) noise.push(`${name}: request ${request.url()}`);
  });
  try {
    await page.goto(address);
    return await act(page, context);
  } finally {
    await context.close();
  }
};
