// One chart: where its marks stand, and the Vega-Lite specification around them.

const GREY = "#6b7280";
const GHOST = "#c3c8d0";
const LARGE = "replace(format(datum.value, '~s'), 'G', 'B')";

/**
 * The chart of some curves under one metric, on axes that a reader chose.
 *
 * `y` is "linear", "log" or "loglog", ln(-ln score); `ghosts` are curves drawn faintly behind;
 * `items` is a number of test items whose intervals and resolution are drawn, or null; `small`
 * leaves out names and tooltips.
 */
class Plot {
  constructor(curves, metric, axis, { x, y, width, ghosts = [], items = null, small = false }) {
    Object.assign(this, { metric, axis, items, small, log: { x: x === "log", y: y === "log" } });
    this.isLogLog = y === "loglog";
    this.height = small ? 120 : Math.max(220, Math.min(380, 0.6 * width));
    this.rows = [];
    this.levels = new Set();
    this.table = [];
    this.zeros = 0;
    let [points, noX, noY] = [0, 0, 0];
    const fits = ({ x, y }) => (!this.log.x || x > 0) && y !== null && (!this.log.y || y > 0);
    ghosts.forEach((curve) => {
      this.means(this.points(curve), fits).forEach(
        ({ x, y }) => this.rows.push({ kind: "ghost", curve: `ghost ${curve.name}`, x, y }));
    });
    this.curves = curves.filter((curve) => {
      const all = this.points(curve);
      const kept = all.filter(fits);
      points += kept.length;
      noX += all.filter(({ x }) => this.log.x && x <= 0).length;
      noY += all.filter(({ x, y }) => (!this.log.x || x > 0) && !fits({ x, y })).length;
      if (items) this.zeros += kept.filter(({ raw }) => readsZero(raw, items)).length;
      if (kept.length > 0) this.addCurve(curve, kept, this.means(all, fits), fits);
      this.table.push(...kept);
      return kept.length > 0;
    });
    this.isEmpty = this.curves.length === 0;
    this.said = [`${count(points, "score")} on ${count(this.curves.length, "curve")}.`];
    if (noX) this.said.push(`${count(noX, "score")} at scale 0 left out: a log axis has no 0.`);
    if (noY && this.isLogLog) {
      this.said.push(`${count(noY, "score")} of exactly 0 or 1 left out: ln(−ln) has no place for them.`);
    } else if (noY) {
      this.said.push(`${count(noY, "score")} at or below 0 left out: a log axis has no place for them.`);
    }
    if (items && !this.isEmpty) {
      this.said.push(`On ${count(items, "item")} a score moves in steps of 1/n = ${short(1 / items)}; ` +
        `${this.zeros} of ${count(points, "score")} would more likely than not read exactly 0.`);
    }
    if (curves.length === 0) this.said = ["No score fits this choice."];
    if (!this.isEmpty) this.layOut(width);
  }

  points(curve) {
    const found = curve.rows.map((row) => this.point(curve, row)).filter(({ x }) => x !== null);
    return found.sort((a, b) => a.x - b.x);
  }

  point(curve, row) {
    const [own, score, items, seed] =
      ["scale", "score", "n_items", "seed"].map((name) => cell(name, row));
    const x = curve.kind === this.axis.kind ? own : numeric(cell(this.axis.kind, row));
    const onItems = this.metric.share && score >= 0 && score <= 1 ? this.items ?? items : null;
    let [low, high] = [cell("low", row), cell("high", row)];
    if (this.items || low === null || high === null) {
      [low, high] = onItems ? wilson(score, onItems) : [null, null];
    }
    const along = (value) => (value === null || !this.isLogLog ? value : logLog(value));
    return {
      curve: curve.name, full: curve.full, x, y: along(score), raw: score, low: along(low), high: along(high), ends: [low, high],
      expected: along(cell("expected", row)), chance: along(cell("chance", row)),
      model: cell("model", row), scale: x === null ? "" : scaleText(x),
      ...(items === null ? {} : { items: items.toLocaleString("en") }),
      ...(seed === null ? {} : { seed: String(seed) }),
      ...(low === null || high === null ? {} : { interval: `${short(low)} to ${short(high)}` }),
    };
  }

  /** The mean score at each scale, along the axis of scores. */
  means(points, fits) {
    const mean = means(points.map(({ x, raw }) => ({ x, y: raw })));
    return mean.map(({ x, y }) => ({ x, y: this.isLogLog ? logLog(y) : y, raw: y })).filter(fits);
  }

