"""Fits the account matcher: prm-core/src/account/words.bin (how rare words are) and weights.rs (points of features).

Usage: account_weights.py words|dump|fit|all, with $PRM_ACCOUNTS (development sets, default ../shared/data/accounts),
$PRM_CONFLICT (the built binary `conflict` of benches) and $PRM_SCRATCH. Needs numpy and scikit-learn.

Only the development sets are read. To keep the fit honest about names that it has not seen, queries are split into FOLDS
by the sense of their first core word; the features of a fold are computed with a word table that has not seen the names
beginning with the words of that fold, and its scores are judged with weights that were fitted on the other folds.
"""
import csv
import gzip
import json
import math
import os
import pathlib
import subprocess
import sys
from collections import Counter, defaultdict

ROOT = pathlib.Path(__file__).resolve().parent.parent
DATA = os.environ.get("PRM_ACCOUNTS", str(ROOT.parent / "shared/data/accounts"))
BIN = os.environ.get("PRM_CONFLICT", str(ROOT / "target/release/conflict"))
SCRATCH = pathlib.Path(os.environ.get("PRM_SCRATCH", "/tmp"))
CRATE = ROOT / "prm-core/src/account"
FOLDS, LEAST, SYNTH_WEIGHT = 4, 3, float(os.environ.get("SYNTH_WEIGHT", "1"))

K = 1000
# The points of each feature's line, in the order of `Feature::ALL`; [] for values that stand for themselves.
KNOTS = {
    "cover_low": [0, 150, 300, 450, 600, 750, 850, 930, 1000],
    "cover_high": [0, 150, 300, 450, 600, 750, 850, 930, 1000],
    "matched": [0, 2 * K, 4 * K, 6 * K, 8 * K, 11 * K, 15 * K, 20 * K, 30 * K],
    "rarest": [0, 2 * K, 4 * K, 5 * K, 6 * K, 7 * K, 8 * K, 9 * K, 11 * K],
    "lone_low": [0, 1 * K, 3 * K, 5 * K, 7 * K, 9 * K, 11 * K],
    "lone_high": [0, 1 * K, 3 * K, 5 * K, 7 * K, 9 * K, 11 * K],
    "alike": [0, 200, 500, 1000],
    "first": range(3),
    "letters": [0, 150, 300, 450, 600, 750, 850, 950, 1000],
    "acronym": [0, 2, 3, 4, 5, 6, 12, 13, 14, 15, 16],
    "legal": range(3),
    "numbers": range(4),
    "words": range(7),
    "script": range(2),
    "country": range(3),
    "city": range(3),
    "domain": range(5),
    "label": range(5),
    "phone": range(3),
    "tax_id": range(3),
    "duns": [],
    "domain_cover": [0, 1, 200, 400, 700, 1001],
    "foreign_cover": [0, 1, 300, 600, 850, 1001],
    "country_matched": [0, 3 * K, 6 * K, 9 * K, 13 * K, 20 * K],
    "abroad_matched": [0, 3 * K, 6 * K, 9 * K, 13 * K, 20 * K],
    "abroad_cover": [0, 1, 500, 800, 1001],
    "city_matched": [0, 3 * K, 6 * K, 9 * K, 15 * K],
    "joint": [0, 2 * K, 4 * K, 6 * K, 8 * K, 11 * K, 15 * K, 20 * K],
    "whole": [0, 1, 3 * K, 5 * K, 7 * K, 9 * K, 11 * K, 16 * K, 22 * K],
    "subset": [0, 1, 2 * K, 4 * K, 6 * K, 8 * K, 11 * K],
    "single": [0, 3 * K, 5 * K, 7 * K, 9 * K, 11 * K],
    "script_letters": [0, 200, 400, 600, 800, 1000],
    "place": range(4),
    "city_letters": [0, 300, 500, 700, 1000],
    "label_alone": range(6),
    "domain_high": [0, 1, 300, 700, 1001],
    "sound": range(2),
    "short_letters": [0, 300, 450, 600, 750, 850, 950, 1000],
}


