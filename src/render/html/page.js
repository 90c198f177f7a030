"use strict";
// Filters, shares that can be followed, links that open what they lead to. The answer and its proof stand without it.
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
  const count = (root) => root.querySelectorAll(".case").length;
  const waiting = [...document.querySelectorAll(".group > template")];
  const total = count(document) + waiting.reduce((sum, it) => sum + count(it.content), 0);
  const blocks = [...document.querySelectorAll(".part, .group")];

  // What waits in a template becomes part of the page once it is asked for: a page of thousands of rows opens slowly.
  const unfold = (details) => details.querySelectorAll(":scope > template").forEach((it) => it.replaceWith(it.content));

  // All cases, listed: whoever looks for one looks among all of them.
  function listed() {
    document.querySelectorAll(".group").forEach(unfold);
    entries = [...document.querySelectorAll(".requirement, .case")].map(entryOf);
  }

  // Of a kind of which nothing is chosen, everything is shown.
  const chosen = (kind) =>
    buttons
      .filter((it) => it.dataset[kind] && it.getAttribute("aria-pressed") === "true")
      .map((it) => it.dataset[kind]);

  function filter() {
    if (entries.length === 0) listed();
    const statuses = chosen("status");
    const levels = chosen("level");
    const words = find.value.toLowerCase().split(/\s+/);
    let cases = 0;
    for (const it of entries) {
      const fits =
        (statuses.length === 0 || statuses.includes(it.status)) &&
        (levels.length === 0 || levels.includes(it.level)) &&
        words.every((word) => it.text.includes(word));
      it.entry.hidden = !fits;
      cases += fits && it.isCase ? 1 : 0;
    }
    const some = statuses.length + levels.length > 0 || find.value.trim() !== "";
    for (const block of blocks) {
      block.hidden = !block.querySelector(":scope > details:not([hidden])");
      if (some && block.classList.contains("group")) block.open = true;
    }
    document.getElementById("shown").textContent = `${cases} of ${total} cases`;
  }

  function press(button) {
    const pressed = button.getAttribute("aria-pressed") === "true";
    button.setAttribute("aria-pressed", String(!pressed));
    filter();
  }

  function reset() {
    buttons.forEach((it) => it.setAttribute("aria-pressed", "false"));
    find.value = "";
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

  // Only the shares above the exchanges take the keyboard: one stop for each, not one for each time it is sent.
  function prepare(details) {
    for (const share of details.querySelectorAll(".shares b.share")) {
      const button = document.createElement("button");
      button.type = "button";
      button.className = share.className;
      button.textContent = share.textContent;
      button.setAttribute("aria-pressed", "false");
      share.replaceWith(button);
    }
  }

  function open() {
    const id = decodeURIComponent(location.hash.slice(1));
    if (id && !document.getElementById(id)) listed();
    const target = document.getElementById(id);
    const details = target && target.closest("details");
    if (!details) return;
    if (details.hidden) reset();
    for (let it = details; it; it = it.parentElement.closest("details")) it.open = true;
    unfold(details);
    details.scrollIntoView();
    details.querySelector("summary").focus({ preventScroll: true });
  }

  filters.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (button) press(button);
  });
  filters.addEventListener("submit", (event) => event.preventDefault());
  find.addEventListener("input", filter);
  const opened = (event) => {
    if (!event.target.open) return;
    unfold(event.target);
    prepare(event.target);
  };
  document.addEventListener("toggle", opened, true);
  document.addEventListener("click", (event) => {
    const share = event.target.closest(".inside .share");
    if (share) follow(share);
  });
  window.addEventListener("hashchange", open);
  filters.hidden = false;
  document.getElementById("shown").textContent = `${total} cases`;
  open();
})();
