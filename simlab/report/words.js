// What the page says of its chart: the names of curves, what they share, their numbers.

/** What all drawn curves have in common, for a reader who cannot see the choices: on paper. */
function shared(curves) {
  return DATA.explore.factors.flatMap(({ name, values }, i) => {
    const at = new Set(curves.map((curve) => curve.at[i]));
    const value = values[[...at][0]];
    if (at.size !== 1 || value === undefined || value === "no part") return [];
    return [value.startsWith(`${name}=`) ? `${value}.` : `${name}: ${value}.`];
  });
}

/** Name and colour the curves by the factors that tell them apart; `full` has all they differ in. */
function named(curves) {
  const { factors, hues } = DATA.explore;
  const places = (i) => new Set(curves.map((curve) => curve.at[i])).size;
  const joined = (among) => curves.map(({ at }) =>
    among.flatMap((i) => factors[i].values[at[i]] ?? []).join(" · "));
  const distinct = (names) => new Set(names).size === names.length;
  const differ = [...factors.keys()].filter((i) => places(i) > 1);
  const needed = differ.reduce((kept, i) => { // beside a curve there is room for few words
    const fewer = kept.filter((k) => k !== i);
    return fewer.length && distinct(joined(fewer)) ? fewer : kept;
  }, differ);
  const alone = [...factors.keys()].filter((i) => curves.length === 1 && factors[i].kind === "slider");
  const telling = [...differ, ...alone].find( // one factor that tells all curves apart keeps its colours
    (i) => places(i) === curves.length && !curves.some(({ at }) => at[i] === null));
  const told = distinct(curves.map(({ hue }) => hue % hues.length));
  const taken = new Map(); // null and the word that stands for it would share a name
  const unlike = (name) => {
    taken.set(name, (taken.get(name) ?? 0) + 1);
    return taken.get(name) === 1 ? name : `${name} (${taken.get(name)})`;
  };
  const [names, full] = [joined(needed).map(unlike), joined(differ)];
  return curves.map((curve, k) => ({
    ...curve,
    name: names[k],
    full: full[k],
    colour: telling === undefined
      ? hues[(told ? curve.hue : k) % hues.length] : factors[telling].colours[curve.at[telling]],
  }));
}

/** The drawn scores as a table, for whoever does not see the chart; made when it is opened. */
function fillTable(details, plot) {
  if (!details.open) return;
  const number = (value) => (value === null ? "" : short(value));
  const columns = [["curve", (r) => r.full], ["model", (r) => r.model],
    [plot.axis.title, (r) => r.scale], ["score", (r) => number(r.raw)],
    ["from", (r) => number(r.ends[0])], ["to", (r) => number(r.ends[1])],
    ["items", (r) => r.items ?? ""], ["seed", (r) => r.seed ?? ""]]
    .filter(([, of]) => plot.table.some((row) => of(row) !== ""));
  const head = element("tr", {}, ...columns.map(([title]) =>
    element("th", { scope: "col", textContent: title })));
  const body = plot.table.map((row) => element("tr", {}, ...columns.map(([, of]) =>
    element("td", { textContent: of(row) }))));
  details.querySelector("table").replaceChildren(
    element("caption", { textContent: plot.title() }),
    element("thead", {}, head), element("tbody", {}, ...body));
}

/** What an audit said of the drawn curves: a single one with its reason, several by name or count. */
function audited(curves) {
  const { verdicts } = DATA.explore;
  const held = curves.filter(({ verdict }) => verdict !== undefined)
    .map(({ name, verdict }) => ({ name, ...verdicts[verdict] }));
  if (held.length === 0) return [];
  if (curves.length === 1) {
    return [`Audit: ${[held[0].verdict, held[0].reason].filter(Boolean).join("; ")}.`];
  }
  if (held.length <= 6) return [`Audit: ${held.map((h) => `${h.name} ${h.verdict}`).join(", ")}.`];
  const counts = new Map();
  held.forEach(({ verdict }) => counts.set(verdict, (counts.get(verdict) ?? 0) + 1));
  return [`Audit: ${[...counts].map(([verdict, n]) => `${n} ${verdict}`).join(", ")}.`];
}

/** Pixels of a label. */
function textWidth(text) {
  textWidth.context ??= document.createElement("canvas").getContext("2d");
  textWidth.context.font = "12px system-ui, sans-serif";
  return textWidth.context.measureText(text).width;
}

/** A name that fits: of a long one the middle goes, since names of a table differ at their ends. */
function shortened(name, width) {
  if (textWidth(name) <= width) return name;
  for (let n = name.length - 1; n > 4; n--) {
    const text = `${name.slice(0, Math.floor(n / 2))}…${name.slice(-Math.ceil(n / 2))}`;
    if (textWidth(text) <= width) return text;
  }
  return name;
}
