"""Linear-chain inference, one sentence at a time, compiled.

Emissions ``x`` have the shape (tokens, tags). Log transitions are (tags, tags) with minus infinity where a step is
illegal, so that no path through an illegal step is ever scored. ``starts`` and ``stops`` say which tags may stand at
the borders. The forward–backward recursion runs on probabilities scaled per token (Rabiner 1989), which costs one
exponential per token and tag instead of one per step.

`livener.tagging.chains` is the interface; these functions trust their arguments.
"""

import numpy as np

from livener.tagging.jit import jit

# mypy: disallow-untyped-defs=False, disallow-incomplete-defs=False, disallow-untyped-calls=False
# mypy: disallow-untyped-decorators=False


@jit
def viterbi(x, log_t, starts, stops, back, tags):
    """Write the best legal path to ``tags`` (n,) and return its score; ``back`` is room for (n, K) int32."""
    n, size = x.shape
    best = np.empty(size)
    new = np.empty(size)
    for k in range(size):
        best[k] = x[0, k] if starts[k] else -np.inf
    for t in range(1, n):
        for k in range(size):
            top = -np.inf
            arg = 0
            for j in range(size):
                v = best[j] + log_t[j, k]
                if v > top:
                    top = v
                    arg = j
            new[k] = top + x[t, k]
            back[t, k] = arg
        best, new = new, best
    top = -np.inf
    arg = 0
    for k in range(size):
        if stops[k] and best[k] > top:
            top = best[k]
            arg = k
    for t in range(n - 1, -1, -1):
        tags[t] = arg
        if t > 0:
            arg = back[t, arg]
    return top


@jit
def forward_backward(x, exp_t, starts, stops, mask, a, b, e, scale):
    """Fill scaled forward ``a`` and backward ``b`` (n, K), exponentials ``e`` and ``scale`` (n,); return log Z.

    ``mask`` (n, K) bool restricts the paths; shape (0, K) means no restriction. Returns minus infinity, and leaves
    the arrays undefined, where no legal path is left.
    """
    n, size = x.shape
    masked = mask.shape[0] > 0
    log_z = 0.0
    for t in range(n):
        top = -np.inf
        for k in range(size):
            if (not masked or mask[t, k]) and x[t, k] > top:
                top = x[t, k]
        log_z += top
        for k in range(size):
            e[t, k] = np.exp(x[t, k] - top) if not masked or mask[t, k] else 0.0
    for k in range(size):
        if not starts[k]:
            e[0, k] = 0.0
        if not stops[k]:
            e[n - 1, k] = 0.0
    for t in range(n):
        total = 0.0
        if t == 0:
            for k in range(size):
                a[0, k] = e[0, k]
                total += e[0, k]
        else:
            for k in range(size):
                a[t, k] = 0.0
            for j in range(size):
                v = a[t - 1, j]
                if v > 0.0:
                    for k in range(size):
                        a[t, k] += v * exp_t[j, k]
            for k in range(size):
                a[t, k] *= e[t, k]
                total += a[t, k]
        if not total > 0.0:
            return -np.inf
        scale[t] = total
        log_z += np.log(total)
        for k in range(size):
            a[t, k] /= total
    for k in range(size):
        b[n - 1, k] = 1.0
    after = np.empty(size)
    for t in range(n - 2, -1, -1):
        for k in range(size):
            after[k] = e[t + 1, k] * b[t + 1, k] / scale[t + 1]
        for j in range(size):
            total = 0.0
            for k in range(size):
                total += exp_t[j, k] * after[k]
            b[t, j] = total
    return log_z


@jit
def add_expectations(weight, exp_t, a, b, e, scale, node, edge):
    """Add ``weight`` × the expected counts of tags to ``node`` (n, K) and of steps to ``edge`` (K, K)."""
    n, size = node.shape
    for t in range(n):
        for k in range(size):
            node[t, k] += weight * a[t, k] * b[t, k]
    after = np.empty(size)
    for t in range(1, n):
        for k in range(size):
            after[k] = e[t, k] * b[t, k] * weight / scale[t]
        for j in range(size):
            before = a[t - 1, j]
            for k in range(size):
                edge[j, k] += before * exp_t[j, k] * after[k]


@jit
def span_probability(start, end, roles, exp_t, a, b, e, scale):
    """The probability of exactly the span [start, end); ``roles`` are its label's begin, inside, end, single tags.

    Exactly: where the scheme does not mark ends, the next token does not continue the span.
    """
    n, size = a.shape
    begin, inside, last, single = roles[0], roles[1], roles[2], roles[3]
    tag = single if end - start == 1 else begin
    p = a[start, tag]
    for t in range(start + 1, end):
        step = last if t == end - 1 else inside
        p *= exp_t[tag, step] * e[t, step] / scale[t]
        tag = step
    if end == n:
        return p
    after = 0.0
    for k in range(size):
        if last != inside or k != inside:
            after += exp_t[tag, k] * e[end, k] * b[end, k]
    return p * after / scale[end]


