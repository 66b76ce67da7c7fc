"use strict";
(() => {
  const $ = id => document.getElementById(id), all = (at, what) => [...at.querySelectorAll(what)];
  const said = $("said"), bar = document.querySelector(".bar"), table = $("matrix");
  const say = text => { said.textContent = ""; setTimeout(() => { said.textContent = text; }, 50); };
  // Text nodes only: nothing of a report is ever read as markup.
  const el = (tag, props, ...inside) => {
    const made = Object.assign(document.createElement(tag), props);
    made.append(...inside.filter(part => part !== null && part !== ""));
    return made;
  };
  const keep = {
    get: name => { try { return localStorage.getItem(`iamsim-${name}`); } catch { return null; } },
    set: (name, value) => { try { localStorage.setItem(`iamsim-${name}`, value); } catch { /* a page from a file may not keep anything */ } },
  };

  // ---- what stands behind the cells
  let parsed;
  const data = () => parsed ??= JSON.parse($("data").textContent);
  const words = at => data().texts[at], part = at => data().parts[at];
  const MARKS = {good: "✓", bad: "✗", open: "?", warn: "!", flat: "·"};
  const tag = ([word, tone]) => el("span", {className: `tag t-${tone}`}, `${MARKS[tone]} ${words(word)}`);
  const facts = pairs => el("dl", {className: "facts small"}, ...pairs.flatMap(([name, value]) => [el("dt", {}, name), el("dd", {}, value)]));
  const code = text => el("code", {}, text);
  const prose = text => {
    const parts = text.split("`");
    return parts.length % 2 ? parts.map((part, at) => at % 2 ? code(part) : part) : [text];
  };
  const met = matched => el("span", {className: `tag t-${matched === null ? "open" : matched ? "good" : "bad"}`}, matched === null ? "? not known" : matched ? "✓ matches" : "✗ no match");
  const statement = ([at, place, rows, pieces]) => el("div", {className: "where"},
    el("span", {className: "at mono"}, words(at)), " ", el("span", {className: "soft"}, words(place)),
    el("ul", {className: "hits"}, ...rows.map(([name, value, note, matched, line]) => el("li", {}, met(matched), " ",
      words(name) && code(`"${words(name)}": ${words(value)}`), line ? el("span", {className: "soft small"}, ` line ${line}`) : "", " ", ...prose(words(note))))),
    pre(pieces));
  const pre = pieces => {
    const made = el("pre", {tabIndex: 0});
    pieces.forEach(([text, hit], at) => made.append(hit ? el("mark", {}, words(text)) : words(text), at < pieces.length - 1 ? "\n" : ""));
    return made;
  };
  const decision = number => {
    const told = data().probes[number];
    if (!told) return el("p", {className: "small"}, "The evidence of this decision does not fit the page: it is in the JSON report.");
    const [action, on, alike, ...said] = told, [answer, why, context, layers, notes] = part(alike), [by, keys] = part(context);
    const made = el("section", {className: "decision"}, el("h4", {}, tag(answer), " ", code(words(action)), " on ", code(words(on))),
      facts([["asked by", code(words(by))], ...keys.map(([key, value]) => [words(key), code(words(value))])]),
      el("p", {className: "small"}, ...prose(words(why))),
      el("ol", {className: "trail"}, ...layers.map(part).map(([label, name, decisive, others, more]) => el("li", {}, tag(label), ` ${words(name)}`,
        ...decisive.map(part).map(statement),
        others.length ? el("ul", {className: "why"}, ...others.map(([at, why]) => el("li", {}, el("span", {className: "mono"}, words(at)), ": ", ...prose(words(why)))),
          ...(more ? [el("li", {}, `${more} more in the JSON report`)] : [])) : ""))));
    if (notes.length) made.append(el("ul", {className: "why"}, ...notes.map(note => el("li", {}, ...prose(words(note))))));
    if (said.length) {
      const [text, who, basis] = said.map(words);
      made.append(el("figure", {className: "quote"}, el("figcaption", {}, `${who} would say (wording ${basis})`), el("blockquote", {className: "mono"}, text)));
    }
    return made;
  };
  const need = ([action, come, anchor, ...decisions]) => {
    const [resources, as, outcome, counts] = part(come);
    return el("section", {className: "need"}, el("h3", {}, tag(outcome), " ", code(words(action))),
      facts([["on", el("span", {}, ...resources.flatMap((one, at) => [at ? el("br") : "", code(words(one))]))], ["as", words(as)], ["counts", words(counts)]]),
      anchor ? el("p", {}, el("a", {href: `#${words(anchor)}`}, "The finding, with what closes it")) : "",
      ...decisions.map(decision));
  };

  // ---- the sheet at the side
  const sheet = $("evidence");
  let from = null;
  const show = (row, action) => {
    const name = row.cells[0].textContent, tool = data().tools[row.id];
    const those = action ? tool.needs.filter(one => words(one[0]).toLowerCase() === action.toLowerCase()) : tool.needs;
    const close = el("button", {type: "button"}, "Close");
    close.addEventListener("click", () => sheet.close());
    sheet.replaceChildren(el("div", {className: "head"}, el("h2", {id: "evidence-title"}, action ? `${name}: ${action}` : name), close));
    if (!action) {
      sheet.append(words(tool.about) ? el("p", {}, words(tool.about)) : "", facts([["outcome", tag(tool.outcome)], ["role", words(tool.role)], ["acts as", words(tool.as)],
        ...(words(tool.source) ? [["source", el("span", {className: "mono"}, words(tool.source))]] : [])]));
      if (tool.notes.length) sheet.append(el("ul", {className: "why"}, ...tool.notes.map(note => el("li", {}, ...prose(words(note))))));
    }
    if (!those.length) sheet.append(el("p", {className: "soft"}, "It needs no IAM permission."));
    sheet.append(...(action ? those.map(need) : those.map(one => {
      const told = el("a", {href: `#${state({cell: `${name}/${words(one[0])}`})}`}, code(words(one[0])));
      return el("p", {className: "line"}, tag(part(one[1])[2]), " ", told, " ", el("span", {className: "soft"}, part(one[1])[0].map(words).join(", ")));
    })));
    if (!sheet.open) sheet.showModal();
    sheet.scrollTop = 0;
  };
  sheet.addEventListener("close", () => { if (params().has("cell")) write({cell: ""}); from?.focus({preventScroll: true}); });
  for (const dialog of all(document, "dialog")) dialog.addEventListener("click", event => {
    if (event.target === dialog) dialog.close();  // the ground beside it
    // A link to a cell fills the sheet anew; every other leads away from it.
    const link = event.target.closest?.("a");
    if (link && !new URLSearchParams(link.hash.slice(1)).has("cell")) { from = null; dialog.close(); }
  });

  // ---- the state, which stands in the address
  const params = () => new URLSearchParams(location.hash.includes("=") ? location.hash.slice(1) : "");
  const state = changes => {
    const now = params();
    for (const [name, value] of Object.entries(changes)) value ? now.set(name, value) : now.delete(name);
    return now.toString().replaceAll("%2F", "/").replaceAll("%3A", ":");
  };
  const write = changes => {
    const told = state(changes);
    if (told || params().size) history.replaceState(null, "", told ? `#${told}` : location.pathname + location.search);
  };

  // ---- search, filters and order
  const rows = table ? [...table.tBodies[0].rows] : [], cards = all(document, "article.card");
  const known = new Map();
  const textOf = node => {
    if (!known.has(node)) {
      let text = node.textContent;
      if (node.tagName === "TR") {
        const tool = data().tools[node.id];
        text += [tool.about, ...tool.notes, ...tool.needs.flatMap(one => [one[0], ...part(one[1])[0]])].map(words).join(" ");
      }
      known.set(node, text.toLowerCase());
    }
    return known.get(node);
  };
  const FIELDS = ["q", "severity", "status", "credential", "role", "sort"];
  const apply = () => {
    const want = Object.fromEntries(FIELDS.map(name => [name, bar.elements[name].value]));
    const wanted = want.q.toLowerCase().split(/\s+/).filter(Boolean);
    const has = node => wanted.every(word => textOf(node).includes(word));
    let tools = 0, found = 0;
    for (const row of rows) {
      row.hidden = !((!want.status || row.dataset.status === want.status) && (!want.role || row.dataset.role === want.role)
        && (!want.credential || row.dataset.credential.split(" ").includes(want.credential)) && (!wanted.length || has(row)));
      tools += row.hidden ? 0 : 1;
    }
    for (const card of cards) {
      card.hidden = !((!want.severity || card.dataset.severity === want.severity) && (!wanted.length || has(card)));
      found += card.hidden ? 0 : 1;
    }
    const key = {name: row => row.cells[0].textContent, role: row => `${["uses", "gate-only", "ignores"].indexOf(row.dataset.role)} ${row.cells[0].textContent}`}[want.sort];
    const sorted = key ? rows.map(row => [key(row), row]).sort(([a], [b]) => a < b ? -1 : a > b ? 1 : 0).map(([, row]) => row) : rows;
    if (table && sorted.some((row, at) => table.tBodies[0].rows[at] !== row)) table.tBodies[0].append(...sorted);
    const first = sorted.find(row => !row.hidden);
    if (first && stop?.parentElement.hidden) stopAt(first.cells[0]);
    const part = (left, whole, one) => `${left === whole ? left : `${left} of ${whole}`} ${one}${whole === 1 ? "" : "s"}`;
    bar.querySelector("output").textContent = `${part(tools, rows.length, "tool")}, ${part(found, cards.length, "finding card")}`;
    return want;
  };
  const changed = () => write(apply());
  bar.addEventListener("input", changed);
  bar.addEventListener("submit", event => event.preventDefault());
  bar.addEventListener("reset", () => setTimeout(changed));
  const restore = () => {
    const now = params();
    for (const name of FIELDS) {
      const field = bar.elements[name], value = now.get(name) ?? "";
      field.value = value;
      if (field.tagName === "SELECT" && field.selectedIndex < 0) field.selectedIndex = 0;
    }
    apply();
  };

  // ---- the matrix as a grid: one stop for the tab key, arrows inside, Enter for the evidence
  const target = cell => cell.querySelector("a") ?? cell;
  const open = cell => {
    const row = cell.parentElement;
    from = target(cell);
    if (!cell.dataset.a) return show(row, "");
    write({cell: `${row.cells[0].textContent}/${cell.dataset.a}`});
    show(row, cell.dataset.a);
  };
  let stop = null;
  const stopAt = (cell, focus) => {
    if (stop) target(stop).tabIndex = -1;
    stop = cell;
    target(cell).tabIndex = 0;
    if (focus) target(cell).focus();
  };
  if (table && rows.length) {
    table.setAttribute("role", "grid");
    for (const link of all(table, "tbody a")) link.tabIndex = -1;
    stopAt(rows[0].cells[0]);
    table.tBodies[0].addEventListener("click", event => {
      const cell = event.target.closest("td, th");
      if (event.ctrlKey || event.metaKey || event.shiftKey || !cell || !getSelection().isCollapsed) return;
      event.preventDefault();
      stopAt(cell);
      open(cell);
    });
    table.addEventListener("keydown", event => {
      const cell = event.target.closest("tbody td, tbody th");
      if (!cell || event.ctrlKey || event.metaKey || event.altKey) return;
      const inSight = [...table.tBodies[0].rows].filter(row => !row.hidden), row = inSight.indexOf(cell.parentElement);
      const column = [...cell.parentElement.cells].slice(0, cell.cellIndex).reduce((sum, one) => sum + one.colSpan, 0);
      const under = other => {
        let at = 0;
        return [...other.cells].find(one => (at += one.colSpan) > column) ?? other.cells[0];
      };
      const cells = cell.parentElement.cells;
      const next = {
        ArrowRight: () => cells[cell.cellIndex + 1], ArrowLeft: () => cells[cell.cellIndex - 1], Home: () => cells[0], End: () => cells[cells.length - 1],
        ArrowDown: () => inSight[row + 1] && under(inSight[row + 1]), ArrowUp: () => inSight[row - 1] && under(inSight[row - 1]),
      }[event.key];
      if (event.key === "Enter") { event.preventDefault(); open(cell); }
      if (!next) return;
      event.preventDefault();
      if (next()) stopAt(next(), true);
    });
    for (const hint of all(document, ".keys")) hint.hidden = false;
  }

  // ---- copying
  const copied = block => {
    const button = el("button", {type: "button", className: "copy", ariaLabel: `Copy ${block.dataset.what}`}, "Copy");
    button.addEventListener("click", async () => {
      const body = block.querySelector("pre"), range = document.createRange(), chosen = getSelection();
      range.selectNodeContents(body);
      chosen.removeAllRanges();
      chosen.addRange(range);
      let done = false;
      try {
        await navigator.clipboard.writeText(body.textContent);
        done = true;
      } catch {
        done = document.execCommand("copy");
      }
      button.textContent = done ? "Copied" : "Selected: press Ctrl+C";
      say(done ? `Copied ${block.dataset.what}` : "Selected; press Ctrl+C to copy");
      setTimeout(() => { button.textContent = "Copy"; }, 2000);
    });
    block.append(button);
    return block;
  };
  all(document, ".block").forEach(copied);

  // ---- the forms of a fix, as tabs
  const form = (number, [title, blocks], at) => el("div", {id: `form-${number}-${at}`, role: "tabpanel", hidden: at > 0},
    ...blocks.flatMap(([what, place, lines, notes]) => {
      const block = el("div", {className: "block"}, el("pre", {tabIndex: 0}, `${lines.map(words).join("\n")}\n`));
      block.dataset.what = `${words(title)}: ${words(what)}`;
      return [el("p", {className: "small"}, ...prose(words(what)), " ", el("span", {className: "mono soft"}, words(place))), copied(block),
        ...notes.map(note => el("p", {className: "small soft"}, ...prose(words(note))))];
    }));
  const tabs = (number, forms) => {
    const panels = forms.map((one, at) => form(number, one, at));
    const heads = forms.map(([title], at) => el("button", {type: "button", role: "tab", id: `tab-${number}-${at}`, ariaSelected: String(!at), tabIndex: at ? -1 : 0}, words(title)));
    heads.forEach((head, at) => {
      head.setAttribute("aria-controls", panels[at].id);
      panels[at].setAttribute("aria-labelledby", head.id);
    });
    const choose = at => {
      heads.forEach((head, other) => { head.ariaSelected = String(other === at); head.tabIndex = other === at ? 0 : -1; panels[other].hidden = other !== at; });
      heads[at].focus();
    };
    const list = el("div", {role: "tablist", ariaLabel: "Forms of the fix"}, ...heads);
    list.addEventListener("click", event => { const at = heads.indexOf(event.target); if (at >= 0) choose(at); });
    list.addEventListener("keydown", event => {
      const at = heads.indexOf(event.target), next = {ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: -1}[event.key];
      if (at < 0 || next === undefined) return;
      event.preventDefault();
      choose((next + heads.length) % heads.length);
    });
    return [list, ...panels];
  };
  for (const fix of all(document, ".fix[data-fix]")) {
    const number = fix.dataset.fix, forms = Object.hasOwn(data().fixes, number) ? data().fixes[number] : null;
    if (!forms) {
      fix.append(el("p", {className: "small soft"}, "To paste: does not fit the page; iamsim fix prints it in every form."));
      continue;
    }
    const folded = el("details", {className: "form"}, el("summary", {}, `To paste: ${forms.map(([title]) => words(title)).join(", ")}`));
    folded.addEventListener("toggle", () => { if (folded.children.length < 2) folded.append(...tabs(number, forms)); });
    fix.append(folded);
  }

  // ---- links
  const goTo = () => {
    if (location.hash.includes("=")) {
      restore();
      const cell = params().get("cell");
      if (!cell) return sheet.open && sheet.close();
      const at = cell.lastIndexOf("/"), row = rows.find(one => one.cells[0].textContent === cell.slice(0, at));
      const wanted = row && [...row.cells].find(one => one.dataset.a === cell.slice(at + 1));
      if (wanted) { stopAt(wanted); open(wanted); wanted.scrollIntoView({block: "center", inline: "center"}); }
      return;
    }
    if (sheet.open) sheet.close();
    let at = null;
    try { at = location.hash && $(decodeURIComponent(location.hash.slice(1))); } catch { /* not a place */ }
    if (!at) return;
    const card = at.closest("article");
    if (card?.hidden || at.hidden) { bar.reset(); apply(); }
    if (card) for (const part of all(card, ".where details, .fix > details:not(.form)")) part.open = true;
    if (at.tagName === "TR" && at.closest(".matrix")) { stopAt(at.cells[0]); from = at.cells[0]; show(at, ""); }
  };
  addEventListener("hashchange", goTo);

  // ---- keys
  const help = $("help");
  const keysOn = () => keep.get("keys") !== "off" && !keysOff;
  let keysOff = false;
  const KEYS = [["/", "search"], ["j, k", "next and previous finding"], ["t", "colours: as the system, light, dark"], ["?", "this help"], ["arrows, Enter", "in the table: cell by cell, and its evidence"], ["Esc", "close"]];
  const showHelp = () => {
    const box = el("input", {type: "checkbox", checked: keysOn()}), close = el("button", {type: "button"}, "Close");
    box.addEventListener("change", () => { keysOff = !box.checked; keep.set("keys", box.checked ? "on" : "off"); });
    close.addEventListener("click", () => help.close());
    help.replaceChildren(el("div", {className: "head"}, el("h2", {id: "help-title"}, "Keys"), close), facts(KEYS.map(([key, what]) => [el("kbd", {}, key), what])),
      el("p", {}, el("label", {className: "check"}, box, " Single letters are shortcuts")));
    if (!help.open) help.showModal();
  };
  const step = by => {
    const seen = cards.filter(card => card.getClientRects().length), at = seen.indexOf(document.activeElement.closest("article.card"));
    const near = at >= 0 ? at + by : by > 0 ? seen.findIndex(card => card.getBoundingClientRect().top > 60) : seen.findLastIndex(card => card.getBoundingClientRect().top < 60);
    const next = seen[near];
    if (!next) return say(by > 0 ? "The last finding" : "The first finding");
    next.focus({preventScroll: true});
    next.scrollIntoView({block: "start"});
    history.replaceState(null, "", `#${next.id}`);
  };
  const THEMES = ["system", "light", "dark"];
  const themeButton = document.querySelector("[data-does=theme]");
  const theme = name => {
    if (name === "system") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = name;
    themeButton.lastElementChild.textContent = name;
    themeButton.ariaLabel = `Colours: ${name === "system" ? "as the system" : name}`;
  };
  const nextTheme = () => {
    const name = THEMES[(THEMES.indexOf(document.documentElement.dataset.theme ?? "system") + 1) % 3];
    theme(name);
    keep.set("theme", name);
    say(`Colours: ${name}`);
  };
  themeButton.addEventListener("click", nextTheme);
  document.querySelector("[data-does=help]").addEventListener("click", showHelp);
  addEventListener("keydown", event => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.target.closest("input:not([type=checkbox]), select, textarea, dialog[open]") || !keysOn()) return;
    const does = {"/": () => bar.elements.q.focus(), j: () => step(1), k: () => step(-1), t: nextTheme, "?": showHelp}[event.key];
    if (!does) return;
    event.preventDefault();
    does();
  });

  // ---- print: everything that is folded opens, and folds again
  let folded = [];
  addEventListener("beforeprint", () => { folded = all(document, "details:not([open], .form)"); for (const one of folded) one.open = true; });
  addEventListener("afterprint", () => { for (const one of folded) one.open = false; folded = []; });

  if (THEMES.includes(keep.get("theme"))) theme(keep.get("theme"));
  for (const shown of [bar, document.querySelector(".buttons")]) shown.hidden = false;
  restore();
  goTo();
})();
