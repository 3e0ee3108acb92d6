"""Slow plain-Python oracles, one section per room: what the kernels must compute, bit for bit.

Nothing here imports simlab. Integers are Python's, cut to 64 bits by hand; floats are Python's.
"""

import math
import statistics
import struct
import sys
from fractions import Fraction
from itertools import combinations, pairwise

# --------------------------------------------------------------------------------------------------
# simlab/streams.py
# --------------------------------------------------------------------------------------------------

WORD = 2**64
GOLDEN = 0x9E3779B97F4A7C15  # the odd integer nearest to 2^64 / 1.618...: the step of SplitMix64
FAR = 0xD1B54A32D192ED03
SPLITMIX = (30, 0xBF58476D1CE4E5B9, 27, 0x94D049BB133111EB, 31)


def mix(z: int) -> int:
    """SplitMix64's finaliser."""
    s1, m1, s2, m2, s3 = SPLITMIX
    z = (z ^ (z >> s1)) * m1 % WORD
    z = (z ^ (z >> s2)) * m2 % WORD
    return z ^ (z >> s3)


def word(key: int, i: int) -> int:
    """The i-th 64-bit word of a stream."""
    return mix((key + i * GOLDEN) % WORD ^ mix(key ^ FAR))


def child(key: int, label: int) -> int:
    """The key of a stream below a key."""
    return mix(word(key, label) ^ SPLITMIX[1])


def own(key: int, i: int) -> int:
    """The key of the stream on which a draw by rejection runs."""
    return mix(word(key, i) ^ SPLITMIX[3])


def uniform(key: int, i: int) -> float:
    """The upper 53 bits of a word as a fraction."""
    return (word(key, i) >> 11) / 2**53


def open_uniform(key: int, i: int) -> float:
    """The middles of 2^52 equal cells of (0, 1)."""
    return (2 * (word(key, i) >> 12) + 1) / 2**53


def integer(key: int, i: int, n: int) -> int:
    """A draw from 0 .. n-1."""
    return math.floor(uniform(key, i) * n)


AS241 = (  # (numerator, denominator) by rising power: centre, tail, far tail (Wichura 1988)
    (
        [
            3.3871328727963666080e0,
            1.3314166789178437745e2,
            1.9715909503065514427e3,
            1.3731693765509461125e4,
            4.5921953931549871457e4,
            6.7265770927008700853e4,
            3.3430575583588128105e4,
            2.5090809287301226727e3,
        ],
        [
            1.0,
            4.2313330701600911252e1,
            6.8718700749205790830e2,
            5.3941960214247511077e3,
            2.1213794301586595867e4,
            3.9307895800092710610e4,
            2.8729085735721942674e4,
            5.2264952788528545610e3,
        ],
    ),
    (
        [
            1.42343711074968357734e0,
            4.63033784615654529590e0,
            5.76949722146069140550e0,
            3.64784832476320460504e0,
            1.27045825245236838258e0,
            2.41780725177450611770e-1,
            2.27238449892691845833e-2,
            7.74545014278341407640e-4,
        ],
        [
            1.0,
            2.05319162663775882187e0,
            1.67638483018380384940e0,
            6.89767334985100004550e-1,
            1.48103976427480074590e-1,
            1.51986665636164571966e-2,
            5.47593808499534494600e-4,
            1.05075007164441684324e-9,
        ],
    ),
    (
        [
            6.65790464350110377720e0,
            5.46378491116411436990e0,
            1.78482653991729133580e0,
            2.96560571828504891230e-1,
            2.65321895265761230930e-2,
            1.24266094738807843860e-3,
            2.71155556874348757815e-5,
            2.01033439929228813265e-7,
        ],
        [
            1.0,
            5.99832206555887937690e-1,
            1.36929880922735805310e-1,
            1.48753612908506148525e-2,
            7.86869131145613259100e-4,
            1.84631831751005468180e-5,
            1.42151175831644588870e-7,
            2.04426310338993978564e-15,
        ],
    ),
)


