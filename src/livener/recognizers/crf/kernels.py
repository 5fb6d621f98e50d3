"""The compiled heart of the CRF: per-word score rows, recognition, and stochastic training.

A *row* of a word holds what the word adds to the emission scores of its neighbours: ``row[o * K + k]`` is added to
tag ``k`` of the token that sees the word at window position ``o`` (0 … 2·reach; the middle is the token itself). So
the emissions of a token are 2·reach + 1 gathers and sums, whatever the number of features of a word. A token may have
several words (channels): its form, its gazetteer entry. Rows 0 and 1 are the borders before and after a sentence.
"""

import numpy as np

from livener.tagging.jit import jit
from livener.tagging.kernels import add_expectations, forward_backward, span_probability, viterbi

# mypy: disallow-untyped-defs=False, disallow-incomplete-defs=False, disallow-untyped-calls=False
# mypy: disallow-untyped-decorators=False


@jit
def find_slot(key, hashes):
    """Where ``key`` is in the table of hashes, or the empty slot (0) where it belongs; the size is a power of two."""
    mask = np.uint64(len(hashes) - 1)
    slot = (key >> np.uint64(1)) & mask
    while hashes[slot] != key and hashes[slot] != np.uint64(0):
        slot = (slot + np.uint64(1)) & mask
    return slot


@jit
def number_words(codes, ranges, hashes, numbers, known):
    """The number of each word ``codes[start:end]`` (N,), and the places of the words that are new (in their order).

    New words are numbered from ``known`` on and entered into the table, which must have room for them. Words are told
    apart by 64 bits: a million of them collide with a chance of one in forty million, and then share their features.
    """
    count = len(ranges)
    found = np.empty(count, np.int32)
    new = np.empty(count, np.int64)
    fresh = 0
    for i in range(count):
        key = np.uint64(0x9E3779B97F4A7C15)
        for p in range(ranges[i, 0], ranges[i, 1]):
            key = (key ^ np.uint64(codes[p])) * np.uint64(0xFF51AFD7ED558CCD)
            key ^= key >> np.uint64(32)
        key |= np.uint64(1)
        slot = find_slot(key, hashes)
        if hashes[slot] == np.uint64(0):
            hashes[slot] = key
            numbers[slot] = known + fresh
            new[fresh] = i
            fresh += 1
        found[i] = numbers[slot]
    return found, new[:fresh]


@jit
def grow_words(hashes, numbers, size):
    """The table with room for ``size`` slots, a power of two."""
    more = np.zeros(size, np.uint64)
    more_numbers = np.zeros(size, np.int32)
    for i in range(len(hashes)):
        if hashes[i] != np.uint64(0):
            slot = find_slot(hashes[i], more)
            more[slot] = hashes[i]
            more_numbers[slot] = numbers[i]
    return more, more_numbers


@jit
def fill_row(row, word, first, features, values, weights):
    """Write the row of one word: the sum of the weight rows of its features times their values."""
    row[:] = 0.0
    for q in range(first[word], first[word + 1]):
        v = values[q]
        f = features[q]
        for d in range(row.shape[0]):
            row[d] += v * weights[f, d]


@jit
def dropped(seed, place, q, dropout):
    """Whether feature ``q`` at token ``place`` is left out in this epoch: the same answer in both directions."""
    z = np.uint64(seed) * np.uint64(0x9E3779B97F4A7C15) + np.uint64(place) * np.uint64(0xBF58476D1CE4E5B9)
    z += np.uint64(q) * np.uint64(0x94D049BB133111EB)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return (z >> np.uint64(40)) < dropout


@jit
def fill_row_dropping(row, word, first, features, values, weights, seed, place, dropout, gain):
    """`fill_row` in training: features are left out at random, the rest made stronger by ``gain``."""
    row[:] = 0.0
    for q in range(first[word], first[word + 1]):
        if not dropped(seed, place, q, dropout):
            v = values[q] * gain
            f = features[q]
            for d in range(row.shape[0]):
                row[d] += v * weights[f, d]


@jit
def refresh_rows(words, rows, fresh, first, features, values, weights):
    """Fill the rows that ``words`` (N, channels) need and that are not fresh; the borders too."""
    for w in range(2):
        if not fresh[w]:
            fill_row(rows[w], w, first, features, values, weights)
            fresh[w] = True
    for i in range(words.shape[0]):
        for c in range(words.shape[1]):
            w = words[i, c]
            if not fresh[w]:
                fill_row(rows[w], w, first, features, values, weights)
                fresh[w] = True