def run(*arguments, text=None):
    return subprocess.run([BIN, *map(str, arguments)], input=text, stdout=subprocess.PIPE, text=True, check=True).stdout


def table(path, counts, names):
    entries = sorted((s, n) for s, n in counts.items() if n >= LEAST)
    out = bytearray()
    for sense, n in entries:
        out += bytes.fromhex(sense) + bytes([max(1, min(220, round(math.log(names / n) * 20)))])
    path.write_bytes(out)
    return len(out)


def fit_words():
    pool = json.load(gzip.open(DATA + "/names.json.gz", "rt", encoding="utf-8"))
    names = sorted({row[2] for row in pool if "\n" not in row[2]})
    lines = run("senses", text="\n".join(names) + "\n").splitlines()
    total, by_fold, sizes = Counter(), [Counter() for _ in range(FOLDS)], [0] * FOLDS
    for line in lines:
        senses = line.split()
        core = [s for s in senses if s[0] != "-"]
        fold = int((core or senses or ["0"])[0].strip("-"), 16) % FOLDS
        for sense in set(core):
            total[sense] += 1
            by_fold[fold][sense] += 1
        sizes[fold] += 1
    print("words.bin:", table(CRATE / "words.bin", total, len(lines)), "bytes,", len(lines), "names")
    for fold in range(FOLDS):
        table(SCRATCH / f"words{fold}.bin", total - by_fold[fold], len(lines) - sizes[fold])


def dump():
    jobs = [("real", "all"), ("real", "name"), ("synth", "all"), ("synth", "name")]
    for part, which in jobs:
        running = []
        for fold in range(FOLDS):
            out = SCRATCH / f"{part}_{which}_{fold}.bin"
            running.append(subprocess.Popen(
                [BIN, "dump", f"{DATA}/{part}", str(SCRATCH / f"words{fold}.bin"), str(fold), str(FOLDS), str(out), which]))
            if len(running) == 2:
                [job.wait() for job in running]
                running = []


def load(part, which):
    import numpy as np

    rows, folds = [], []
    for fold in range(FOLDS):
        data = np.fromfile(SCRATCH / f"{part}_{which}_{fold}.bin", dtype="<i4").reshape(-1, len(KNOTS) + 2)
        rows.append(data)
        folds.append(np.full(len(data), fold))
    data = np.concatenate(rows)
    return data[:, 0], data[:, 1], data[:, 2:], np.concatenate(folds)


def expand(values):
    """Each value as shares of the two points of its line between which it lies."""
    import numpy as np
    from scipy import sparse

    blocks = []
    for column, knots in zip(values.T, KNOTS.values()):
        knots = np.array(list(knots), dtype=float)
        if len(knots) == 0:
            continue
        x = np.clip(column, knots[0], knots[-1])
        high = np.clip(np.searchsorted(knots, x, side="left"), 1, len(knots) - 1)
        share = (x - knots[high - 1]) / (knots[high] - knots[high - 1])
        rows = np.arange(len(x))
        block = sparse.csr_matrix(
            (np.concatenate([1 - share, share]), (np.concatenate([rows, rows]), np.concatenate([high - 1, high]))),
            shape=(len(x), len(knots)))
        blocks.append(block[:, 1:])
    return sparse.hstack(blocks).tocsr()


def judge(queries, labels, scores, truths):
    """Best F1 with its precision and recall, and recall at a precision of 0.95, of the best match per query."""
    import numpy as np

    order = np.lexsort((-scores, queries))
    q = queries[order]
    top = order[np.concatenate([[True], q[1:] != q[:-1]])]
    top = top[np.argsort(-scores[top])]
    right = np.cumsum(labels[top])
    p, r = right / np.arange(1, len(top) + 1), right / truths
    f = 2 * p * r / (p + r + 1e-9)
    best = int(f.argmax())
    at95 = r[p >= .95].max() if (p >= .95).any() else 0
    return f"F1 {f[best]:.4f} (P {p[best]:.3f} R {r[best]:.3f} at {scores[top][best]:+.2f}) R@P95 {at95:.4f}"


