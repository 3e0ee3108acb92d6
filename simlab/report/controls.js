// The reader's controls, all of them native: check boxes, radio buttons, lists, sliders.

let controls = 0; // names from files are no ids

/** A group of check boxes or radio buttons, or one list; `changed` is told the chosen indices. */
function choice({ title, values, kind, chosen, changed }) {
  const picked = new Set(chosen);
  const id = `choice-${++controls}`;
  if (kind === "list") {
    const list = element("select", { id });
    values.forEach((value, i) => list.append(element("option", { value: i, textContent: value })));
    list.value = chosen[0];
    list.addEventListener("change", () => changed(new Set([Number(list.value)])));
    const label = element("label", { htmlFor: id, textContent: title });
    return {
      node: element("div", { className: "choice" }, label, list),
      enable: (open) => [...list.options].forEach((o, i) => (o.disabled = !open(i))),
      set: (i) => (list.value = i),
    };
  }
  const inputs = values.map((_, i) => {
    const input = element("input", { type: kind, name: id, value: i, checked: picked.has(i) });
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
    node: group(title, ...labels),
    enable: (open) => inputs.forEach((input, i) => {
      input.disabled = !open(i);
      input.parentNode.hidden = kind === "checkbox" && input.disabled;
    }),
    set: (i) => { picked.clear(); picked.add(i); inputs.forEach((p, k) => (p.checked = k === i)); },
  };
}

/** One check box by itself. */
function toggle({ title, checked, changed }) {
  const input = element("input", { type: "checkbox", checked });
  input.addEventListener("change", () => changed(input.checked));
  return { node: element("label", {}, input, title), input };
}

/**
 * A slider over named stops, and the name of the stop as text; with `all`, a check box beside it
 * for all of them at once. `changed` is told the stop, or null for all.
 */
function slider({ title, values, start, all = "", changed }) {
  const id = `choice-${++controls}`;
  const range = element("input", {
    type: "range", id, min: 0, max: values.length - 1, step: 1, value: start ?? 0,
  });
  const told = element("span", { className: "told", ariaHidden: "true" }); // aria-valuetext says it
  const every = all && toggle({
    title: all, checked: start === null, changed: (on) => tell(on ? null : Number(range.value)),
  });
  const together = values.length > 6 ? `all ${values.length}` : values.join(", ");
  const show = (stop) => {
    told.textContent = stop === null ? together : values[stop];
    range.setAttribute("aria-valuetext", told.textContent);
    range.setAttribute("aria-label", title);
    if (every) every.input.checked = stop === null;
  };
  const tell = (stop) => { show(stop); changed(stop); };
  range.addEventListener("input", () => tell(Number(range.value)));
  show(start);
  return {
    node: group(title, range, told, ...(every ? [every.node] : [])),
    enable: () => {}, // a stop without scores says so in the chart's place
    set: (stop) => { range.value = stop; show(stop); },
  };
}

function group(title, ...nodes) {
  const inputs = nodes.filter((node) => node.querySelector?.("input[type=radio]"));
  const row = inputs.length === 2 && nodes.every((node) => node.textContent.length < 8);
  return element("fieldset", { className: row ? "choice row" : "choice" },
    element("legend", { textContent: title }), ...nodes);
}
