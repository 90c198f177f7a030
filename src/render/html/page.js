"use strict";
// Cases that open, filters, shares that can be followed, links that open what they lead to, keys. The answer and what
// proves each failure stand without it.
(() => {
  const filters = document.getElementById("filters");
  const find = document.getElementById("find");
  const buttons = [...filters.querySelectorAll("button")];
  const entryOf = (entry) => ({
    entry,
    status: entry.dataset.status,
    level: entry.dataset.level,
    text: entry.querySelector("summary").textContent.toLowerCase(),
    isCase: entry.classList.contains("case"),
  });
  let entries = [];
  const groups = [...document.querySelectorAll(".group")];
  const total = groups.reduce((sum, it) => sum + Number(it.dataset.cases), 0);
  const blocks = [...document.querySelectorAll(".part"), ...groups];

  // Cases come packed: most are never looked at, and a page of thousands of rows opens slowly.
  async function unpack(packed) {
    const bytes = Uint8Array.from(atob(packed), (it) => it.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
    return new Response(stream).text();
  }

  async function unfoldOnce(details) {
    for (const it of details.querySelectorAll(":scope > template")) {
      if (it.dataset.packed) it.innerHTML = await unpack(it.dataset.packed);
      it.replaceWith(it.content);
    }
    prepare(details);
  }

  // What waits in a template becomes part of the page once it is asked for.
  const unfolding = new WeakMap();
  function unfold(details) {
    if (!unfolding.has(details)) unfolding.set(details, unfoldOnce(details));
    return unfolding.get(details);
  }

  // All cases, listed: whoever looks for one looks among all of them.
  async function listed() {
    await Promise.all(groups.map(unfold));
    entries = [...document.querySelectorAll(".requirement, .case")].map(entryOf);
  }

  // Of a kind of which nothing is chosen, everything is shown.
  const chosen = (kind) =>
    buttons
      .filter((it) => it.dataset[kind] && it.getAttribute("aria-pressed") === "true")
      .map((it) => it.dataset[kind]);

  async function filter() {
    const statuses = chosen("status");
    const levels = chosen("level");
    const words = find.value.toLowerCase().split(/\s+/);
    const some = statuses.length + levels.length > 0 || find.value.trim() !== "";
    if (entries.length === 0 && !some) return;
    if (entries.length === 0) await listed();
    let cases = 0;
    for (const it of entries) {
      const fits =
        (statuses.length === 0 || statuses.includes(it.status)) &&
        (levels.length === 0 || levels.includes(it.level)) &&
        words.every((word) => it.text.includes(word));
      it.entry.hidden = !fits;
      cases += fits && it.isCase ? 1 : 0;
    }
    for (const block of blocks) {
      block.hidden = !block.querySelector(":scope > details:not([hidden])");
      if (some && block.classList.contains("group")) block.open = true;
    }
    document.getElementById("shown").textContent = `${cases} of ${total} cases`;
  }

  // What is chosen stands in the address, so that it can be sent to somebody.
  function address() {
    const words = find.value.trim();
    const parts = [
      ...["status", "level"].map((kind) => [kind, chosen(kind).join(",")]),
      ["find", words],
    ].filter(([, value]) => value !== "");
    const text = parts.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join("&");
    history.replaceState(null, "", `#${text && `?${text}`}`);
  }

  function choose(text) {
    const given = new URLSearchParams(text);
    for (const it of buttons) {
      const [kind] = ["status", "level"].filter((kind) => it.dataset[kind]);
      const values = (given.get(kind) ?? "").split(",");
      it.setAttribute("aria-pressed", String(values.includes(it.dataset[kind])));
    }
    find.value = given.get("find") ?? "";
    return filter();
  }

  function press(button) {
    const pressed = button.getAttribute("aria-pressed") === "true";
    button.setAttribute("aria-pressed", String(!pressed));
    address();
    filter();
  }

  // A share's label in one case: pressed, it stands out wherever it is in that case.
  function follow(share) {
    const inside = share.closest(".inside");
    const label = share.textContent;
    const on = !share.classList.contains("followed");
    for (const it of inside.querySelectorAll(".share")) {
      it.classList.toggle("followed", on && it.textContent === label);
    }
    for (const it of inside.querySelectorAll(".shares .share")) {
      it.setAttribute("aria-pressed", String(it.classList.contains("followed")));
    }
    inside.classList.toggle("following", on);
  }

  function button(text, look) {
    const made = document.createElement("button");
    made.type = "button";
    made.className = look;
    made.textContent = text;
    return made;
  }

  // Only the shares above the exchanges take the keyboard: one stop for each, not one for each time it is sent.
  function prepare(root) {
    for (const share of root.querySelectorAll(".shares b.share")) {
      const made = button(share.textContent, share.className);
      made.setAttribute("aria-pressed", "false");
      share.replaceWith(made);
    }
    for (const it of root.querySelectorAll("pre:not(:has(button))")) it.append(button("copy", "copy"));
  }

  async function copy(pressed) {
    const text = pressed.parentElement.firstChild;
    try {
      await navigator.clipboard.writeText(text.textContent);
      pressed.textContent = "copied";
    } catch {
      // Not every place from which a page is read lets it write: what is selected can be copied by hand.
      getSelection().selectAllChildren(pressed.parentElement);
      getSelection().setBaseAndExtent(text, 0, text, text.length);
      pressed.textContent = "selected";
    }
    setTimeout(() => (pressed.textContent = "copy"), 2000);
  }

  async function open() {
    const hash = decodeURIComponent(location.hash.slice(1));
    if (hash.startsWith("?")) return choose(hash.slice(1));
    if (hash && !document.getElementById(hash)) await listed();
    const target = document.getElementById(hash);
    const details = target && target.closest("details");
    if (!details) return;
    if (details.hidden) await choose("");
    for (let it = details; it; it = it.parentElement.closest("details")) it.open = true;
    await unfold(details);
    details.scrollIntoView();
    details.querySelector("summary").focus({ preventScroll: true });
  }

  // Where a link was followed, so that the way back leads to it.
  const followed = [];
  function arrive() {
    const came = followed.at(-1);
    if (came && came.hash === location.hash) {
      followed.pop();
      came.link.focus();
      return;
    }
    open();
  }

  // The next failure below what has the focus, from the last on the first.
  function next() {
    const all = [...document.querySelectorAll("#broken .card")];
    const at = all.findIndex((it) => it.contains(document.activeElement));
    const card = all[(at + 1) % all.length];
    if (!card) return;
    card.open = true;
    const heading = card.querySelector("h3, summary");
    heading.tabIndex = 0;
    heading.focus();
    card.scrollIntoView();
  }

  filters.addEventListener("click", (event) => {
    const pressed = event.target.closest("button");
    if (pressed) press(pressed);
  });
  filters.addEventListener("submit", (event) => event.preventDefault());
  find.addEventListener("input", () => {
    address();
    filter();
  });
  document.addEventListener("toggle", (event) => event.target.open && unfold(event.target), true);
  document.addEventListener("click", (event) => {
    const share = event.target.closest(".inside .share");
    if (share) follow(share);
    const link = event.target.closest('a[href^="#"]');
    if (link) followed.push({ hash: location.hash, link });
    if (event.target.matches("button.copy")) copy(event.target);
  });
  document.addEventListener("keydown", (event) => {
    const types = event.target.closest("input") || event.ctrlKey || event.metaKey || event.altKey;
    if (types || (event.key !== "n" && event.key !== "/")) return;
    event.preventDefault();
    if (event.key === "n") next();
    else find.focus();
  });
  window.addEventListener("hashchange", arrive);
  filters.hidden = false;
  document.getElementById("keys").hidden = false;
  document.getElementById("shown").textContent = `${total} cases`;
  prepare(document);
  open();
})();
