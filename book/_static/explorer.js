// The explorer: top lists of training examples, test example by test example, at any length.
// Data come as scripts, since a page opened from a disk may load nothing else; see
// xlshare/report/explorer.py. Whatever a dataset says is put into the page as text, never as HTML.
"use strict";

(() => {
  const here = document.currentScript.src;
  const ROLES = { proponents: "Proponents", opponents: "Opponents" };
  const arrivals = {}, loading = {};
  window.explorer = { receive: (name, value) => arrivals[name](value) };

  let root, tasks, task, lists, texts; // the chosen task's examples, the chosen lists, the texts
  const view = { task: "", test: "", epoch: "sum", role: "proponents", k: 0, only: [] };

  // ---- data ------------------------------------------------------------------------------------

  function load(name) {
    return (loading[name] ??= new Promise((done, failed) => {
      arrivals[name] = done;
      const src = new URL(`explorer/${name}.js`, here).href;
      const script = element("script", { src, charset: "utf-8" });
      script.onerror = () => failed(new Error(`_static/explorer/${name}.js is not there: build the book again`));
      document.head.append(script);
    }));
  }

  function unpack(text, Kind) {
    return new Kind(Uint8Array.from(atob(text), (byte) => byte.charCodeAt(0)).buffer);
  }

  async function loadTask(name) {
    const found = await load(`${name}/examples`);
    if (found.name) return found;
    const { lang, label, group } = found.train;
    found.train = { lang: unpack(lang, Uint8Array), label: unpack(label, Uint8Array), group: unpack(group, Uint32Array) };
    found.chance = found.languages.map((_, l) => found.train.lang.filter((one) => one === l).length / found.train.lang.length);
    return Object.assign(found, { name });
  }

  async function loadLists(name, epoch, role) {
    const found = (await load(`${name}/${epoch}`))[role];
    found.places ??= unpack(found.order, task.train.lang.length > 65536 ? Uint32Array : Uint16Array);
    found.values ??= unpack(found.scores, Float32Array);
    found.ends ??= unpack(found.lengths, Uint32Array);
    return found;
  }

  // A test example's list of up to k: positions in the training set. It ends where scores change sign.
  const top = (test, k) => lists.places.subarray(test * task.kept, test * task.kept + Math.min(k, lists.ends[test]));
  const testIndex = () => task.tests.findIndex((test) => test.id === view.test);

  // ---- what is computed ------------------------------------------------------------------------

  // The share of each language, over the lists of one or more test examples.
  function shares(tests) {
    const counts = task.languages.map(() => 0);
    for (const test of tests) for (const place of top(test, view.k)) counts[task.train.lang[place]]++;
    const places = counts.reduce((sum, count) => sum + count, 0);
    return counts.map((count) => ({ count, share: places ? count / places : 0 }));
  }

  // Of the examples from other languages: how many translate one of the test language's own, and
  // how many of a random list with the same labels would (as xlshare/analysis/overlap.py).
  function overlap(own, list) {
    const { lang, label, group } = task.train;
    const groups = new Set([...list].filter((place) => lang[place] === own).map((place) => group[place]));
    const cross = [...list].filter((place) => lang[place] !== own);
    const pool = task.labels.map(() => ({ all: 0, hits: 0 }));
    lang.forEach((one, place) => {
      if (one === own) return;
      pool[label[place]].all++;
      pool[label[place]].hits += groups.has(group[place]);
    });
    const hits = cross.filter((place) => groups.has(group[place])).length;
    const expected = cross.reduce((sum, place) => sum + pool[label[place]].hits / pool[label[place]].all, 0);
    return { cross: cross.length, hits, chance: expected / cross.length };
  }

  // Two texts in pieces; marked is what the other has not, or has elsewhere (longest common part).
  function compare(first, second) {
    const [a, b] = [first, second].map((text) => text.split(/\s+/));
    const best = Array.from({ length: a.length + 1 }, () => new Uint16Array(b.length + 1));
    for (let i = a.length - 1; i >= 0; i--)
      for (let j = b.length - 1; j >= 0; j--)
        best[i][j] = a[i] === b[j] ? best[i + 1][j + 1] + 1 : Math.max(best[i + 1][j], best[i][j + 1]);
    const kept = [new Set(), new Set()];
    for (let i = 0, j = 0; i < a.length && j < b.length; )
      if (a[i] === b[j]) { kept[0].add(i++); kept[1].add(j++); }
      else if (best[i + 1][j] >= best[i][j + 1]) i++;
      else j++;
    return [a, b].map((words, side) => pieces(words, kept[side]));
  }

  function pieces(words, kept) {
    const found = [];
    words.forEach((word, i) => {
      const marked = !kept.has(i), last = found.at(-1);
      if (last?.marked === marked) last.text += ` ${word}`;
      else found.push({ text: word, marked });
    });
    return found;
  }

  // ---- pieces of the page ----------------------------------------------------------------------

  function element(tag, attributes = {}, ...children) {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    made.append(...children);
    return made;
  }

  const find = (selector) => root.querySelector(selector);
  const percent = (share) => `${Math.round(100 * share)}%`;
  const number = (score) => score.toFixed(3).replace("-", "−");

  function languageTag(index) {
    const { name, colour } = task.languages[index];
    return element("span", { class: "language" }, element("i", { style: `background:${colour}`, "aria-hidden": "true" }), name);
  }

  function shownTexts(parts, lang) {
    const attributes = { lang: task.languages[lang].code, class: "shown" };
    if (parts.length === 1) return [element("p", attributes, parts[0])];
    return compare(...parts).map((found) =>
      element("p", attributes, ...found.flatMap(({ text, marked }) => [marked ? element("mark", {}, text) : text, " "])));
  }

  function fillSelect(name, options, chosen) {
    const select = find(`select[name=${name}]`);
    select.replaceChildren(...options.map(([value, text]) => element("option", { value }, text)));
    select.value = chosen;
  }

  function fillPills(name, options) {
    const holder = find(`[data-choice=${name}]`);
    const pills = options.map(([value, text]) => {
      const input = element("input", { type: "radio", name, value });
      input.checked = value === view[name];
      return element("label", {}, input, element("span", {}, text));
    });
    holder.replaceChildren(holder.firstElementChild, ...pills);
  }

  // ---- drawing ---------------------------------------------------------------------------------

  function drawControls() {
    const test = task.tests[testIndex()];
    const tests = task.tests.filter((one) => one.lang === test.lang);
    const used = task.languages.map((language, i) => [i, language.name]);
    const short = (text) => (text.length > 90 ? `${text.slice(0, 89)}…` : text);
    fillPills("task", tasks.map(({ name, title }) => [name, title]));
    fillPills("role", Object.entries(ROLES));
    fillSelect("lang", used.filter(([i]) => task.tests.some((one) => one.lang === i)), test.lang);
    fillSelect("epoch", [["sum", "all epochs, summed"], ...task.epochs.map((e) => [e, `epoch ${e}`])], view.epoch);
    fillSelect("test", tests.map((one, i) => [one.id, `${i + 1}. ${short(one.texts.join(" / "))}`]), test.id);
    find("select[name=test]").lang = task.languages[test.lang].code;
    Object.assign(find("input[name=k]"), { max: task.kept, value: view.k });
  }

  function drawTest() {
    const test = task.tests[testIndex()];
    const facts = element("p", { class: "facts" }, languageTag(test.lang), ` · ${task.question} `, element("strong", {}, task.labels[test.label]));
    find(".test").replaceChildren(facts, ...shownTexts(test.texts, test.lang));
  }

  function drawShares() {
    const index = testIndex();
    const own = task.tests[index].lang;
    const peers = [...task.tests.keys()].filter((i) => task.tests[i].lang === own);
    const [mine, means] = [shares([index]), shares(peers)];
    const rows = task.languages.map((language, i) => {
      const bar = element("span", { class: "bar", "aria-hidden": "true" },
        element("i", { class: "fill", style: `width:${100 * mine[i].share}%;background:${language.colour}` }),
        element("i", { class: "chance", style: `left:${100 * task.chance[i]}%` }),
        element("i", { class: "mean", style: `left:${100 * means[i].share}%` }));
      const pressed = view.only.includes(language.code);
      const value = element("span", { class: "value" }, `${percent(mine[i].share)} (${mine[i].count})`);
      const detail = `mean ${percent(means[i].share)}, by chance ${percent(task.chance[i])}`;
      const button = element("button", { type: "button", "aria-pressed": pressed, "data-lang": language.code, title: detail },
        languageTag(i), bar, value, element("span", { class: "for-screen-readers" }, `, ${detail}`));
      return button;
    });
    find(".shares").replaceChildren(...rows);
    find(".key").textContent = `Bar: this test example. Diamond: mean of ${peers.length} ${task.languages[own].name} tests. Dashed line: by chance.`;
    find(".length output").textContent = view.k;
  }

  function drawOverlap() {
    const own = task.tests[testIndex()].lang;
    const name = task.languages[own].name;
    const { cross, hits, chance } = overlap(own, top(testIndex(), view.k));
    const ends = lists.ends[testIndex()];
    const sign = view.role === "proponents" ? "positive" : "negative";
    const length = ends < view.k ? `The list ends after ${ends}: no other training example has a ${sign} score. ` : "";
    const said = !ends ? "" : !task.parallel ? "No translations to look for: each language of this task has contents of its own."
      : !cross ? "All examples are of the test language itself."
      : `Of the ${cross} from other languages, ${hits} (${percent(hits / cross)}) translate ${name} examples of this list; by chance ${percent(chance)}.`;
    find(".overlap").textContent = length + said;
  }

  // Where else in the list a content stands: links that lead to those rows.
  function elsewhere(place, rank, byGroup) {
    const others = byGroup.get(task.train.group[place]).filter((other) => other.rank !== rank);
    if (!others.length) return [];
    const links = others.flatMap(({ rank: to, lang }) =>
      [" ", element("a", { href: `#rank-${to}`, "data-rank": to }, `${task.languages[lang].name} ${to}`)]);
    return [element("p", { class: "elsewhere" }, "Same content:", ...links)];
  }

  function drawList() {
    const list = top(testIndex(), view.k);
    const { lang, label, group } = task.train;
    const own = task.tests[testIndex()].lang;
    const byGroup = new Map();
    list.forEach((place, i) => {
      if (!byGroup.has(group[place])) byGroup.set(group[place], []);
      byGroup.get(group[place]).push({ rank: i + 1, lang: lang[place] });
    });
    const rows = [...list].map((place, i) => {
      const [id, ...parts] = texts[place];
      const others = byGroup.get(group[place]);
      const reinforces = lang[place] !== own && others.some((one) => one.lang === own);
      const score = lists.values[testIndex() * task.kept + i];
      const row = element("tr", { id: `rank-${i + 1}`, tabindex: -1, class: reinforces ? "reinforces" : "", "data-group": group[place] },
        element("td", { class: "number" }, String(i + 1)),
        element("td", { class: "number" }, number(score)),
        element("td", {}, languageTag(lang[place])),
        element("td", {}, task.labels[label[place]]),
        element("td", { title: id }, ...shownTexts(parts, lang[place]), ...elsewhere(place, i + 1, byGroup)));
      row.hidden = view.only.length > 0 && !view.only.includes(task.languages[lang[place]].code);
      return row;
    });
    find("tbody").replaceChildren(...rows);
  }

  function drawForK() {
    drawShares();
    drawOverlap();
    drawList();
    remember();
  }

  // ---- the view and the address ----------------------------------------------------------------

  function remember() {
    const words = new URLSearchParams({ ...view, only: view.only.join(",") });
    if (!view.only.length) words.delete("only");
    if (location.hash.slice(1) !== words.toString()) history.replaceState(null, "", `#${words}`);
  }

  // The task that was chosen on the page before.
  const handedOn = () => tasks.map(({ name }) => name).find((name) => name === new URLSearchParams(location.search).get("task"));

  // What the address asks for; what it does not say, or this study does not have, stays as it was.
  async function recall() {
    const asked = new URLSearchParams(location.hash.slice(1));
    const name = tasks.some((one) => one.name === asked.get("task")) ? asked.get("task") : view.task || handedOn() || tasks[0].name;
    task = await loadTask(name);
    view.task = name;
    const choose = (key, known, otherwise) => (known.includes(asked.get(key)) ? asked.get(key) : otherwise);
    view.test = choose("test", task.tests.map((test) => test.id), task.tests[0].id);
    view.epoch = choose("epoch", ["sum", ...task.epochs.map(String)], "sum");
    view.role = choose("role", Object.keys(ROLES), "proponents");
    view.k = Math.min(Math.max(Math.round(Number(asked.get("k"))) || task.k, 1), task.kept);
    const codes = task.languages.map((language) => language.code);
    view.only = (asked.get("only") || "").split(",").filter((code) => codes.includes(code));
  }

  let newest = 0; // a slow load must not overwrite what was chosen after it
  async function show() {
    const mine = ++newest;
    root.setAttribute("aria-busy", "true");
    const found = await Promise.all([loadLists(view.task, view.epoch, view.role), load(`${view.task}/texts`)]);
    if (mine !== newest) return;
    [lists, texts] = found;
    drawControls();
    drawTest();
    drawForK();
    for (const part of root.querySelectorAll(".controls, .found")) part.hidden = false;
    find(".message").hidden = true;
    root.setAttribute("aria-busy", "false");
  }

  async function choose(key, value) {
    if (key === "task") {
      const lang = task.languages[task.tests[testIndex()].lang].code;
      task = await loadTask(value);
      const same = task.tests.find((test) => task.languages[test.lang].code === lang) || task.tests[0];
      Object.assign(view, { test: same.id, epoch: "sum", k: task.k, only: [] });
    }
    if (key === "lang") view.test = task.tests.find((test) => test.lang === Number(value)).id;
    else view[key] = value;
    await show();
    find(`[name=${key}]:checked`)?.focus(); // the pills were made anew
  }

  function step(by) {
    const lang = task.tests[testIndex()].lang;
    const ids = task.tests.filter((test) => test.lang === lang).map((test) => test.id);
    return choose("test", ids[(ids.indexOf(view.test) + by + ids.length) % ids.length]);
  }

  function toggle(code) {
    view.only = view.only.includes(code) ? view.only.filter((one) => one !== code) : [...view.only, code];
    drawForK();
    find(`.shares [data-lang="${CSS.escape(code)}"]`).focus();
  }

  function goTo(rank) {
    const row = document.getElementById(`rank-${rank}`);
    if (row.hidden) { view.only = []; drawForK(); }
    document.getElementById(`rank-${rank}`).focus();
  }

  function listen() {
    find("form").addEventListener("submit", (event) => event.preventDefault());
    find("form").addEventListener("change", ({ target }) => guarded(() => choose(target.name, target.value)));
    find("[name=previous]").addEventListener("click", () => guarded(() => step(-1)));
    find("[name=next]").addEventListener("click", () => guarded(() => step(1)));
    find("[name=k]").addEventListener("input", ({ target }) => { view.k = Number(target.value); drawForK(); });
    root.addEventListener("click", (event) => {
      const button = event.target.closest("[data-lang]"), link = event.target.closest("[data-rank]");
      if (button) toggle(button.dataset.lang);
      if (link) { event.preventDefault(); goTo(link.dataset.rank); }
    });
    for (const kind of ["mouseover", "focusin"])
      find("tbody").addEventListener(kind, (event) => {
        const group = event.target.closest("tr")?.dataset.group;
        for (const row of find("tbody").rows) row.classList.toggle("same", task.parallel && row.dataset.group === group);
      });
    window.addEventListener("hashchange", () => guarded(async () => { await recall(); await show(); }));
  }

  // Whatever fails is said on the page.
  async function guarded(action) {
    try { await action(); } catch (error) { Object.assign(find(".message"), { hidden: false, textContent: error.message }); }
  }

  document.addEventListener("DOMContentLoaded", () => {
    root = document.getElementById("explorer");
    if (root) guarded(async () => {
      tasks = await load("tasks");
      if (!tasks.length) throw new Error("These results hold no scores (influence.zarr) to explore.");
      await recall();
      listen();
      await show();
    });
  });
})();