@jit
def emissions(words, rows, reach, bias, x):
    """The emissions (n, K) of one sentence from the rows of its words (n, channels); ``bias`` is added to tag O."""
    n, size = x.shape
    for t in range(n):
        for k in range(size):
            x[t, k] = 0.0
        x[t, 0] = bias
        for o in range(2 * reach + 1):
            p = t + o - reach
            if p < 0 or p >= n:
                border = rows[0 if p < 0 else 1]
                for k in range(size):
                    x[t, k] += border[o * size + k]
            else:
                for c in range(words.shape[1]):
                    row = rows[words[p, c]]
                    for k in range(size):
                        x[t, k] += row[o * size + k]


@jit
def recognise(words, bounds, rows, reach, bias, log_t, starts, stops, roles, opens, label_of, scored):
    """The spans of the best paths: (M, 4) int32 sentence, start, end, label; and their marginals (M,)."""
    size = log_t.shape[0]
    exp_t = np.exp(log_t)
    none = np.empty((0, size), np.bool_)
    longest = 1
    for i in range(len(bounds) - 1):
        longest = max(longest, bounds[i + 1] - bounds[i])
    x = np.empty((longest, size))
    a, b, e = np.empty((longest, size)), np.empty((longest, size)), np.empty((longest, size))
    scale = np.empty(longest)
    back = np.empty((longest, size), np.int32)
    tags = np.empty(longest, np.int32)
    spans = np.empty((64, 4), np.int32)
    probabilities = np.ones(64)
    found = 0
    for i in range(len(bounds) - 1):
        lo = bounds[i]
        n = bounds[i + 1] - lo
        if n == 0:
            continue
        emissions(words[lo : lo + n], rows, reach, bias, x[:n])
        viterbi(x[:n], log_t, starts, stops, back, tags)
        before = found
        start = -1
        for t in range(n + 1):
            tag = tags[t] if t < n else 0
            if start >= 0 and (tag == 0 or opens[tag]):
                if found == len(spans):
                    grown = np.empty((2 * found, 4), np.int32)
                    grown[:found] = spans
                    spans = grown
                    grown_p = np.ones(2 * found)
                    grown_p[:found] = probabilities
                    probabilities = grown_p
                spans[found, 0] = i
                spans[found, 1] = start
                spans[found, 2] = t
                spans[found, 3] = label_of[tags[start]]
                found += 1
                start = -1
            if tag > 0 and opens[tag]:
                start = t
        if scored and found > before:
            forward_backward(x[:n], exp_t, starts, stops, none, a[:n], b[:n], e[:n], scale)
            for m in range(before, found):
                probabilities[m] = span_probability(
                    spans[m, 1], spans[m, 2], roles[spans[m, 3]], exp_t, a[:n], b[:n], e[:n], scale
                )
    return spans[:found], probabilities[:found]


@jit
def ftrl(weights, sums, roots, row, gradient, scale, rate, smooth, l1, l2):
    """One FTRL-proximal step (McMahan et al. 2013) on a weight row; ``sums`` is the paper's z, ``roots`` its √n."""
    weight, total, root = weights[row], sums[row], roots[row]
    speed = np.float32(1.0) / rate
    for d in range(len(gradient)):  # without branches, so that it is compiled to vector instructions
        g = gradient[d] * scale
        old = root[d]
        new = np.sqrt(old * old + g * g)
        z = total[d] + g - (new - old) * speed * weight[d]
        root[d] = new
        total[d] = z
        kept = z if z < l1 else l1
        kept = kept if kept > -l1 else -l1
        weight[d] = (kept - z) / ((smooth + new) * speed + l2)


