// What the HTML report does in a real browser. `tests/it/browser.rs` writes the pages and runs this.
// PAGES is a folder with sample.html (every status, hostile text), run.html (a real run with a fault), v5.html (one of a
// custodian that knows v5 only), correct.html, and diff.html (what differs between the first and the last of these runs).

import assert from "node:assert/strict";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";
import { contrasts, namelessControls, outline } from "./accessible.mjs";

const pages = process.env.PAGES;
const profile = mkdtempSync(join(tmpdir(), "sharecheck-browser-"));
const wide = { width: 1400, height: 1000 };
const narrow = { width: 390, height: 844 };
let browser;

before(async () => {
  browser = await chromium.launch({
    executablePath: process.env.SHARECHECK_CHROMIUM || "/usr/bin/chromium",
    args: [
      "--headless",
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
    env: { ...process.env, HOME: profile, XDG_CONFIG_HOME: profile, XDG_CACHE_HOME: profile },
  });
});

after(async () => {
  await browser?.close();
  rmSync(profile, { recursive: true, force: true });
});

// Opens a page, and gives what it asked for and complained of along with it.
async function open(name, { hash = "", ...options } = {}) {
  const context = await browser.newContext({ viewport: wide, ...options });
  const page = await context.newPage();
  const heard = { requests: [], complaints: [] };
  page.on("request", (request) => heard.requests.push(request.url()));
  page.on("console", (message) => heard.complaints.push(message.text()));
  page.on("pageerror", (error) => heard.complaints.push(error.message));
  page.on("dialog", (dialog) => {
    heard.complaints.push(dialog.message());
    dialog.dismiss();
  });
  const url = pathToFileURL(join(pages, `${name}.html`)).href;
  await page.goto(url + hash);
  return { page, url, ...heard };
}

// Opens everything there is, and waits until it stands on the page.
async function unfold(page) {
  for (let depth = 0; depth < 3; depth += 1) {
    await page.evaluate(async () => {
      document.querySelectorAll("details").forEach((it) => (it.open = true));
      await new Promise((done) => setTimeout(done, 50));
    });
    await page.waitForFunction(() => document.querySelectorAll("details[open] > template").length === 0);
  }
}

// Opens the cases of one status, and waits until they are listed.
async function list(page, status) {
  const group = page.locator(`.group[data-status="${status}"]`);
  await group.locator("> summary").click();
  await group.locator(".case").first().waitFor({ state: "visible" });
}

const visible = (page, selector) => page.locator(`${selector}:visible`).count();

for (const name of ["sample", "run", "v5", "correct"]) {
  test(`${name}: it opens from a file, asks for nothing else and complains of nothing`, async () => {
    const { page, url, requests, complaints } = await open(name);
    await list(page, "passed");
    await page.locator(".case summary").first().click();
    await page.locator(".case[open] .checks").first().waitFor({ state: "visible" });
    assert.deepEqual(requests, [url]);
    assert.deepEqual(complaints, []);
  });

  test(`${name}: a narrow window needs no scrolling sideways`, async () => {
    const { page } = await open(name, { viewport: narrow });
    await unfold(page);
    const [page_, window_] = await page.evaluate(() => [document.documentElement.scrollWidth, window.innerWidth]);
    assert.ok(page_ <= window_, `${page_} in a window of ${window_}`);
  });
}

test("diff: it asks for nothing, fits a narrow window, and each framed mark leads to its row", async () => {
  const { page, url, requests, complaints } = await open("diff", { viewport: narrow });
  const [page_, window_] = await page.evaluate(() => [document.documentElement.scrollWidth, window.innerWidth]);
  assert.ok(page_ <= window_, `${page_} in a window of ${window_}`);
  const marks = page.locator(".maps a.changed");
  assert.ok((await marks.count()) > 0);
  await marks.last().click();
  assert.equal(await page.locator(".changes tr:target").count(), 1);
  assert.deepEqual(requests, [url]);
  assert.deepEqual(complaints, []);
});

for (const colorScheme of ["light", "dark"]) {
  test(`diff, ${colorScheme}: text stands out from what it stands on`, async () => {
    const { page } = await open("diff", { colorScheme });
    const weak = (await page.evaluate(contrasts)).filter(({ ratio }) => ratio < 4.5);
    assert.deepEqual(weak, []);
  });
}

test("the answer is the first thing that is read", async () => {
  const { page } = await open("run");
  assert.match(await page.title(), /^No\. May we set isMultiBackupEnabled\?/);
  const word = page.locator(".answer .word");
  assert.equal(await word.textContent(), "No.");
  const box = await word.boundingBox();
  assert.ok(box.y + box.height < 400, JSON.stringify(box));
});

for (const name of ["run", "v5"]) {
  for (const [viewport, most] of [
    [{ width: 1280, height: 800 }, 800],
    [narrow, 1200],
  ]) {
    test(`${name}, ${viewport.width}: the first screen has answer, cause, what proves it, and what to do`, async () => {
      const { page } = await open(name, { viewport });
      for (const part of [".answer .word", ".why", ".proof .shows", ".proof ol li >> nth=0"]) {
        const box = await page.locator(part).boundingBox();
        assert.ok(box.y + box.height < most, `${part} ${JSON.stringify(box)}`);
      }
    });
  }
}

test("the proof has the shares that came", async () => {
  const { page } = await open("run");
  assert.match(await page.locator(".why").textContent(), /^A new share does not replace the old one\.$/);
  assert.equal(await page.locator(".proof .shows .share").count(), 2);
});

for (const name of ["run", "v5", "correct"]) {
  test(`${name}: before anything is opened the page is small`, async () => {
    const { page } = await open(name, { viewport: { width: 1280, height: 800 } });
    const nodes = await page.evaluate(() => document.querySelectorAll("*").length);
    assert.ok(nodes < 3000, `${nodes} nodes`);
    const { size } = statSync(join(pages, `${name}.html`));
    assert.ok(size < 400_000, `${size} bytes`);
    const long = await page.evaluate(() =>
      [...document.querySelectorAll("main > *")]
        .map((it) => [it.id || it.className, Math.round(it.getBoundingClientRect().height)])
        .filter(([, height]) => height > 1500),
    );
    assert.deepEqual(long, []);
  });
}

test("cases come packed, and are listed and opened once they are asked for", async () => {
  const { page } = await open("correct");
  assert.equal(await page.locator(".case").count(), 0);
  await list(page, "passed");
  const group = page.locator('.group[data-status="passed"]');
  assert.equal(await group.locator(".case").count(), Number(await group.getAttribute("data-cases")));
});

test("which methods are concerned is told and drawn", async () => {
  const { page } = await open("run");
  await page.locator("#methods .broken").first().waitFor({ state: "visible" });
  const row = page.locator("#methods tr", { has: page.locator('a[href="#replace.same-method"]') });
  assert.equal(await row.locator(".kept").count(), 0);
  assert.ok((await row.locator(".broken").count()) > 8);
  assert.match(await page.locator("#methods p").textContent(), /does not replace the old one\. It is so with all \d+ methods/);
});

test("commands can be copied", async () => {
  const { page } = await open("run", { permissions: ["clipboard-read", "clipboard-write"] });
  const command = page.locator(".proof pre");
  await command.locator("button.copy").click();
  await command.locator("button.copy", { hasText: "copied" }).waitFor();
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  assert.match(copied, /^sharecheck run --reference append .*replace\.same-method/);
  assert.ok(!copied.includes("copy"), copied);
});

test("n goes to the next failure, / to the search", async () => {
  const { page } = await open("run");
  const focused = () => page.evaluate(() => document.activeElement.textContent);
  await page.keyboard.press("n");
  const first = await focused();
  await page.keyboard.press("n");
  const second = await focused();
  assert.ok(first !== "" && second !== "" && first !== second, `${first} ${second}`);
  await page.keyboard.press("/");
  await page.keyboard.type("n/");
  assert.equal(await page.locator("#find").inputValue(), "n/");
});

test("filters stand in the address, and an address sets them", async () => {
  const { page, url } = await open("run");
  await page.locator('#filters [data-status="failed"]').click();
  await page.locator("#find").fill("same-method");
  assert.equal(await page.evaluate(() => location.hash), "#?status=failed&find=same-method");
  const sent = await open("run", { hash: "#?status=failed&find=same-method" });
  await sent.page.locator("#shown", { hasText: "of" }).waitFor();
  assert.equal(await sent.page.locator('#filters [aria-pressed="true"]').count(), 1);
  assert.ok((await visible(sent.page, ".case")) > 1);
  assert.equal(await visible(sent.page, '.case:not([data-status="failed"])'), 0);
  assert.ok(url);
});

test("the way back leads to the link that was followed", async () => {
  const { page } = await open("run");
  await page.locator("#broken .seen > summary").first().click();
  const link = page.locator("#broken .seen a").first();
  await link.click();
  await page.locator(".case[open]").waitFor({ state: "visible" });
  await page.goBack();
  await page.waitForFunction(() => document.activeElement.closest("#broken .seen") !== null);
  assert.equal(await page.evaluate(() => document.activeElement.textContent), await link.textContent());
});

test("each mark of the glance leads to its requirement", async () => {
  const { page } = await open("run");
  await page.locator('.glance a[href="#replace.same-method"]').click();
  await page.locator(".requirement[open]").waitFor({ state: "visible" });
  assert.equal(await page.locator(".requirement[open] .id").textContent(), "replace.same-method");
});

test("filters show what they name and hide the rest", async () => {
  const { page } = await open("sample");
  // Per entry, whether it fits and whether it shows.
  const look = (kind, value) =>
    page.evaluate(
      ([name, wanted]) =>
        [...document.querySelectorAll(".case, .requirement")].map((it) => [
          it.dataset[name] === wanted,
          it.checkVisibility(),
          it.classList.contains("case"),
        ]),
      [kind, value],
    );
  await page.evaluate(() => document.querySelectorAll(".group").forEach((it) => (it.open = true)));
  await page.waitForFunction(() => document.querySelectorAll(".group > template").length === 0);
  const all = (await look("status", "")).filter(([, , isCase]) => isCase).length;
  for (const kind of ["status", "level"]) {
    for (const button of await page.locator(`#filters [data-${kind}]`).all()) {
      const value = await button.getAttribute(`data-${kind}`);
      await button.click();
      assert.equal(await button.getAttribute("aria-pressed"), "true");
      await page.locator("#shown", { hasText: " of " }).waitFor();
      const entries = await look(kind, value);
      assert.ok(entries.some(([fits]) => fits) && entries.some(([fits]) => !fits), value);
      assert.ok(entries.every(([fits, shows]) => fits === shows), value);
      const cases = entries.filter(([fits, , isCase]) => fits && isCase).length;
      assert.equal(await page.locator("#shown").textContent(), `${cases} of ${all} cases`);
      await button.click();
    }
  }
  assert.ok((await look("status", "")).every(([, shows]) => shows));
});

test("a status and a level together show what is both, and the search narrows that", async () => {
  const { page } = await open("sample");
  await page.locator('#filters [data-status="failed"]').click();
  await page.locator('#filters [data-level="required"]').click();
  await page.locator("#shown", { hasText: "of" }).waitFor();
  const both = await page.locator('.case[data-status="failed"][data-level="required"]').count();
  assert.ok(both > 1);
  assert.equal(await visible(page, ".case"), both);
  await page.getByRole("searchbox", { name: "Find" }).fill("same-method");
  assert.equal(await visible(page, ".case"), 1);
  await page.getByRole("searchbox", { name: "Find" }).fill("same-method nowhere");
  assert.equal(await visible(page, ".case"), 0);
  assert.equal(await visible(page, ".group"), 0);
});

test("the keyboard reaches a case, opens it and follows a share in it", async () => {
  const { page } = await open("run");
  await page.locator("#find").focus();
  await page.keyboard.type("replace.same-method.passkey");
  const focused = () => page.evaluate(() => document.activeElement.closest(".case") !== null);
  for (let presses = 0; !(await focused()); presses += 1) {
    assert.ok(presses < 30, "no case within 30 stops");
    await page.keyboard.press("Tab");
  }
  await page.keyboard.press("Enter");
  const shown = page.locator(".case[open]");
  assert.equal(await shown.count(), 1);
  assert.ok((await shown.locator(".exchanges tbody tr").count()) > 3);
  // Behind the links to what was asked.
  const onShare = () => page.evaluate(() => document.activeElement.matches("button.share"));
  for (let presses = 0; !(await onShare()); presses += 1) {
    assert.ok(presses < 10, "no share within 10 stops");
    await page.keyboard.press("Tab");
  }
  const label = await page.evaluate(() => document.activeElement.textContent);
  await page.keyboard.press("Enter");
  assert.equal(await page.evaluate(() => document.activeElement.getAttribute("aria-pressed")), "true");
  const followed = await shown.locator(".exchanges .followed").allTextContents();
  assert.ok(followed.length > 1 && followed.every((it) => it === label), followed.join());
});

test("one share has one colour in a case, and another share another", async () => {
  const { page } = await open("run");
  await unfold(page);
  const colours = await page.evaluate(() => {
    const all = [...document.querySelectorAll('.case[data-status="failed"]')];
    const details = all.find((it) => it.querySelector(".id").textContent === "replace.same-method.passkey");
    const pairs = [...details.querySelectorAll(".share")].map((it) => [
      it.textContent,
      getComputedStyle(it).backgroundColor,
    ]);
    return Object.entries(Object.groupBy(pairs, ([label]) => label)).map(([, group]) => [
      ...new Set(group.map(([, colour]) => colour)),
    ]);
  });
  assert.ok(colours.length > 1 && colours.every((it) => it.length === 1), JSON.stringify(colours));
  assert.equal(new Set(colours.flat()).size, colours.length);
});

test("a link leads to a case, opens it, and shows it though a filter had hidden it", async () => {
  const { page } = await open("run");
  await page.locator('#filters [data-status="passed"]').click();
  await page.locator("#broken .seen > summary").first().click();
  const link = page.locator("#broken .seen a").first();
  await link.click();
  const open_ = page.locator(".case[open]");
  await open_.waitFor({ state: "visible" });
  assert.equal(await open_.locator(".id").first().textContent(), await link.textContent());
  const arrived = await open("run", { hash: await link.getAttribute("href") });
  await arrived.page.locator(".case[open]").waitFor({ state: "visible" });
});

test("hostile text stays text", async () => {
  const { page, complaints } = await open("sample");
  await unfold(page);
  const found = await page.evaluate(() => ({
    scripts: document.scripts.length,
    foreign: [...document.querySelectorAll("*")]
      .flatMap((it) => [...it.attributes].map((attribute) => attribute.name))
      .filter((name) => name.startsWith("on") || name === "style" || name === "src"),
    bold: [...document.querySelectorAll("b")].filter((it) => !it.className).length,
    text: document.body.innerText,
  }));
  assert.deepEqual([found.scripts, found.foreign, found.bold], [1, [], 0]);
  assert.ok(found.text.includes("<b>&amp; \"quoted\" 'single' ]]>"));
  assert.ok(found.text.includes("</details><script>alert(1)</script>"));
  assert.deepEqual(complaints, []);
});

test("the policy stops a script that gets in nevertheless", async () => {
  const { page } = await open("sample");
  const ran = await page.evaluate(async () => {
    const script = document.createElement("script");
    script.textContent = "window.ran = true";
    document.body.append(script);
    const image = new Image();
    const loaded = new Promise((resolve) => {
      image.onload = () => resolve(true);
      image.onerror = () => resolve(false);
    });
    image.src = "data:image/gif;base64,R0lGODlhAQABAAAAACwAAAAAAQABAAA=";
    return [window.ran ?? false, await loaded];
  });
  assert.deepEqual(ran, [false, false]);
});

test("without scripts the answer stands, what to do, and what proves each failure", async () => {
  const { page, complaints } = await open("run", { javaScriptEnabled: false });
  assert.equal(await visible(page, "#filters"), 0);
  for (const part of [".answer .word", ".story .shows", ".proof ol li", "#broken .card", "noscript"]) {
    assert.ok(await page.locator(part).first().isVisible(), part);
  }
  const cards = await page.locator("#broken .card").count();
  assert.equal(await page.locator("#broken .card .shows").count(), cards);
  assert.deepEqual(complaints, []);
});

test("on paper there are four sheets at the most, each with target and verdict, and no cases", async () => {
  const { page } = await open("run");
  await page.emulateMedia({ media: "print" });
  assert.equal(await visible(page, "#filters"), 0);
  assert.equal(await visible(page, "#cases"), 0);
  assert.ok(await page.locator(".foot").isVisible());
  const pdf = await page.pdf({ format: "A4" });
  const sheets = pdf.toString("latin1").match(/\/Type\s*\/Page\b/g).length;
  assert.ok(sheets <= 4, `${sheets} sheets`);
});

for (const colorScheme of ["light", "dark"]) {
  test(`${colorScheme}: text stands out from what it stands on`, async () => {
    const { page } = await open("sample", { colorScheme });
    await unfold(page);
    const weak = (await page.evaluate(contrasts)).filter(({ ratio }) => ratio < 4.5);
    assert.deepEqual(weak, []);
  });
}

test("landmarks, headings and controls can be told without seeing them", async () => {
  const { page } = await open("sample");
  for (const landmark of ["banner", "navigation", "main", "search", "contentinfo"]) {
    assert.equal(await page.getByRole(landmark).count(), 1, landmark);
  }
  const levels = await page.evaluate(outline);
  assert.deepEqual(levels.filter((level) => level === 1), [1]);
  levels.reduce((before_, level) => {
    assert.ok(level <= before_ + 1, `a heading of level ${level} behind one of level ${before_}`);
    return level;
  }, 0);
  assert.deepEqual(await page.evaluate(namelessControls), []);
  for (const plot of [/^Stores: .* the deadline is 10 s$/, /^Fetches: .* the deadline is 10 s$/]) {
    assert.equal(await page.getByRole("img", { name: plot }).count(), 1);
  }
});
