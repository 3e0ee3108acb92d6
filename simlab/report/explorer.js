// The chart that a reader steers: choices beside one chart, which is drawn anew at each choice.

const FIRST_CURVES = 12;
const MOST_CURVES = 20;
const MOST_OTHERS = 6;
const ITEMS = [10, 20, 50, 100, 200, 500, 1e3, 2e3, 5e3, 1e4, 1e5, 1e6];

class Explorer {
  constructor(root) {
    this.explore = DATA.explore;
    const part = (name) => root.querySelector(name);
    [this.plots, this.main, this.beside] = [".plots", ".main", ".beside"].map(part);
    [this.status, this.others, this.details] = ["[role=status]", ".others", "details"].map(part);
    [this.form, this.straight] = ["form", ".straight"].map(part);
    this.metric = this.explore.start;
    this.kind = this.explore.axis;
    this.x = null; // the kind of scale decides until the reader does
    this.y = "linear";
    this.logLog = false;
    this.items = null;
    this.drawn = 0;
    this.firstPicked();
    this.buildControls();
    this.details.addEventListener("toggle", () => fillTable(this.details, this.plot));
    this.choose();
    let width = this.plots.clientWidth;
    new ResizeObserver(() => {
      if (Math.abs(this.plots.clientWidth - width) < 2) return;
      width = this.plots.clientWidth;
      this.draw();
    }).observe(this.plots);
  }

  /** All values of a factor while the curves stay few, else the value to start with. */
  firstPicked() {
    const { factors } = this.explore;
    this.picked = factors.map(({ start }) => new Set([start]));
    factors.forEach(({ values, kind }, i) => {
      if (kind === "list") return;
      const before = this.picked[i];
      this.picked[i] = new Set(values.keys());
      const drawn = new Set(this.matching(this.picked).map(({ hue }) => hue));
      if (drawn.size > FIRST_CURVES) this.picked[i] = before;
    });
  }

  buildControls() {
    const { factors, metrics, axes } = this.explore;
    const add = (control) => { this.form.append(control.node); return control; };
    if (metrics.length === 1) {
      this.metricChoice = add({
        node: group("Metric", element("p", { textContent:
          `${this.metricName(metrics[0])}. The table has no other metric to swap it with.` })),
        enable: () => {}, set: () => {},
      });
    } else {
      this.metricChoice = add(choice({
        title: "Metric", values: metrics.map((m) => this.metricName(m)),
        kind: metrics.length > 6 ? "list" : "radio", chosen: [this.metric],
        changed: ([i]) => { this.metric = i; this.draw(); },
      }));
    }
    const kinds = Object.keys(axes);
    if (kinds.length > 1) {
      add(choice({
        title: "Scale", values: kinds.map((kind) => axes[kind].title), kind: "radio",
        chosen: [kinds.indexOf(this.kind)],
        changed: ([i]) => { this.kind = kinds[i]; this.choose(); },
      }));
    }
    this.factorChoices = factors.map((factor, i) => add(this.factorChoice(factor, i)));
    this.xChoice = add(choice({
      title: "Scale axis", values: ["log", "linear"], kind: "radio", chosen: [],
      changed: ([i]) => { this.x = ["log", "linear"][i]; this.draw(); },
    }));
    this.yChoice = add(choice({
      title: "Score axis", values: ["log", "linear"], kind: "radio", chosen: [1],
      changed: ([i]) => { this.y = ["log", "linear"][i]; this.draw(); },
    }));
    if (metrics.some(({ share }) => share)) this.addShareControls(add);
  }

  factorChoice({ name, values, kind, start }, i) {
    const picked = [...this.picked[i]];
    if (kind === "slider") {
      return slider({
        title: name, values, start: picked.length > 1 ? null : start, all: "all at once",
        changed: (stop) => {
          this.picked[i] = new Set(stop === null ? values.keys() : [stop]);
          this.choose();
        },
      });
    }
    return choice({
      title: name, values, kind: kind === "list" ? "list" : "checkbox", chosen: picked,
      changed: (chosen) => { this.picked[i] = chosen; this.choose(); },
    });
  }

  /** What only a share of items has: ln(-ln), and the intervals of other numbers of items. */
  addShareControls(add) {
    const beside = toggle({
      title: "ln(−ln score) beside it", checked: false,
      changed: (on) => { this.logLog = on; this.draw(); },
    });
    this.logLogChoice = add({ node: group("Coordinate", beside.node), input: beside.input });
    if (!this.explore.metrics.some(({ items }) => items)) return;
    this.itemsChoice = add(slider({
      title: "Test items", start: 0,
      values: ["as measured", ...ITEMS.map((n) => count(n, "item"))],
      changed: (stop) => { this.items = stop === 0 ? null : ITEMS[stop - 1]; this.draw(); },
    }));
  }

  metricName({ name, lower }) {
    return lower ? `${name} (lower is better)` : name;
  }

  /** Curves that fit these choices and have a place on the axis of scale. */
  matching(picked) {
    const { regrouped } = this.explore.axes[this.kind];
    return this.explore.curves.filter((curve) =>
      (regrouped ? curve.axis === this.kind
        : !curve.axis && (curve.kind === this.kind || COLUMNS.has(this.kind)))
      && curve.at.every((value, i) => value === null || picked[i].has(value)));
  }

