// The chart that a reader steers: choices on the left, one chart, drawn anew at each choice.

const FIRST_CURVES = 12;
const MOST_CURVES = 20;

/** A group of check boxes, radio buttons, or one list; `changed` is told the chosen indices. */
function choice({ title, values, kind, chosen, changed }) {
  const picked = new Set(chosen);
  if (kind === "list") {
    const list = element("select", { id: `choice-${title}` });
    values.forEach((value, i) => list.append(element("option", { value: i, textContent: value })));
    list.value = chosen[0];
    list.addEventListener("change", () => changed(new Set([Number(list.value)])));
    const label = element("label", { htmlFor: list.id, textContent: title });
    return {
      node: element("div", { className: "choice" }, label, list),
      enable: (open) => [...list.options].forEach((o, i) => (o.disabled = !open(i))),
      set: (i) => (list.value = i),
    };
  }
  const inputs = values.map((_, i) => {
    const input = element("input", {
      type: kind, name: `choice-${title}`, value: i, checked: picked.has(i),
    });
    input.addEventListener("change", () => {
      if (kind === "radio") picked.clear();
      if (input.checked) picked.add(i);
      else picked.delete(i);
      changed(new Set(picked));
    });
    return input;
  });
  const labels = inputs.map((input, i) => element("label", {}, input, values[i]));
  return {
    node: element("fieldset", { className: "choice" },
      element("legend", { textContent: title }), ...labels),
    enable: (open) => inputs.forEach((input, i) => (input.disabled = !open(i))),
    set: (i) => { picked.clear(); picked.add(i); inputs.forEach((p, k) => (p.checked = k === i)); },
  };
}

function heading(name) {
  return name === "scale_kind" ? "Kind of scale" : name[0].toUpperCase() + name.slice(1);
}

class Explorer {
  constructor(root) {
    this.explore = DATA.explore;
    this.chart = root.querySelector(".chart");
    this.status = root.querySelector("[role=status]");
    this.controls = root.querySelector("form");
    this.metric = this.explore.start;
    this.x = null; // the kind of scale decides until the reader does
    this.y = "linear";
    this.drawn = 0;
    this.firstPicked();
    this.buildControls();
    this.choose();
    let width = this.chart.clientWidth;
    new ResizeObserver(() => {
      if (Math.abs(this.chart.clientWidth - width) < 2) return;
      width = this.chart.clientWidth;
      this.draw();
    }).observe(this.chart);
  }

  /** All values of a factor while the curves stay few, else the value to start with. */
  firstPicked() {
    const { factors, curves } = this.explore;
    this.picked = factors.map(({ start }) => new Set([start]));
    factors.forEach(({ values, single }, i) => {
      if (single) return;
      const before = this.picked[i];
      this.picked[i] = new Set(values.keys());
      const drawn = new Set(curves.filter((c) => this.matching(c)).map(({ hue }) => hue));
      if (drawn.size > FIRST_CURVES) this.picked[i] = before;
    });
  }

  buildControls() {
    const { factors, metrics } = this.explore;
    const names = metrics.map(({ name, lower }) => (lower ? `${name} (lower is better)` : name));
    this.metricChoice = choice({
      title: "Metric", values: names, kind: names.length > 6 ? "list" : "radio", chosen: [this.metric],
      changed: (chosen) => { [this.metric] = chosen; this.draw(); },
    });
    this.controls.append(this.metricChoice.node);
    this.factorChoices = factors.map(({ name, values, single }, i) => choice({
      title: heading(name),
      values, kind: single ? "list" : "checkbox", chosen: [...this.picked[i]],
      changed: (chosen) => { this.picked[i] = chosen; this.choose(); },
    }));
    this.controls.append(...this.factorChoices.map(({ node }) => node));
    const axes = ["log", "linear"];
    this.xChoice = choice({
      title: "Scale axis", values: axes, kind: "radio", chosen: [],
      changed: ([i]) => { this.x = axes[i]; this.draw(); },
    });
    this.yChoice = choice({
      title: "Score axis", values: axes, kind: "radio", chosen: [1],
      changed: ([i]) => { this.y = axes[i]; this.draw(); },
    });
    this.controls.append(this.xChoice.node, this.yChoice.node);
  }

