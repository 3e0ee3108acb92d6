// The little statistics of the page; the suite holds each against the package's own.

const Z95 = 1.959963984540054;

/** Wilson's interval of a share on n items: like simlab.intervals.wilson. */
function wilson(share, n) {
  const [k, zz] = [share * n, Z95 * Z95];
  const centre = (k + zz / 2) / (n + zz);
  const half = (Z95 / (n + zz)) * Math.sqrt((k * (n - k)) / n + zz / 4);
  return [k <= 0 ? 0 : Math.max(0, centre - half), k >= n ? 1 : Math.min(1, centre + half)];
}

/** Whether a test of n items would more likely than not show exactly 0 of a share. */
function readsZero(share, n) {
  return n * Math.log1p(-Math.min(share, 1)) > Math.log(0.5);
}

/** ln(-ln share), where a power law per token is a straight line; null at 0 and at 1. */
function logLog(share) {
  return share > 0 && share < 1 ? Math.log(-Math.log(share)) : null;
}

/** Rows of equal x as their mean y. */
function means(rows) {
  const at = new Map();
  for (const { x, y } of rows) {
    const held = at.get(x) ?? [0, 0];
    at.set(x, [held[0] + y, held[1] + 1]);
  }
  return [...at].map(([x, [sum, n]]) => ({ x, y: sum / n }));
}

/** Places at least `gap` apart in 0 .. high, nearest to the wanted ones (pooled violators). */
function spread(wanted, gap, high) {
  const order = wanted.map((_, i) => i).sort((a, b) => wanted[a] - wanted[b] || a - b);
  const pools = [];
  order.forEach((i, rank) => {
    pools.push([wanted[i] - rank * gap, 1]);
    while (pools.length > 1) {
      const [last, before] = [pools.at(-1), pools.at(-2)];
      if (before[0] / before[1] <= last[0] / last[1]) break;
      before[0] += last[0];
      before[1] += last[1];
      pools.pop();
    }
  });
  const top = Math.max(0, high - gap * (wanted.length - 1));
  const flat = pools.flatMap(([sum, n]) => Array(n).fill(Math.min(Math.max(sum / n, 0), top)));
  const places = [];
  order.forEach((i, rank) => (places[i] = flat[rank] + rank * gap));
  return places;
}

function extent(values) {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return [low, high];
}

/** Ends of an axis with air on both sides. */
function ends(values, log, air) {
  const [low, high] = extent(values);
  if (log) {
    const factor = high > low ? (high / low) ** air : 4;
    return [low / factor, high * factor];
  }
  const margin = air * (high - low) || 0.5 * Math.abs(low) || 0.5;
  return [low - margin, high + margin];
}

/** Ends of the axis of scores: like simlab.charts.axes.score_domain. */
function scoreEnds(values, log) {
  if (log) return ends(values, true, 0.04);
  let [low, high] = extent(values);
  if (low === high) [low, high] = low === 0 ? [0, 1] : [Math.min(low, 0), Math.max(high, 0)];
  else if (low > 0 && low <= 0.4 * high) low = 0;
  else if (high < 0 && high >= 0.4 * low) high = 0;
  return [low - 0.03 * (high - low), high + 0.03 * (high - low)];
}

/** Ticks of a log axis: like simlab.charts.axes.log_ticks. */
function logTicks(low, high) {
  const [first, last] = [Math.floor(Math.log10(low)), Math.ceil(Math.log10(high))];
  const powers = Array.from({ length: last - first + 1 }, (_, i) => first + i);
  const within = (steps) => powers.flatMap((p) => steps.map((step) => Number(`${step}e${p}`)))
    .filter((tick) => low <= tick && tick <= high);
  const whole = within([1]);
  if (whole.length > 6) return whole.filter((_, i) => i % Math.ceil(whole.length / 6) === 0);
  if (whole.length >= 3) return whole;
  const finer = [[1, 3], [1, 2, 5], [1, 1.5, 2, 3, 4, 5, 6, 7, 8, 9]].map(within);
  return finer.find((ticks) => ticks.length >= 2) ?? finer.at(-1);
}