  /**
   * After a choice: offer what the choices above it leave, and keep to something that is there.
   *
   * A curve without a place in a factor stays whatever is chosen there.
   */
  choose() {
    const { factors } = this.explore;
    const every = factors.map(({ values }) => new Set(values.keys()));
    let left = this.matching(every);
    this.factorChoices.forEach((control, i) => {
      const open = new Set(left.map(({ at }) => at[i]).filter((value) => value !== null));
      control.enable((value) => open.size === 0 || open.has(value));
      control.node.hidden = open.size < 2; // nothing to choose; the words below the chart tell it
      const picked = [...this.picked[i]];
      if (open.size > 0 && picked.length > 0 && !picked.some((value) => open.has(value))) {
        this.picked[i] = new Set([Math.min(...open)]);
        control.set(Math.min(...open));
      }
      left = left.filter(({ at }) => at[i] === null || this.picked[i].has(at[i]));
    });
    const open = new Set(this.matching(this.picked).map(({ metric }) => metric));
    this.metricChoice.enable((i) => open.size === 0 || open.has(i));
    if (open.size > 0 && !open.has(this.metric)) {
      this.metric = Math.min(...open);
      this.metricChoice.set(this.metric);
    }
    this.draw();
  }

  async draw() {
    const turn = ++this.drawn;
    const matching = this.matching(this.picked);
    const fitting = matching.filter(({ metric }) => metric === this.metric);
    const curves = named(fitting.slice(0, MOST_CURVES));
    const axis = { ...this.explore.axes[this.kind], kind: this.kind };
    const metric = this.explore.metrics[this.metric];
    const x = this.x ?? (axis.log ? "log" : "linear");
    this.xChoice.set(x === "log" ? 0 : 1);
    this.offer(metric);
    const [two, width] = [this.logLog && metric.share, this.plots.clientWidth];
    const wide = two && width > 640 ? (width - 16) / 2 : width;
    const items = metric.items ? this.items : null;
    const options = { x, width: wide, ghosts: this.ghosts(), items };
    this.plot = new Plot(curves, metric, axis, { ...options, y: this.y });
    const beside = two &&
      new Plot(curves, metric, axis, { ...options, x: axis.log ? "log" : x, y: "loglog" });
    this.say(fitting, curves, beside);
    fillTable(this.details, this.plot);
    this.plots.classList.toggle("two", wide < width);
    this.beside.hidden = this.straight.hidden = !two;
    const jobs = [show(this.main, this.plot, "explored")];
    if (beside) jobs.push(show(this.beside, beside, "loglog"));
    await Promise.all(jobs);
    if (turn !== this.drawn) return;
    await this.drawOthers(matching, axis, { ...options, width: width < 480 ? 150 : 200, ghosts: [], y: "linear" }, turn);
    if (turn === this.drawn) this.main.dataset.drawn = turn;
  }

  /** Close the controls that say nothing about a metric. */
  offer({ share, items }) {
    if (this.logLogChoice) this.logLogChoice.node.disabled = !share;
    if (this.itemsChoice) this.itemsChoice.node.disabled = !items;
  }

  /** The same curves under the other metrics, small; a button swaps one for the large one. */
  async drawOthers(matching, axis, options, turn) {
    const { metrics } = this.explore;
    const found = metrics.flatMap((metric, i) => {
      const curves = matching.filter((curve) => i !== this.metric && curve.metric === i);
      return curves.length ? [{ metric, i, curves: named(curves.slice(0, MOST_CURVES)) }] : [];
    });
    const made = [];
    let back = null;
    for (const { metric, i, curves } of found.slice(0, MOST_OTHERS)) {
      const button = element("button", { type: "button", textContent: this.metricName(metric) });
      button.addEventListener("click", () => {
        this.swapped = this.metric;
        this.metric = i;
        this.metricChoice.set(i);
        this.draw();
      });
      const target = element("div", { className: "small" });
      const items = metric.items ? options.items : null;
      await show(target, new Plot(curves, metric, axis, { ...options, items, small: true }), "");
      if (turn !== this.drawn) return;
      made.push(element("div", {}, button, target));
      if (i === this.swapped) back = button;
    }
    const title = element("p", { textContent: "The same curves under other metrics; a name swaps one in:" });
    const focused = this.others.contains(document.activeElement);
    const none = element("p", { textContent: "These curves have no other metric to swap in." });
    this.others.replaceChildren(
      ...(made.length ? [title, ...made] : metrics.length > 1 ? [none] : []));
    if (focused) back?.focus(); // a second press swaps the metrics again
  }

  /** Curves of the other stops of sliders, to be drawn faintly behind. */
  ghosts() {
    const { factors, curves } = this.explore;
    const freed = factors.map(({ kind, values }, i) =>
      (kind === "slider" ? new Set(values.keys()) : this.picked[i]));
    const shown = new Set(this.matching(this.picked));
    const others = this.matching(freed).filter((c) => c.metric === this.metric && !shown.has(c));
    return others.length > MOST_CURVES
      ? [] : others.map((curve) => ({ ...curve, name: String(curves.indexOf(curve)) }));
  }

  say(fitting, curves, beside) {
    const said = [];
    if (fitting.length > curves.length) {
      said.push(`Showing the first ${curves.length} of ${fitting.length} chosen curves.`);
    }
    said.push(...shared(curves), ...this.plot.said, ...audited(curves));
    const lost = beside ? beside.said.filter((text) => text.includes("ln(−ln)")) : [];
    this.status.textContent = [...said, ...lost].join(" ");
  }
}

/** Draw a plot in a place of the page; a place without a plot is emptied. */
async function show(target, plot, name) {
  if (plot.isEmpty) await clear(target);
  else await embed(target, plot.spec(), name);
}