  addCurve(curve, kept, mean, fits) {
    const add = (kind, rows) => rows.forEach((row) => this.rows.push({ ...row, kind }));
    const lines = ({ x, y }) => ({ curve: curve.name, x, y });
    const repeated = new Set(kept.map(({ x }) => x)).size < kept.length;
    add(repeated ? "replicate" : "point", kept);
    const bounded = kept.filter(({ low, high }) => low !== null && high !== null);
    if (!repeated && bounded.every(({ low }) => !this.log.y || low > 0)) {
      const band = bounded.length === kept.length && kept.length > 1;
      add(band ? "band" : "interval",
        bounded.map(({ curve, x, low, high }) => ({ curve, x, y: low, y2: high })));
    }
    const chance = kept.filter((p) => p.chance !== null).map((p) => ({ ...lines(p), y: p.chance }));
    add("chance", chance.filter(fits));
    kept.forEach((p) => this.levels.add(p.chance));
    if (repeated) add("point", mean.map((p) => ({ ...p, curve: curve.name, full: curve.full, model: "mean" })));
    if (!repeated && kept.every((p) => p.expected !== null)) {
      add("expected", kept.map((p) => ({ ...lines(p), y: p.expected })).filter(fits));
    } else {
      add("line", mean.map((p) => ({ ...p, curve: curve.name })));
    }
    curve.end = this.axis.reverse ? mean[0] : mean.at(-1);
    curve.start = this.axis.reverse ? mean.at(-1) : mean[0];
  }

  /** Fix the ends of both axes, and set the names beside the ends of the curves. */
  layOut(width) {
    const limit = this.items ? (this.isLogLog ? logLog(1 / this.items) : 1 / this.items) : null;
    const drawn = this.rows.flatMap(({ y, y2 }) => (y2 === undefined ? [y] : [y, y2]));
    if (limit !== null) drawn.push(limit);
    this.y = this.isLogLog ? ends(drawn, false, 0.04) : scoreEnds(drawn, this.log.y);
    this.x = ends(this.rows.map(({ x }) => x), this.log.x, 0.03);
    const [level] = this.levels;
    if (this.levels.size === 1 && level !== null && (!this.log.y || level > 0)) {
      this.rows = this.rows.filter(({ kind }) => kind !== "chance");
      this.rows.push(...this.x.map((x) => ({ kind: "level", x, y: level })));
    }
    if (limit !== null) {
      this.rows.push(...this.x.map((x) => ({ kind: "limit", x, y: limit })));
      const left = this.axis.reverse ? this.x[1] : this.x[0];
      this.rows.push({ kind: "limit name", x: left, y: limit, curve: `1/${this.items.toLocaleString("en")}` });
    }
    const names = this.curves.map(({ name }) => name);
    this.labelled = !this.small && names.length > 1 && names.length * 14 <= this.height;
    this.labelWidth = this.labelled
      ? Math.min(Math.max(...names.map(textWidth)) + 14, 0.34 * width) : 12;
    this.width = Math.max(100, width - (this.small ? 50 : 72) - this.labelWidth);
    if (this.labelled) this.addLabels();
  }

  addLabels() {
    const along = this.log.y ? Math.log : (value) => value;
    const [bottom, top] = this.y.map(along);
    const perPixel = (top - bottom) / this.height;
    const places = spread(
      this.curves.map(({ end }) => (along(end.y) - bottom) / perPixel), 14, this.height);
    const edge = this.axis.reverse ? this.x[0] : this.x[1];
    this.curves.forEach(({ name, end }, i) => {
      const level = bottom + places[i] * perPixel;
      const beside = { curve: name, x: edge, y: this.log.y ? Math.exp(level) : level };
      const text = shortened(name, this.labelWidth - 8);
      this.rows.push({ ...beside, text, kind: "label" }, { ...beside, kind: "leader" },
        { curve: name, x: end.x, y: end.y, kind: "leader" });
    });
  }

  title() {
    const { name, lower } = this.metric;
    if (this.isLogLog) return `ln(−ln ${name}), better is up`;
    return name + (lower ? " (lower is better)" : "");
  }

  /** The chart in words, for whoever does not see it. */
  description() {
    const ends = this.curves.slice(0, 6).map(({ name, start, end }) => {
      const [first, last] = [start, end].map(({ x, y }) => `${short(y)} at ${scaleText(x)}`);
      return `${name || "the curve"} goes from ${first} to ${last}`;
    });
    const more = this.curves.length > 6 ? `; ${this.curves.length - 6} more` : "";
    return `${this.title()} against ${this.axis.title}, ` +
      `${count(this.curves.length, "curve")}: ${ends.join("; ")}${more}.`;
  }