def truths(part):
    return sum(row["label"] == "same" for row in csv.DictReader(open(f"{DATA}/{part}_truth.csv")))


def fit():
    import numpy as np
    from sklearn.linear_model import LogisticRegression

    sets = {}
    for part in ("real", "synth"):
        for which in ("all", "name"):
            q, y, v, fold = load(part, which)
            sets[part, which] = (q, y, expand(v), fold)
    from scipy import sparse

    share = {("real", "all"): 1, ("real", "name"): .6, ("synth", "all"): SYNTH_WEIGHT, ("synth", "name"): .3 * SYNTH_WEIGHT}
    x = sparse.vstack([s[2] for s in sets.values()]).tocsr()
    y = np.concatenate([s[1] for s in sets.values()])
    fold = np.concatenate([s[3] for s in sets.values()])
    weight = np.concatenate([np.full(len(s[1]), share[k]) for k, s in sets.items()])
    strength = float(os.environ.get("C", "0.3"))
    rounds = int(os.environ.get("ROUNDS", "2"))

    def model(rows):
        """Fitted twice: the second time on what could be taken for the best match of its query."""
        found, kept = None, rows
        for _ in range(rounds):
            w = weight[kept].copy()
            if found is not None:
                w *= hard[kept]
            found = LogisticRegression(C=strength, max_iter=400, solver="lbfgs").fit(x[kept], y[kept], sample_weight=w)
            s = found.decision_function(x)
            hard = np.where((y == 1) | (s > -5), 1.0, .15)
        return found

    out = np.zeros(len(y))
    if not os.environ.get("QUICK"):
        for k in range(FOLDS):
            out[fold == k] = model(np.where(fold != k)[0]).decision_function(x[fold == k])
        start = 0
        for key, s in sets.items():
            print(*key, judge(s[0], s[1], out[start:start + len(s[1])], truths(key[0])), flush=True)
            start += len(s[1])
    final = model(np.arange(len(y)))
    weights = np.round(final.coef_[0] * 1000).astype(int)
    lines, at = [], 0
    for name, knots in KNOTS.items():
        knots = list(knots)
        if name == "duns":  # no open data have it: as a tax id, and a little more
            pairs = [(0, 0), *((value, int(w * 1.2)) for value, w in tax)]
        else:
            pairs = [(knots[0], 0)] + [(k, int(w)) for k, w in zip(knots[1:], weights[at:at + len(knots) - 1])]
            at += len(knots) - 1
            tax = pairs[1:] if name == "tax_id" else locals().get("tax")
        lines.append((name, pairs))
    bias = int(round(final.intercept_[0] * 1000))
    text = [
        "//! Points of features: made by `scripts/account_weights.py`, not by hand.\n",
        "/// What every pair has, in thousandths of log-odds.",
        f"pub(super) const BIAS: i32 = {bias};\n",
        "/// The line of each feature, in the order of `Feature::ALL`: values and their points.",
        "pub(super) static WEIGHTS: &[&[(i32, i32)]] = &[",
    ]
    for name, pairs in lines:
        text += [f"    // {name}", "    &[" + ", ".join(f"({a}, {b})" for a, b in pairs) + "],"]
    (CRATE / "weights.rs").write_text("\n".join(text) + "\n];\n")
    print("weights.rs: bias", bias)
    if os.environ.get("SHOW"):
        for name, pairs in lines:
            print(f"  {name:16} {pairs}")


if __name__ == "__main__":
    steps = {"words": [fit_words], "dump": [dump], "fit": [fit], "all": [fit_words, dump, fit]}
    for step in steps[(sys.argv[1:] or ["all"])[0]]:
        step()
