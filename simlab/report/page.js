// What the page does beside its chart: draws the figures, sorts the tables, hands out the data.

const views = new WeakMap();
const turns = new WeakMap();
const DATA_OF_SPEC = new Set(["data", "datasets"]);

/**
 * Draw a Vega-Lite specification without eval and without the link to an outside editor.
 *
 * It takes the place of what `target` held when it is ready, unless a later drawing came first.
 */
async function embed(target, spec, name) {
  const turn = (turns.get(target) ?? 0) + 1;
  turns.set(target, turn);
  const node = document.createElement("div");
  // The chart is described as a whole; its hundred marks would each be announced without a name.
  const config = { ...spec.config, mark: { ...spec.config?.mark, aria: false } };
  const view = await vegaEmbed(node, { ...spec, config }, {
    mode: "vega-lite",
    renderer: "svg",
    ast: true,
    logLevel: 1, // errors only: a panel without, say, chance would warn of an empty extent
    downloadFileName: name,
    actions: name !== "" &&
      { export: { png: true, svg: true }, source: false, compiled: false, editor: false },
  });
  if (turns.get(target) !== turn) {
    view.finalize();
    return;
  }
  node.querySelector("summary")?.setAttribute("aria-label", "Save the chart");
  views.get(target)?.finalize();
  views.set(target, view);
  target.replaceChildren(node);
}

/** Empty the place of a drawing. */
async function clear(target) {
  turns.set(target, (turns.get(target) ?? 0) + 1);
  views.get(target)?.finalize();
  views.delete(target);
  target.replaceChildren();
}

/**
 * Fit a figure to a width: fewer panels side by side, a narrower single panel, a folded legend.
 *
 * `usermeta` may say how wide a panel is with its axis and its names, or what margin a chart needs.
 */
function fitted(spec, width) {
  const legend = {
    ...spec.config?.legend,
    columns: Math.max(1, Math.floor(width / 170)),
    ...(width < 600 && { orient: "bottom" }), // there is no room beside the chart
  };
  return { ...folded(spec, width), config: { ...spec.config, legend } };
}

/** The width of a chart without its axes; NaN where it has none of its own. */
function widthOf({ width, vconcat, hconcat }) {
  if (vconcat) return Math.max(...vconcat.map(widthOf));
  if (hconcat) return hconcat.map(widthOf).reduce((sum, wanted) => sum + wanted + 50);
  return typeof width === "number" ? width : NaN;
}

function folded(spec, width) {
  const { panel_width: panel, margin = 80 } = spec.usermeta ?? {};
  const narrow = (wanted) => Math.max(120, Math.min(wanted, width - margin));
  const fit = (wanted) => Math.max(1, Math.floor((width - 40) / wanted));
  if (spec.vconcat) return { ...spec, vconcat: spec.vconcat.map((part) => folded(part, width)) };
  if (spec.hconcat) {
    const widths = spec.hconcat.map((part) => widthOf(part) + 50);
    const total = widths.reduce((sum, wanted) => sum + wanted, 0);
    if (!(total > width)) return spec; // also where a part has no width of its own
    const { hconcat, ...rest } = spec;
    const columns = Math.min(hconcat.length - 1, fit(Math.max(...widths)));
    return { ...rest, concat: hconcat.map((part) => folded(part, width)), columns };
  }
  if (spec.columns && typeof spec.spec?.width === "number") {
    const columns = Math.min(spec.columns, fit(panel ?? spec.spec.width + 45));
    return { ...spec, columns, spec: { ...spec.spec, width: panel ? spec.spec.width : narrow(spec.spec.width) } };
  }
  return typeof spec.width === "number" ? { ...spec, width: narrow(spec.width) } : spec;
}

/** Draw a figure, and draw it again where another width asks for another layout. */
async function drawFigure(node) {
  const spec = JSON.parse(node.querySelector("script").textContent);
  spec.description ??= node.getAttribute("aria-label");
  const target = node.querySelector(".chart");
  let shown = null;
  const draw = async () => {
    const wanted = fitted(spec, target.clientWidth);
    const layout = JSON.stringify(wanted, (name, held) => (DATA_OF_SPEC.has(name) ? null : held));
    if (layout === shown) return;
    shown = layout;
    await embed(target, wanted, node.dataset.name);
  };
  await draw();
  new ResizeObserver(draw).observe(target);
}

function sortBy(table, column, heading) {
  const rising = heading.getAttribute("aria-sort") !== "ascending";
  table.querySelectorAll("th").forEach((th) => th.removeAttribute("aria-sort"));
  heading.setAttribute("aria-sort", rising ? "ascending" : "descending");
  const key = (row) => {
    const { dataset, textContent } = row.cells[column];
    return dataset.value === undefined ? textContent : Number(dataset.value);
  };
  const rows = [...table.tBodies[0].rows];
  rows.sort((a, b) => {
    const [u, v] = [key(a), key(b)];
    if (u === "" || v === "") return (u === "") - (v === ""); // empty ones last, either way
    const order = typeof u === "number" && typeof v === "number"
      ? u - v : String(u).localeCompare(String(v), "en", { numeric: true });
    return rising ? order : -order;
  });
  table.tBodies[0].append(...rows);
}

for (const table of document.querySelectorAll("table.sortable")) {
  [...table.tHead.rows[0].cells].forEach((th, column) =>
    th.querySelector("button").addEventListener("click", () => sortBy(table, column, th)));
}
document.getElementById("download").addEventListener("click", () => {
  const url = URL.createObjectURL(new Blob([csv()], { type: "text/csv" }));
  element("a", { href: url, download: "scores.csv" }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
});
const explorer = document.getElementById("explore");
if (explorer) new Explorer(explorer);
document.querySelectorAll("figure.spec").forEach(drawFigure);