  spec() {
    const colour = {
      field: "curve", type: "nominal",
      scale: {
        domain: this.curves.map(({ name }) => name),
        range: this.curves.map(({ colour }) => colour),
      },
      legend: this.small || this.labelled || this.curves.length < 2
        ? null : { title: null, orient: "bottom", columns: Math.max(1, Math.floor(this.width / 180)) },
    };
    const kinds = new Set(this.rows.map(({ kind }) => kind));
    const layers = this.layers(colour).filter(({ transform }) => kinds.has(transform[0].filter.equal));
    const scale = (side) => ({
      type: this.log[side] ? "log" : "linear", domain: this[side], nice: false,
      ...(!this.log[side] && { zero: false }),
      reverse: side === "x" ? this.axis.reverse : this.isLogLog,
    });
    const ticks = this.small ? 3 : 6;
    const xTicks = this.log.x && logTicks(...this.x);
    return {
      config: CONFIG,
      description: this.description(),
      width: this.width,
      height: this.height,
      data: { values: this.rows },
      encoding: {
        x: {
          field: "x", type: "quantitative", title: this.small ? null : this.axis.title, scale: scale("x"),
          axis: {
            labelExpr: this.axis.label_expr, grid: false, labelOverlap: true, tickCount: ticks,
            ...(xTicks && { values: this.small ? [xTicks[0], xTicks.at(-1)] : xTicks }),
          },
        },
        y: {
          field: "y", type: "quantitative", scale: scale("y"), title: this.small ? null : this.title(),
          axis: {
            tickCount: ticks, labelOverlap: true,
            ...(this.log.y && { format: "~g" }), ...(this.y[1] >= 1e5 && { labelExpr: LARGE }),
          },
        },
      },
      layer: layers,
    };
  }

  layers(colour) {
    const layer = (kind, mark, more = {}) => ({
      transform: [{ filter: { field: "kind", equal: kind } }],
      mark: { ...mark, tooltip: false },
      encoding: { color: colour, ...more },
    });
    const grey = { color: { value: GREY } };
    const fields = [["full", "curve"], ["model"], ["seed"], ["scale"], ["raw", "score", ".5~g"],
      ["interval"], ["items"], ["expected", "closed form", ".5~g"]];
    const tooltip = fields
      .filter(([field]) => this.rows.some((row) => ![undefined, null, ""].includes(row[field])))
      .filter(([field]) => field !== "expected" || !this.isLogLog)
      .map(([field, title = field, format]) =>
        ({ field, title, type: format ? "quantitative" : "nominal", ...(format && { format }) }));
    const size = this.small ? 12 : 44;
    const found = [
      layer("ghost", { type: "line", strokeWidth: 1.2 },
        { color: { value: GHOST }, detail: { field: "curve", type: "nominal" } }),
      layer("level", { type: "line", strokeDash: [5, 4], strokeWidth: 1.2 }, grey),
      layer("limit", { type: "line", strokeDash: [2, 3], strokeWidth: 1.4 }, grey),
      layer("limit name", { type: "text", align: "left", dx: 4, dy: -6, fontSize: 11 },
        { ...grey, text: { field: "curve", type: "nominal" } }),
      layer("chance", { type: "line", strokeDash: [5, 4], strokeWidth: 1.2 }),
      layer("band", { type: "area", opacity: 0.16 }, { y2: { field: "y2" } }),
      layer("expected", { type: "line", strokeWidth: 1.2 }),
      layer("line", { type: "line", strokeWidth: this.small ? 1.4 : 2 }),
      layer("interval", { type: "rule", strokeWidth: 1.2 }, { y2: { field: "y2" } }),
      layer("leader", { type: "line", strokeWidth: 0.7, opacity: 0.55 }),
      layer("replicate", { type: "point", filled: true, size: 14, opacity: 0.45 }),
      layer("point", { type: "point", filled: true, size, opacity: 1 }),
      layer("label", { type: "text", align: "left", dx: 5, fontSize: 12, limit: this.labelWidth - 8 },
        { text: { field: "text", type: "nominal" } }),
    ];
    if (this.small) return found.filter(({ mark }) => mark.type !== "text");
    found.filter(({ mark }) => mark.type === "point")
      .forEach((l) => { l.encoding.tooltip = tooltip; delete l.mark.tooltip; });
    return found;
  }
}
