"use strict";
(() => {
  const bar = document.querySelector(".tools");
  const table = document.querySelector(".matrix");
  if (bar && table) {
    const text = bar.querySelector("input"), status = bar.querySelector("[name=status]"), use = bar.querySelector("[name=use]");
    const shown = bar.querySelector("output"), bodies = [...table.tBodies];
    const words = new Map(bodies.map(body => [body, body.textContent.toLowerCase()]));
    const filter = () => {
      const wanted = text.value.toLowerCase().split(/\s+/).filter(Boolean);
      let left = 0;
      for (const body of bodies) {
        const has = wanted.every(word => words.get(body).includes(word))
          && (!status.value || body.dataset.status === status.value) && (!use.value || body.dataset.use === use.value);
        body.hidden = !has;
        left += has ? 1 : 0;
      }
      const tools = bodies.length === 1 ? "tool" : "tools";
      shown.textContent = left === bodies.length ? `${left} ${tools}` : `${left} of ${bodies.length} ${tools}`;
    };
    for (const field of [text, status, use]) field.addEventListener("input", filter);
    const heads = [...table.tHead.rows[0].cells];
    heads.forEach((head, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = head.textContent;
      head.replaceChildren(button);
      button.addEventListener("click", () => {
        const down = head.getAttribute("aria-sort") === "ascending";
        heads.forEach(other => other.removeAttribute("aria-sort"));
        head.setAttribute("aria-sort", down ? "descending" : "ascending");
        const key = body => body.rows[0].cells[column].textContent.trim();
        const sorted = [...bodies].sort((a, b) => key(a).localeCompare(key(b), "en", {numeric: true}));
        table.append(...(down ? sorted.reverse() : sorted));
      });
    });
    bar.hidden = false;
    filter();
  }
  for (const block of document.querySelectorAll(".block")) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "copy";
    button.textContent = "Copy";
    button.setAttribute("aria-label", `Copy ${block.dataset.what}`);
    button.addEventListener("click", async () => {
      const body = block.querySelector("pre"), range = document.createRange(), chosen = getSelection();
      range.selectNodeContents(body);
      chosen.removeAllRanges();
      chosen.addRange(range);
      let done = false;
      try {
        await navigator.clipboard.writeText(body.dataset.text ?? body.textContent);
        done = true;
      } catch {
        done = document.execCommand("copy");
      }
      button.textContent = done ? "Copied" : "Selected: press Ctrl+C";
      setTimeout(() => { button.textContent = "Copy"; }, 2000);
    });
    block.append(button);
  }
  const open = () => {
    const at = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    const fold = at && at.querySelector("details");
    if (fold && at.tagName === "TBODY") fold.open = true;
    // A link to a finding opens what closes it, and how it was decided.
    const card = at && at.closest("article");
    if (card) for (const part of card.querySelectorAll(".where details, .fix > details")) part.open = true;
  };
  addEventListener("hashchange", open);
  open();
  addEventListener("beforeprint", () => document.querySelectorAll("details").forEach(fold => { fold.open = true; }));
})();