  matching(curve) {
    return curve.at.every((value, i) => this.picked[i].has(value));
  }

  /** After a choice: offer what the choices above it leave, and keep to something that is there. */
  choose() {
    let left = this.explore.curves;
    this.factorChoices.forEach((control, i) => {
      const open = new Set(left.map(({ at }) => at[i]));
      control.enable((value) => open.size === 0 || open.has(value));
      const picked = [...this.picked[i]];
      if (open.size > 0 && picked.length > 0 && !picked.some((value) => open.has(value))) {
        this.picked[i] = new Set([Math.min(...open)]);
        control.set(Math.min(...open));
      }
      left = left.filter(({ at }) => this.picked[i].has(at[i]));
    });
    const open = new Set(
      this.explore.curves.filter((c) => this.matching(c)).map(({ metric }) => metric));
    this.metricChoice.enable((i) => open.size === 0 || open.has(i));
    if (open.size > 0 && !open.has(this.metric)) {
      this.metric = Math.min(...open);
      this.metricChoice.set(this.metric);
    }
    this.draw();
  }

  async draw() {
    const turn = ++this.drawn;
    const fitting = this.explore.curves.filter(
      (curve) => curve.metric === this.metric && this.matching(curve));
    const curves = fitting.slice(0, MOST_CURVES);
    const axis = this.explore.axes[(curves[0] ?? this.explore.curves[0]).kind];
    const x = this.x ?? (axis.log ? "log" : "linear");
    this.xChoice.set(x === "log" ? 0 : 1);
    const plot = new Plot(this.named(curves), this.explore.metrics[this.metric], axis, {
      x, y: this.y, width: this.chart.clientWidth,
    });
    const said = [];
    if (fitting.length > curves.length) {
      said.push(`Showing the first ${curves.length} of ${fitting.length} chosen curves.`);
    }
    said.push(...this.shared(curves), ...plot.said);
    this.status.textContent = said.join(" ");
    this.chart.replaceChildren();
    this.view?.finalize();
    this.view = null;
    if (plot.isEmpty) {
      this.chart.dataset.drawn = turn;
      return;
    }
    const view = await embed(this.chart, plot.spec(), "explored");
    if (turn !== this.drawn) view.finalize();
    else {
      this.view = view;
      this.chart.dataset.drawn = turn;
    }
  }

  /** What all drawn curves have in common, for a reader who cannot see the choices: on paper. */
  shared(curves) {
    return this.explore.factors.flatMap(({ name, values }, i) => {
      const at = new Set(curves.map((curve) => curve.at[i]));
      return at.size === 1 ? [`${heading(name)}: ${values[[...at][0]]}.`] : [];
    });
  }

  /** Name and colour the curves by the factors in which they differ. */
  named(curves) {
    const { factors, hues } = this.explore;
    const differ = [...factors.keys()].filter(
      (i) => new Set(curves.map((curve) => curve.at[i])).size > 1);
    const telling = differ.find( // one factor that tells all curves apart keeps its colours
      (i) => new Set(curves.map((curve) => curve.at[i])).size === curves.length);
    const told = new Set(curves.map(({ hue }) => hue % hues.length)).size === curves.length;
    const taken = new Map(); // null and the word that stands for it would share a name
    const unlike = (name) => {
      taken.set(name, (taken.get(name) ?? 0) + 1);
      return taken.get(name) === 1 ? name : `${name} (${taken.get(name)})`;
    };
    return curves.map((curve, k) => ({
      ...curve,
      name: unlike(differ.map((i) => factors[i].values[curve.at[i]]).join(" · ")),
      colour: telling === undefined
        ? hues[(told ? curve.hue : k) % hues.length] : factors[telling].colours[curve.at[telling]],
    }));
  }
}