def _horner(coefficients: list[float], x: float) -> float:
    total = 0.0
    for c in reversed(coefficients):
        total = total * x + c
    return total


def normal_quantile(p: float) -> float:
    """The standard normal quantile, algorithm AS 241."""
    q = p - 0.5
    if abs(q) <= 0.425:
        above, below = AS241[0]
        r = 0.180625 - q * q
        return q * _horner(above, r) / _horner(below, r)
    r = math.sqrt(-math.log(min(p, 1.0 - p)))
    (above, below), r = (AS241[1], r - 1.6) if r <= 5.0 else (AS241[2], r - 5.0)
    return math.copysign(_horner(above, r) / _horner(below, r), q)


def normal(key: int, i: int) -> float:
    """A standard normal draw."""
    return normal_quantile(open_uniform(key, i))


def log_gamma_variate(key: int, i: int, shape: float) -> float:
    """The logarithm of a gamma draw (Marsaglia & Tsang 2000), by rejection."""
    inner = own(key, i)
    boost = 0.0
    if shape < 1.0:
        boost = math.log(open_uniform(inner, 0)) / shape
        shape = shape + 1.0
    d = shape - 1.0 / 3.0
    c = 1.0 / math.sqrt(9.0 * d)
    attempt = 0
    while True:
        x = normal(inner, 2 * attempt + 1)
        u = open_uniform(inner, 2 * attempt + 2)
        attempt += 1
        v = (1.0 + c * x) * (1.0 + c * x) * (1.0 + c * x)
        if v > 0.0 and math.log(u) < 0.5 * x * x + d - d * v + d * math.log(v):
            return math.log(d * v) + boost


def log_beta_variate(key: int, i: int, a: float, b: float) -> float:
    """The logarithm of a beta draw: ln X - ln(X + Y) of two gamma draws."""
    inner = own(key, i)
    x, y = log_gamma_variate(inner, 0, a), log_gamma_variate(inner, 1, b)
    if x > y:
        return -math.log1p(math.exp(y - x))
    return (x - y) - math.log1p(math.exp(x - y))


def seed_key(seed: int, *path: int | float | str) -> int:
    """The key of a path of labels below a seed: each label absorbed as (kind, length), bytes."""
    key = mix(seed % WORD)
    for label in path:
        if type(label) is str:
            kind, data = 3, label.encode("utf-8", "surrogatepass")
        elif type(label) is float:
            kind, data = 2, struct.pack("<d", 0.0 if label == 0.0 else label)
        else:
            size = 9
            while 2 * abs(label) >= 256**size:
                size += 1
            kind, data = 1, (label % 256**size).to_bytes(size, "little")
        key = mix(key ^ mix(kind + 256 * len(data)))
        for start in range(0, len(data), 8):
            block = int.from_bytes(data[start : start + 8], "little")
            key = mix((key + GOLDEN) % WORD ^ block)
    return key


# --------------------------------------------------------------------------------------------------
# simlab/table.py
# --------------------------------------------------------------------------------------------------


def curves(rows: list[dict[str, object]]) -> dict[tuple[object, ...], list[int]]:
    """Row numbers of each curve, by scale and then by row; curves in order of first appearance."""
    found: dict[tuple[object, ...], list[int]] = {}
    names = ("family", "task", "subtask", "shots", "metric", "seed", "scale_kind")
    for number, row in enumerate(rows):
        members = found.setdefault(tuple(row[name] for name in names), [])
        if row["score"] is None:
            continue
        place = len(members)
        while place > 0 and rows[members[place - 1]]["scale"] > row["scale"]:  # type: ignore[operator]
            place -= 1
        members.insert(place, number)
    return found


# --------------------------------------------------------------------------------------------------
# simlab/metrics
# --------------------------------------------------------------------------------------------------


