"""Slow plain-Python oracles of chains of steps: compounding, tokens, sums, prompting.

Nothing here imports simlab. Integers are Python's, cut to 64 bits by hand; floats are Python's.
"""

import math

from tests.naive.streams import child, integer, log_beta_variate, seed_key, uniform, word

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