@jit
def k_best(x, log_t, starts, stops, k):
    """The up to ``k`` best legal paths, (k, n) int32, and their scores (k,), best first (Seshadri and Sundberg 1994).

    Where there are fewer paths, the rest has the score minus infinity.
    """
    n, size = x.shape
    scores = np.full((size, k), -np.inf)
    back = np.zeros((n, size, k), np.int32)
    for j in range(size):
        if starts[j]:
            scores[j, 0] = x[0, j]
    pool = np.empty(size * k)
    for t in range(1, n):
        new = np.full((size, k), -np.inf)
        for to in range(size):
            for j in range(size):
                for r in range(k):
                    pool[j * k + r] = scores[j, r] + log_t[j, to]
            for r in range(k):
                arg = np.argmax(pool)
                if pool[arg] == -np.inf:
                    break
                new[to, r] = pool[arg] + x[t, to]
                back[t, to, r] = arg
                pool[arg] = -np.inf
        scores = new
    for j in range(size):
        if not stops[j]:
            scores[j, :] = -np.inf
    paths = np.zeros((k, n), np.int32)
    totals = np.full(k, -np.inf)
    flat = scores.copy().reshape(size * k)
    for r in range(k):
        arg = np.argmax(flat)
        if flat[arg] == -np.inf:
            break
        totals[r] = flat[arg]
        flat[arg] = -np.inf
        for t in range(n - 1, -1, -1):
            paths[r, t] = arg // k
            if t > 0:
                arg = back[t, arg // k, arg % k]
    return paths, totals


@jit
def decode_batch(x, bounds, log_t, starts, stops):
    """`viterbi` over sentences ``bounds[i]:bounds[i + 1]``: tags (N,) and scores (S,)."""
    count = len(bounds) - 1
    tags = np.empty(x.shape[0], np.int32)
    scores = np.zeros(count)
    longest = 0
    for i in range(count):
        longest = max(longest, bounds[i + 1] - bounds[i])
    back = np.empty((longest, x.shape[1]), np.int32)
    for i in range(count):
        lo, hi = bounds[i], bounds[i + 1]
        if hi > lo:
            scores[i] = viterbi(x[lo:hi], log_t, starts, stops, back, tags[lo:hi])
    return tags, scores


@jit
def marginals_batch(x, bounds, log_t, starts, stops, mask):
    """Tag marginals (N, K), log Z (S,) and the entropy of the path distribution in nats (S,)."""
    count = len(bounds) - 1
    n_all, size = x.shape
    exp_t = np.exp(log_t)
    node = np.zeros((n_all, size))
    log_z = np.zeros(count)
    entropy = np.zeros(count)
    a, b, e = np.empty((n_all, size)), np.empty((n_all, size)), np.empty((n_all, size))
    scale = np.empty(n_all)
    edge = np.empty((size, size))
    for i in range(count):
        lo, hi = bounds[i], bounds[i + 1]
        if hi == lo:
            continue
        part = mask[lo:hi] if mask.shape[0] > 0 else mask
        log_z[i] = forward_backward(x[lo:hi], exp_t, starts, stops, part, a[lo:hi], b[lo:hi], e[lo:hi], scale[lo:hi])
        if log_z[i] == -np.inf:
            continue
        edge[:] = 0.0
        add_expectations(1.0, exp_t, a[lo:hi], b[lo:hi], e[lo:hi], scale[lo:hi], node[lo:hi], edge)
        expected = 0.0
        for t in range(lo, hi):
            for k in range(size):
                if node[t, k] > 0.0:
                    expected += node[t, k] * x[t, k]
        for j in range(size):
            for k in range(size):
                if edge[j, k] > 0.0:
                    expected += edge[j, k] * log_t[j, k]
        entropy[i] = max(0.0, log_z[i] - expected)
    return node, log_z, entropy


@jit
def span_marginals_batch(x, bounds, log_t, starts, stops, spans, roles):
    """The probability of each span (M,); ``spans`` (M, 4) int32: sentence, start, end, label; sorted by sentence."""
    size = x.shape[1]
    exp_t = np.exp(log_t)
    out = np.empty(len(spans))
    none = np.empty((0, size), np.bool_)
    current = -1
    a, b, e = np.empty((0, size)), np.empty((0, size)), np.empty((0, size))
    scale = np.empty(0)
    for m in range(len(spans)):
        i, start, end, label = spans[m]
        if i != current:
            lo, hi = bounds[i], bounds[i + 1]
            n = hi - lo
            a, b, e, scale = np.empty((n, size)), np.empty((n, size)), np.empty((n, size)), np.empty(n)
            forward_backward(x[lo:hi], exp_t, starts, stops, none, a, b, e, scale)
            current = i
        out[m] = span_probability(start, end, roles[label], exp_t, a, b, e, scale)
    return out