def token_edit_distance(output: list[int], target: list[int]) -> int:
    """Levenshtein's distance by its recursion, over all prefixes."""
    table = {(i, 0): i for i in range(len(output) + 1)}
    table |= {(0, j): j for j in range(len(target) + 1)}
    for i in range(1, len(output) + 1):
        for j in range(1, len(target) + 1):
            replaced = table[i - 1, j - 1] + (output[i - 1] != target[j - 1])
            table[i, j] = min(replaced, table[i - 1, j] + 1, table[i, j - 1] + 1)
    return table[len(output), len(target)]


def brier_score_sum(probabilities: list[float], correct: int) -> float:
    """Squared error against the one-hot truth, class by class in order."""
    total = 0.0
    for option, p in enumerate(probabilities):
        error = p - (option == correct)
        total += error * error
    return total


def multiple_choice_grade(masses: list[float], correct: int) -> float:
    """The mean over all ways to pick one of the best options."""
    best = [i for i, mass in enumerate(masses) if mass == max(masses)]
    return (correct in best) / len(best)


# --------------------------------------------------------------------------------------------------
# simlab/emergence/batch.py and score.py
# --------------------------------------------------------------------------------------------------


def emergence_score(
    points: list[tuple[float, float | None]],
) -> tuple[str, int, Fraction | None]:
    """Status, sign and square of the emergence score, the last two exact where it is defined."""
    held = sorted((p for p in points if p[1] is not None), key=lambda p: p[0])
    scales = [scale for scale, _ in held]
    y = [Fraction(score) for _, score in held]
    if not y:
        return "no_scores", 0, None
    if len(y) < 3:
        return "too_few_scales", 0, None
    if len(set(scales)) < len(scales):
        return "repeated_scales", 0, None
    if max(y) == min(y):
        return "constant", 0, None
    squares = [(after - before) ** 2 for before, after in pairwise(y)]
    middle = statistics.median(squares)
    sign = 1 if y.index(max(y)) > y.index(min(y)) else -1
    if middle == 0 or (max(y) - min(y)) ** 2 / middle > Fraction(sys.float_info.max) ** 2:
        return "zero_median", sign, None
    return "ok", sign, (max(y) - min(y)) ** 2 / middle


# --------------------------------------------------------------------------------------------------
# simlab/simulators/compounding.py
# --------------------------------------------------------------------------------------------------


