// Draws the figures of a page, switches between tasks, quotes pages in search results. plotly.js is
// loaded when first needed.
"use strict";

(() => {
  const beside = (name) => new URL(name, document.currentScript.src).href;
  const library = beside("plotly.min.js"), texts = beside("search_texts.js");
  const figures = () => [...document.querySelectorAll(".figure-json")];
  const drawn = () => figures().map((holder) => holder.querySelector(".js-plotly-plot")).filter(Boolean);
  const ink = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const narrow = window.matchMedia("(max-width: 575.98px)");
  const buttons = [["toImage", "zoom2d", "pan2d", "resetScale2d"]]; // of the many, those of use

  // The page's colours, as changes to a figure's layout: figures bring none of their own.
  function look(figure) {
    const text = ink("--pst-color-text-base"), grid = ink("--pst-color-border");
    const surface = ink("--pst-color-surface"), clear = "rgba(0,0,0,0)";
    const changes = {
      paper_bgcolor: clear, plot_bgcolor: clear, "font.color": text, "font.family": ink("--pst-font-family-base"),
      "hoverlabel.bgcolor": surface, "hoverlabel.bordercolor": grid, "hoverlabel.font.color": text,
      "modebar.color": grid, "modebar.activecolor": text, "modebar.bgcolor": clear, "legend.bgcolor": clear,
    };
    for (const axis of Object.keys(figure._fullLayout).filter((key) => /^[xy]axis\d*$/.test(key)))
      for (const line of ["gridcolor", "linecolor", "tickcolor"]) changes[`${axis}.${line}`] = grid;
    // a map's cells that say nothing take the page's colour
    const { colorscale: scale } = figure.layout.coloraxis || {}, { pale } = figure.layout.meta || {};
    if (scale) changes["coloraxis.colorscale"] = scale.map(([at, colour]) => [at, at === pale ? surface : colour]);
    for (const i of figure.frames) changes[`shapes[${i}].line.color`] = text;
    for (const kind of ["updatemenus", "sliders"])
      (figure.layout[kind] || []).forEach((_, i) => {
        changes[`${kind}[${i}].bgcolor`] = surface; changes[`${kind}[${i}].bordercolor`] = grid;
      });
    return changes;
  }

  // On a phone: two panels side by side go one below the other; rows of them stay, and fit.
  function fit(layout) {
    layout.font = { ...layout.font, size: 11 };
    const axes = Object.keys(layout).filter((key) => /^xaxis\d*$/.test(key) && layout[key].domain);
    const columns = new Set(axes.map((key) => layout[key].domain[0])).size;
    if (axes.length === 2 && columns === 2) stack(layout);
  }

  function stack(layout) {
    layout.height = 1.7 * (layout.height || 450);
    const part = 0.5 - 60 / layout.height; // of a panel; between the two, room for an axis and a title
    Object.assign(layout.xaxis, { domain: [0, 1] });
    Object.assign(layout.xaxis2, { domain: [0, 1] });
    Object.assign(layout.yaxis, { domain: [1 - part, 1] });
    Object.assign(layout.yaxis2, { domain: [0, part], showticklabels: true, title: layout.yaxis.title });
    for (const title of layout.annotations || [])
      if (title.yref === "paper" && title.y >= 0.99) Object.assign(title, { x: 0.5, y: title.x > 0.5 ? part : 1 });
    if (layout.legend?.y < 0) layout.legend.y /= 1.7;
  }

  const arrived = {}; // each script's one loading
  const load = (src) => (arrived[src] ??= new Promise((done, failed) => {
    document.head.append(Object.assign(document.createElement("script"), { src, onload: done, onerror: failed }));
  }));

  let queue = Promise.resolve(); // one figure after the other
  const next = (action) => (queue = queue.catch(() => {}).then(action));

  function draw(holder) {
    if (holder.dataset.drawn) return;
    holder.dataset.drawn = "partly";
    next(() => plot(holder));
  }

  async function plot(holder) {
    await load(library);
    const { data, layout } = JSON.parse(holder.querySelector("script").textContent);
    const figure = document.createElement("div");
    holder.appendChild(figure);
    if (narrow.matches) fit(layout);
    figure.frames = (layout.shapes || []).flatMap((shape, i) => (shape.line?.color ? [] : [i])); // in the text's colour
    const config = { displaylogo: false, modeBarButtons: buttons, showSendToCloud: false };
    await Plotly.newPlot(figure, data, layout, { ...config, displayModeBar: narrow.matches ? false : "hover" });
    await Plotly.relayout(figure, look(figure));
    if (holder.scrollWidth > holder.clientWidth) holder.tabIndex = 0; // scrolls by its keys
    else holder.removeAttribute("tabindex");
    holder.dataset.drawn = "whole";
  }

  // A figure is as wide as its place: in a smaller window, beside a sidebar that opens.
  function widen(holder) {
    const figure = holder.querySelector(".js-plotly-plot");
    const stale = holder.dataset.drawn === "whole" && holder.offsetParent && !figure.layout.width;
    if (stale && Math.abs(figure._fullLayout.width - holder.getBoundingClientRect().width) >= 1) return Plotly.relayout(figure, { autosize: true });
  }

  const drawVisible = () => figures().filter((holder) => holder.offsetParent).forEach(draw);

  // A phone that is turned: figures are laid out anew.
  function drawAgain() {
    next(() => drawn().forEach((figure) => {
      delete figure.parentElement.dataset.drawn;
      Plotly.purge(figure);
      figure.remove();
    }));
    next(drawVisible);
  }

  // Figures are drawn when they come near the view; a hidden panel's when it is chosen.
  function watchFigures() {
    const near = new IntersectionObserver(
      (entries) => entries.filter((entry) => entry.isIntersecting).forEach((entry) => draw(entry.target)),
      { rootMargin: "600px" },
    );
    const widths = new ResizeObserver((entries) => entries.forEach(({ target }) => next(() => widen(target))));
    figures().forEach((holder) => { near.observe(holder); widths.observe(holder); });
    new MutationObserver(() => recolour()).observe(document.documentElement, { attributeFilter: ["data-theme"] });
    narrow.addEventListener("change", drawAgain);
    window.addEventListener("load", () => setTimeout(drawVisible, 200)); // the rest: print shows them too
    watchPrinter();
  }

  const recolour = (changes) => drawn().forEach((figure) => Plotly.relayout(figure, { ...look(figure), ...changes }));

  // Paper is light and narrow, whatever the screen is.
  function watchPrinter() {
    const root = document.documentElement.dataset;
    let theme;
    window.addEventListener("beforeprint", () => { theme = root.theme; root.theme = "light"; recolour({ width: 640 }); });
    window.addEventListener("afterprint", () => { root.theme = theme; recolour({ width: null, autosize: true }); });
  }

  // One choice of task holds for every figure and table of the page, and for the pages after it.
  function show(task) {
    for (const group of document.querySelectorAll(".task-switch")) {
      const choice = group.querySelector(`input[value="${task}"]`);
      if (!choice) continue;
      choice.checked = true;
      for (const panel of group.parentElement.querySelectorAll(":scope > .task-panel"))
        panel.classList.toggle("put-away", panel.dataset.task !== task);
    }
  }

  function watchSwitches() {
    const groups = [...document.querySelectorAll(".task-switch")];
    groups.forEach((group) => show(group.querySelector("input").value));
    if (chosen()) show(chosen());
    document.addEventListener("change", ({ target }) => {
      if (!target.matches(".task-switch input, .explorer input[name=task]")) return;
      history.replaceState(null, "", `?task=${encodeURIComponent(target.value)}${location.hash}`);
      show(target.value);
      drawVisible();
    });
    for (const press of ["click", "auxclick", "contextmenu"]) document.addEventListener(press, handOn, true);
  }

  // The address holds the choice, since pages opened from a disk need not share a storage.
  const chosen = () => new URLSearchParams(location.search).get("task");

  function handOn({ target }) {
    const link = target.closest?.("a[href]");
    if (!chosen() || !link || link.host !== location.host || !link.pathname.endsWith(".html")) return;
    const words = new URLSearchParams(link.search);
    words.set("task", chosen());
    link.search = words;
  }

  // A found page is quoted around the first word that was searched for.
  function quote(text, words) {
    const lower = text.toLowerCase();
    const places = words.map((word) => lower.indexOf(word)).filter((place) => place >= 0);
    const start = Math.max(Math.min(...places, text.length) - 100, 0);
    const first = places.length ? text.indexOf(" ", start) + 1 : 0;
    const end = text.indexOf(" ", first + 240);
    return `${start && first ? "… " : ""}${text.slice(start ? first : 0, end < 0 ? undefined : end)}${end < 0 ? "" : " …"}`;
  }

  async function watchSearch() {
    const results = document.querySelector("#search-results");
    if (!results) return;
    await load(texts);
    const asked = (new URLSearchParams(location.search).get("q") || "").toLowerCase().split(/\s+/).filter(Boolean);
    const root = new URL(document.documentElement.dataset.content_root, location.href).pathname;
    const complete = () => results.querySelectorAll("li:not(:has(.context)) > a").forEach((link) => {
      const page = link.pathname.slice(root.length).replace(/\.html$/, "");
      const said = Object.assign(document.createElement("p"), { className: "context" });
      said.textContent = quote(window.searchTexts[page] || "", asked);
      link.parentElement.append(said);
    });
    new MutationObserver(complete).observe(results, { childList: true, subtree: true });
    complete();
  }

  document.addEventListener("DOMContentLoaded", () => { watchSwitches(); watchFigures(); watchSearch(); });
})();
