// The page's data, and small things that its other scripts share.
"use strict";

const DATA = JSON.parse(document.getElementById("data").textContent);
const CONFIG = JSON.parse(document.getElementById("config").textContent);
for (const column of DATA.columns) {
  if (!column.runs) continue;
  column.codes = [];
  for (let i = 0; i < column.runs.length; i += 2) {
    for (let n = column.runs[i + 1]; n > 0; n--) column.codes.push(column.runs[i]);
  }
}
const COLUMNS = new Map(DATA.columns.map((column) => [column.name, column]));

function cell(name, row) {
  const column = COLUMNS.get(name);
  if (column === undefined) return null;
  if (column.values) return column.values[row];
  if (column.codes) return column.codes[row] === null ? null : column.levels[column.codes[row]];
  return column.value;
}

/** A cell as a number, also where the column is text; null where it is none. */
function numeric(value) {
  const number = value === null || value === "" ? NaN : Number(value);
  return Number.isFinite(number) ? number : null;
}

function csv() {
  const names = DATA.columns.map(({ name }) => name);
  const quoted = (value) => {
    const text = value === null ? "" : String(value);
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  const lines = [names.map(quoted).join(",")];
  for (let row = 0; row < DATA.height; row++) {
    lines.push(names.map((name) => quoted(cell(name, row))).join(","));
  }
  return lines.join("\r\n") + "\r\n";
}

function element(tag, properties = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

function count(n, what) {
  return `${n.toLocaleString("en")} ${what}${n === 1 ? "" : "s"}`;
}

function short(value) {
  return String(Number(value.toPrecision(4))).replace("e+", "e");
}

/** A scale as it reads on an axis: 1.3B, or 5.76e23 where no letter serves. */
function scaleText(value) {
  if (value >= 1e15) return value.toPrecision(4).replace(/\.?0*e\+/, "e");
  const [unit, letter] = [[1e12, "T"], [1e9, "B"], [1e6, "M"], [1e3, "k"]]
    .find(([unit]) => value >= unit) ?? [1, ""];
  return short(value / unit) + letter;
}