@jit
def train_epoch(
    order,
    bounds,
    words,
    gold,
    mask_at,
    masks,
    negative_bounds,
    negatives,
    importance,
    first,
    features,
    values,
    weights,
    sums,
    roots,
    steps,
    step_sums,
    step_roots,
    allowed,
    starts,
    stops,
    roles,
    reach,
    bias,
    rate,
    smooth,
    l1,
    l2,
    dropout,
    seed,
):
    """One pass of stochastic gradient descent over the sentences in ``order``; returns the summed loss.

    A complete sentence has its tags in ``gold``. A partial one has a row of ``masks`` (tags still possible) per token
    from ``mask_at[i]`` on; its loss is −log P(paths through the mask), and each of its ``negatives`` (start, end,
    label) adds −log(1 − P(that span | mask)). The steps of the chain are weights of their own, (1, K·K).
    """
    size = allowed.shape[0]
    width = 2 * reach + 1
    channels = words.shape[1]
    longest = 1
    for i in range(len(bounds) - 1):
        longest = max(longest, bounds[i + 1] - bounds[i])
    rows = np.empty((longest * channels + 2, width * size), np.float32)
    local = np.empty((longest, channels), np.int32)
    x = np.empty((longest, size))
    a, b, e = np.empty((longest, size)), np.empty((longest, size)), np.empty((longest, size))
    scale = np.empty(longest)
    node = np.empty((longest, size))
    edge = np.empty((size, size))
    gradient = np.empty(width * size, np.float32)
    step_gradient = np.empty(size * size, np.float32)
    exp_t = np.zeros((size, size))
    none = np.empty((0, size), np.bool_)
    one = np.float32(1.0)
    limit = np.uint64(dropout * 2**24)
    gain = np.float32(1.0 / (1.0 - dropout))
    loss = 0.0
    for i in order:
        lo = bounds[i]
        n = bounds[i + 1] - lo
        if n == 0:
            continue
        for j in range(size):
            for k in range(size):
                exp_t[j, k] = np.exp(steps[0, j * size + k]) if allowed[j, k] else 0.0
        fill_row(rows[0], 0, first, features, values, weights)
        fill_row(rows[1], 1, first, features, values, weights)
        for t in range(n):
            for c in range(channels):
                local[t, c] = 2 + t * channels + c
                fill_row_dropping(
                    rows[local[t, c]], words[lo + t, c], first, features, values, weights, seed, lo + t, limit, gain
                )
        emissions(local[:n], rows, reach, bias, x[:n])
        log_z = forward_backward(x[:n], exp_t, starts, stops, none, a[:n], b[:n], e[:n], scale)
        node[:n] = 0.0
        edge[:] = 0.0
        add_expectations(1.0, exp_t, a[:n], b[:n], e[:n], scale, node[:n], edge)
        at = mask_at[i]
        if at < 0:
            right = 0.0
            for t in range(n):
                tag = gold[lo + t]
                right += x[t, tag]
                node[t, tag] -= 1.0
                if t > 0:
                    right += steps[0, gold[lo + t - 1] * size + tag]
                    edge[gold[lo + t - 1], tag] -= 1.0
        else:
            mask = masks[at : at + n].copy()
            right = forward_backward(x[:n], exp_t, starts, stops, mask, a[:n], b[:n], e[:n], scale)
            if right == -np.inf:
                continue
            add_expectations(-1.0, exp_t, a[:n], b[:n], e[:n], scale, node[:n], edge)
            for m in range(negative_bounds[i], negative_bounds[i + 1]):
                start, end, label = negatives[m, 0], negatives[m, 1], negatives[m, 2]
                inner = mask.copy()
                for t in range(start, end):
                    inner[t, :] = False
                    role = 3 if end - start == 1 else 0 if t == start else 2 if t == end - 1 else 1
                    inner[t, roles[label, role]] = mask[t, roles[label, role]]
                if end < n:
                    inner[end, roles[label, 1]] = inner[end, roles[label, 1]] and roles[label, 1] != roles[label, 2]
                with_span = forward_backward(x[:n], exp_t, starts, stops, inner, a[:n], b[:n], e[:n], scale)
                if with_span == -np.inf:
                    continue
                p = np.exp(with_span - right)
                # the slope of −log(1 − p) has no bound where p nears one
                pull = min(p / (1.0 - p), 10.0) if p < 1.0 else 10.0
                add_expectations(pull, exp_t, a[:n], b[:n], e[:n], scale, node[:n], edge)
                forward_backward(x[:n], exp_t, starts, stops, mask, a[:n], b[:n], e[:n], scale)
                add_expectations(-pull, exp_t, a[:n], b[:n], e[:n], scale, node[:n], edge)
                loss -= np.log(max(1.0 - p, 1e-10))
        loss += log_z - right
        weight = importance[i]
        for p in range(-reach, n + reach):
            worth = False
            for o in range(width):
                t = p + reach - o
                for k in range(size):
                    g = weight * node[t, k] if 0 <= t < n else 0.0
                    gradient[o * size + k] = g
                    worth = worth or abs(g) > 1e-3
            if not worth:
                continue
            for c in range(channels if 0 <= p < n else 1):
                w = 0 if p < 0 else (1 if p >= n else words[lo + p, c])
                for q in range(first[w], first[w + 1]):
                    if w < 2:
                        ftrl(weights, sums, roots, features[q], gradient, one, rate, smooth, l1, l2)
                    elif not dropped(seed, lo + p, q, limit):
                        ftrl(weights, sums, roots, features[q], gradient, values[q] * gain, rate, smooth, l1, l2)
        for j in range(size):
            for k in range(size):
                step_gradient[j * size + k] = weight * edge[j, k] if allowed[j, k] else 0.0
        ftrl(steps, step_sums, step_roots, 0, step_gradient, one, rate, smooth, np.float32(0.0), l2)
    return loss