def even_draw(key: int, item: int) -> int:
    """The item's half of the word it shares with its neighbour, as an even number."""
    half = word(key, item // 2) >> (32 * (item % 2)) & (2**32 - 1)
    return half - half % 2


def share_of_draws(q: float) -> int:
    """The bound below which lie a share q of the even numbers of 32 bits."""
    return min(2 * math.floor(q * 2**31 + 0.5), 2**32 - 1)


def compounding(
    p: float, K: int, n: int, rho: float, repair: float, chance: float, mixed: bool, key: int
) -> list[tuple[bool, list[bool], float]]:
    """Items one after the other: is it scored right, which steps are right, and its nats."""
    lengths, difficulties, guesses, steps = (child(key, label) for label in range(4))
    items = []
    for i in range(n):
        length = 1 + integer(lengths, i, K) if mixed else K
        if rho == 0:
            own_p, ln_p = p, math.log(p) if p > 0 else -math.inf
        else:
            if rho < 1:
                odds = (1 - rho) / rho
                ln_p = log_beta_variate(difficulties, i, p * odds, (1 - p) * odds)
            else:
                ln_p = 0.0 if uniform(difficulties, i) < p else -math.inf
            own_p = math.exp(ln_p)
        bound = share_of_draws(repair + (1 - repair) * own_p)
        right = [even_draw(child(steps, s), i) < bound for s in range(length)]
        guessed = even_draw(guesses, i) < share_of_draws(chance)
        items.append((all(right) or guessed, right, -ln_p * length))
    return items


def right_before_error(right: list[bool]) -> int:
    """Right steps before the first wrong one."""
    for s, ok in enumerate(right):
        if not ok:
            return s
    return len(right)


# --------------------------------------------------------------------------------------------------
# simlab/simulators/per_token.py
# --------------------------------------------------------------------------------------------------


def answer(key: int, item: int, p: float, vocabulary: int, L: int) -> tuple[list[int], list[int]]:
    """Output and target of one item: each token keeps the target's, or takes one of the others."""
    output, target = [], []
    for t in range(L):
        counter = 3 * (item * L + t)
        token = integer(key, counter + 1, vocabulary)
        others = [v for v in range(vocabulary) if v != token]
        target.append(token)
        if uniform(key, counter) < p:
            output.append(token)
        else:
            output.append(others[integer(key, counter + 2, vocabulary - 1)])
    return output, target


# --------------------------------------------------------------------------------------------------
# simlab/simulators/arithmetic.py, digit_errors.py, digit_errors_closed_form.py
# --------------------------------------------------------------------------------------------------


def worked(operation: str, a: int, b: int) -> tuple[list[int], list[int]]:
    """Digits of a sum or product, least significant first, and the carry into each place.

    The carry into place j is what the columns below it amount to, in units of 10^j.
    """
    x, y = ([int(c) for c in str(n)[::-1]] for n in (a, b))
    columns = [0] * (len(x) + len(y))
    if operation == "addition":
        for number in (x, y):
            for j, digit in enumerate(number):
                columns[j] += digit
    else:
        for i, p in enumerate(x):
            for j, q in enumerate(y):
                columns[i + j] += p * q
    answer = [int(c) for c in str(a + b if operation == "addition" else a * b)[::-1]]
    below = [sum(c * 10**i for i, c in enumerate(columns[:j])) for j in range(len(answer))]
    return answer, [value // 10**j for j, value in enumerate(below)]


def problem(seed: int, operation: str, digits: int, item: int) -> tuple[int, int]:
    """The operands of one item."""
    key = seed_key(seed, "arithmetic", operation, digits)
    choices = [n for n in range(10**digits) if len(str(n)) == digits]
    a, b = (choices[integer(key, 2 * item + i, len(choices))] for i in (0, 1))
    return a, b


def written(
    key: int, item: int, answer: list[int], carries: list[int], p: tuple[float, float], how
) -> list[int]:
    """The output of a model: p are its chances to know a digit without and with a carry in.

    How: floor, cascade, slip. Ten places an item, five draws a place.
    """
    floor, cascade, slip = how
    output: list[int] = []
    wrong = False
    for j, right in enumerate(answer):
        draw = [(10 * item + j) * 5 + i for i in range(5)]
        digit = right
        if uniform(key, draw[0]) >= p[carries[j] > 0]:
            if uniform(key, draw[2]) >= floor:
                digit = [d for d in range(10) if d != right][integer(key, draw[1], 9)]
        elif wrong and uniform(key, draw[2]) < cascade:
            digit = (right + (1 if uniform(key, draw[1]) < 0.5 else -1)) % 10
        wrong = digit != right
        slipped = uniform(key, draw[3]) if slip else 1.0
        if slipped < slip / 2:
            continue
        if slipped < slip:
            output.append(integer(key, draw[4], 10))
        output.append(digit)
    return output


def digit_chances(known: list[float], floor: float, cascade: float) -> list[float]:
    """The chance that each digit is right: known and not corrupted, or guessed."""
    right, before = [], 1.0
    for k in known:
        before = k * (1.0 - cascade * (1.0 - before)) + (1.0 - k) * floor
        right.append(before)
    return right


# --------------------------------------------------------------------------------------------------
# simlab/simulators/prompting.py, simlab/emergence/crossover.py
# --------------------------------------------------------------------------------------------------


def chain(key: int, item: int, success: list[float], chance: float) -> tuple[bool, int]:
    """Whether an item is scored right, and its right steps; success: the chance of each step."""
    first = item * (len(success) + 1)
    right = [uniform(key, first + s) < p for s, p in enumerate(success)]
    guessed = uniform(key, first + len(success)) < chance
    return all(right) or guessed, sum(right)


def gumbel_likelihood(etas: list[float], hits: list[int], n: list[int], chance: float) -> float:
    """The log-likelihood of binomial counts, without the binomials, of chance or e^(-e^eta)."""
    total = 0.0
    for eta, k, m in zip(etas, hits, n, strict=True):
        t = math.exp(eta)
        right = -t if chance == 0 else math.log(chance + (1 - chance) * math.exp(-t))
        total += k * right + (m - k) * (math.log(1 - chance) + math.log(-math.expm1(-t)))
    return total


# --------------------------------------------------------------------------------------------------
# simlab/emergence: zero_medians.py, cluster_bootstrap.py, item_bootstrap.py
# --------------------------------------------------------------------------------------------------


def range_over_smallest_step(y: list[float]) -> float:
    """The signed range over the smallest step that is not 0; 0 for a constant."""
    steps = [abs(b - a) for a, b in pairwise(y) if a != b]
    if not steps:
        return 0.0
    rises = y.index(max(y)) > y.index(min(y))
    return (max(y) - min(y)) / min(steps) * (1 if rises else -1)


def ratio_replicates(
    top: list[list[float]], bottom: list[list[float]], key: int, replicates: int
) -> list[list[float]]:
    """Ratios of sums over clusters drawn with replacement, the same clusters for each ratio."""
    n = len(top[0])
    rows = []
    for r in range(replicates):
        drawn = [integer(key, r * n + j, n) for j in range(n)]
        sums = [(sum(t[c] for c in drawn), sum(b[c] for c in drawn))
                for t, b in zip(top, bottom, strict=True)]  # fmt: skip
        rows.append([t / b if b else math.nan for t, b in sums])
    return rows


def resampled_means(values: list[list[int]], key: int, replicates: int) -> list[list[float]]:
    """Means over drawn items, scale by scale, the same items at each scale; values are counts."""
    n = len(values[0])
    rows = []
    for r in range(replicates):
        drawn = [integer(key, r * n + j, n) for j in range(n)]
        rows.append([sum(scale[i] for i in drawn) / n for scale in values])
    return rows


# --------------------------------------------------------------------------------------------------
# simlab/metrics: sequences, sets and calibration
# --------------------------------------------------------------------------------------------------


def common_subsequence(output: list[int], target: list[int]) -> int:
    """The longest subsequence of the output that is one of the target, by trying all of them."""
    for size in range(len(output), 0, -1):
        for chosen in combinations(output, size):
            rest = iter(target)
            if all(token in rest for token in chosen):
                return size
    return 0


def clipped_matches(output: list[int], target: list[int], n: int) -> int:
    """N-grams of the output, each struck off the target's list once it is matched."""
    left = [tuple(target[i : i + n]) for i in range(len(target) - n + 1)]
    matches = 0
    for i in range(len(output) - n + 1):
        gram = tuple(output[i : i + n])
        if gram in left:
            left.remove(gram)
            matches += 1
    return matches


def corpus_bleu(outputs: list[list[int]], targets: list[list[int]], order: int) -> float:
    """BLEU as Papineni et al. 2002 define it, without smoothing."""
    m, t = [0] * order, [0] * order
    for output, target in zip(outputs, targets, strict=True):
        for n in range(1, order + 1):
            m[n - 1] += clipped_matches(output, target, n)
            t[n - 1] += max(len(output) - n + 1, 0)
    if 0 in m:
        return 0.0
    ours, theirs = sum(map(len, outputs)), sum(map(len, targets))
    brevity = math.exp(min(0.0, 1.0 - theirs / ours))
    return brevity * math.prod(a / b for a, b in zip(m, t, strict=True)) ** (1.0 / order)


def share_without(n: int, c: int, k: int) -> Fraction:
    """C(n-c, k) / C(n, k)."""
    return Fraction(math.comb(n - c, k), math.comb(n, k))


def calibration_error(confidence: list[float], right: list[bool], n_bins: int) -> float:
    """Eqn 3 of Guo et al. 2017, one bin at a time."""
    total = 0.0
    for m in range(1, n_bins + 1):
        low, high = (m - 1) / n_bins, m / n_bins
        held = [i for i, c in enumerate(confidence) if low < c <= high or (c == 0.0 and m == 1)]
        if held:
            share = sum(right[i] for i in held) / len(held)
            stated = sum(confidence[i] for i in held) / len(held)
            total += len(held) / len(confidence) * abs(share - stated)
    return total


# --------------------------------------------------------------------------------------------------
# simlab/fitting/chinchilla_objective.py
# --------------------------------------------------------------------------------------------------


def chinchilla_objective(
    theta: list[float], runs: list[tuple[float, float, float, float]], kind: str, delta: float
) -> tuple[float, list[float]]:
    """The objective and its gradient, run by run; runs are (ln N, ln D, ln L, weight)."""
    e, a, b, alpha, beta = theta
    total, gradient = 0.0, [0.0] * 5
    for x, y, z, w in runs:
        parts = [math.exp(e), math.exp(a - alpha * x), math.exp(b - beta * y)]
        loss = sum(parts)
        inner = [parts[0], parts[1], parts[2], -x * parts[1], -y * parts[2]]
        if kind == "squares":
            r, slope = loss - math.exp(z), inner
        else:
            r, slope = math.log(loss) - z, [t / loss for t in inner]
        if kind == "asymmetric":
            w *= 1.5 if r > 0 else 0.5
        if kind in ("squares", "log-squares"):
            penalty, pull = r * r, 2 * r
        elif abs(r) <= delta:
            penalty, pull = r * r / 2, r
        else:
            penalty, pull = delta * (abs(r) - delta / 2), math.copysign(delta, r)
        total += w * penalty
        gradient = [g + w * pull * s for g, s in zip(gradient, slope, strict=True)]
    return total, gradient


# --------------------------------------------------------------------------------------------------
# simlab/planning
# --------------------------------------------------------------------------------------------------


def binomial_mass(n: int, p: float) -> list[float]:
    return [math.comb(n, k) * p**k * (1.0 - p) ** (n - k) for k in range(n + 1)]


def binomial_tail(c: int, n: int, p: float) -> float:
    return math.fsum(binomial_mass(n, p)[max(c, 0) :])


def critical_count(n: int, p: float, alpha: float) -> int:
    """The fewest hits that reject, counted up from 0."""
    return next(c for c in range(n + 2) if binomial_tail(c, n, p) <= alpha)


def power_of_two_models(n: int, p0: float, p1: float, z: float) -> float:
    """Mass of all pairs of counts whose pooled score statistic reaches z."""
    total = []
    for i, a in enumerate(binomial_mass(n, p0)):
        for j, b in enumerate(binomial_mass(n, p1)):
            mean = (i + j) / (2 * n)
            spread = math.sqrt(2.0 * mean * (1.0 - mean) / n)
            if j > i and (j - i) / n >= z * spread * (1 - 1e-12):
                total.append(a * b)
    return math.fsum(total)


def power_on_same_items(n: int, second: float, first: float, alpha: float) -> float:
    """Mass of all counts (only the second right, only the first right) that McNemar rejects."""
    total = []
    for b in range(n + 1):
        for c in range(n + 1 - b):
            if b >= critical_count(b + c, 0.5, alpha):
                ways = math.comb(n, b) * math.comb(n - b, c)
                total.append(ways * second**b * first**c * (1.0 - second - first) ** (n - b - c))
    return math.fsum(total)
