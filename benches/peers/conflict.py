"""The account matcher beside its peers: one run, the same queries, one judge, one core.

Usage: conflict.py MATCHER, the built binary `conflict`; scripts/bench-conflict.sh calls it. Environment: PRM_ACCOUNTS (folder
of the sets real_* and synth_*), PRM_ACCOUNTS_LARGE (beginning of the file names of a large set, for speed alone),
PRM_POSTGRES_URL, PRM_SAMPLE (queries of the sample), PRM_PEERS (some of ours,rapidfuzz,pg_trgm,splink,recordlinkage).
"""
import csv
import os
import random
import re
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from functools import partial
from importlib.metadata import version

import numpy as np
from anyascii import anyascii
from cleanco import basename

import matchers

MATCHER = sys.argv[1]
PEERS = os.environ.get("PRM_PEERS", "ours,rapidfuzz,pg_trgm,splink,recordlinkage").split(",")
SAMPLE = int(os.environ.get("PRM_SAMPLE", "2000"))
SCORERS = "token_set_ratio", "token_sort_ratio", "WRatio"
# What an equal country adds to the likeness of two names and another one takes off, in hundredths; the best is taken.
COUNTRY = 0, 3, 6, 10, 15, 25
HEAD = f"""The account matcher beside its peers. Judged is the best match of each query among the accounts of its collection;
pairs that are related or ambiguous count neither way. rec@95: recall where the precision is still .95; what scores alike
is told or not told together.
The peers' thresholds are those of the best F1 on these very queries, in hindsight; so are, in rapidfuzz and pg_trgm, the
names ('plain', or 'cleaned': Latin letters, no legal form) and the weight of the country: the points of 100, one of
{', '.join(map(str, COUNTRY))}, that an equal one adds and another one takes off.
This matcher's weights were fitted on these sets with their labels, and so are the logistic regression and the Splink model
of labelled pairs: all three have seen what they are asked here.
One core for each. Set-up (indexing, training) is not in the time of the queries, nor is the cleaning of names for peers.
pg_trgm: %, a GIN index, never a scan of the table. rapidfuzz: all accounts, one query at a time. Splink and recordlinkage:
all queries at once; their p50 is that of {matchers.ALONE} queries asked alone.
rapidfuzz {version('rapidfuzz')}, Splink {version('splink')}, DuckDB {version('duckdb')}, recordlinkage \
{version('recordlinkage')}, scikit-learn {version('scikit-learn')}."""


def clean(name):
    """A name as a peer is best given it: in Latin letters, small, without marks and legal form."""
    name = anyascii(name).lower()
    return re.sub(r"[\W_]+", " ", basename(name) or name).strip() or name


class Records:
    """Accounts, queries and which pairs are the same."""

    def __init__(self, prefix, limit=None, queries=None):
        self.prefix = prefix
        self.base, self.queries = self.rows("base", limit), self.rows("queries", queries)
        self.truth, self.ignored = {}, set()
        for row in self.rows("truth"):
            if row["label"] == "same":
                self.truth[row["query_id"]] = row["base_id"]
            else:
                self.ignored.add((row["query_id"], row["base_id"]))
        ids = [row["id"] for row in self.queries]
        self.ids = set(ids)
        # PRM_SAMPLE=0: all of them.
        self.sample = set(random.Random(1).sample(ids, SAMPLE)) if 0 < SAMPLE < len(ids) else self.ids

    def rows(self, part, limit=None):
        with open(f"{self.prefix}_{part}.csv", newline="", encoding="utf-8") as file:
            return [row for _, row in zip(range(limit or sys.maxsize), csv.DictReader(file))]

    def by_collection(self, wanted):
        """Accounts and wanted queries of each collection, which are searched apart."""
        parts = defaultdict(lambda: ([], []))
        for row in self.base:
            parts[row["collection"]][0].append(row)
        for row in self.queries:
            if row["id"] in wanted:
                parts[row["collection"]][1].append(row)
        return parts.values()

    def best(self, query, ranked):
        """The first of (account, score) that counts: related and ambiguous pairs count neither way."""
        return next((one for one in ranked if (query, one[0]) not in self.ignored), None)


class Spent:
    """Seconds by the wall and of the processor: of setting up, of searching, and by query where each is searched alone."""

    def __init__(self, extra=lambda: 0.0):
        self.setup, self.search, self.cpu, self.queries, self.each = 0.0, 0.0, 0.0, 0, []
        self.extra = extra  # processor seconds of another process, such as a server

    def clock(self):
        return time.perf_counter(), time.process_time() + self.extra()

    def searched(self, since, queries=1, alone=True):
        wall, cpu = self.clock()
        self.search += wall - since[0]
        self.cpu += cpu - since[1]
        self.queries += queries
        if alone:
            self.each.append(wall - since[0])

    def columns(self):
        """Queries a second; microseconds of the processor a query; the median of queries alone; seconds of setting up."""
        p50 = sorted(self.each)[len(self.each) // 2] if self.each else float("nan")
        micros = (f"{1e6 * seconds:10,.{1 if seconds < 1e-3 else 0}f}" for seconds in (self.cpu / self.queries, p50))
        rate = self.queries / self.search
        return f"{rate:9,.{0 if rate >= 100 else 1}f} {' '.join(micros)} {self.setup:7.1f}"


def judge(found, truth, queries, threshold=None):
    """F1, precision, recall, and the recall at a precision of .95. Without a threshold: at that of the best F1, in hindsight."""
    ranked = sorted(((found[q][1], found[q][0] == truth.get(q)) for q in queries if found.get(q)), reverse=True)
    truths = sum(q in truth for q in queries)
    right, best, at_95 = 0, (0.0, 0.0, 0.0), 0.0
    for told, (score, ok) in enumerate(ranked, 1):
        right += ok
        if told < len(ranked) and ranked[told][0] == score:
            continue  # what scores alike is told or not told together
        precision, recall = right / told, right / truths
        point = 2 * right / (told + truths), precision, recall
        if threshold is None:
            best = max(best, point)
        elif score >= threshold:
            best = point
        at_95 = recall if precision >= 0.95 else at_95
    return (*best, at_95)


def line(label, records, found, spent, threshold=None, whole=True):
    f1, p, r, at = judge(found, records.truth, records.sample, threshold)
    text = f"{label:<48} {f1:5.3f} {p:5.3f} {r:5.3f} {at:6.3f}"
    if whole:
        f1, p, r, at = judge(found, records.truth, records.ids, threshold)
        text += f" | {f1:5.3f} {p:5.3f} {r:5.3f} {at:6.3f} | "
    else:
        text += f" | {'-':>5} {'-':>5} {'-':>5} {'-':>6} | "
    print(text + spent.columns(), flush=True)


def ours(prefix, fields, size=sys.maxsize):
    with tempfile.NamedTemporaryFile("r", encoding="utf-8") as out:
        command = [MATCHER, "best", prefix, fields, out.name, str(size)]
        told = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
        rows = list(csv.DictReader(out))
    spent = Spent()
    spent.setup, _, spent.search, spent.cpu = map(float, told.stdout.split())
    spent.queries, spent.each = len(rows), [int(row["nanos"]) / 1e9 for row in rows]
    return {row["query_id"]: (row["base_id"], int(row["margin"])) for row in rows if row["base_id"]}, spent


def measure_ours(records, fields):
    found, spent = ours(records.prefix, fields)
    line("this matcher, at the thresholds it ships with", records, found, spent, threshold=0)
    line("this matcher, threshold in hindsight", records, found, spent)


def best_choice(label, records, asked, choices):
    """The choice of best F1 on the queries asked among {(names, weight): (found, spent)}."""
    (names, weight), (found, spent) = max(choices.items(), key=lambda one: judge(one[1][0], records.truth, asked))
    line(f"{label}, {names}, country {weight}", records, found, spent, whole=asked is records.ids)


def measure_rapidfuzz(records, scorer):
    """On the sample alone, since it looks at each account for each query, unless the sample is all."""
    choices, asked = {}, records.sample
    for names in "plain", "cleaned":
        spent, founds = Spent(), {weight: {} for weight in COUNTRY}
        for base, queries in records.by_collection(asked):
            scores_of = matchers.rapidfuzz(base, names, scorer)
            countries = np.array([row["country"] for row in base])
            for query, key in zip(queries, matchers.rapidfuzz_keys(queries, names)):
                since = spent.clock()
                scores = scores_of(key)
                spent.searched(since)
                equal, known = countries == query["country"], (countries != "") & (query["country"] != "")
                for weight, found in founds.items():
                    total = scores + np.where(known, np.where(equal, weight, -weight), 0)
                    top = np.argpartition(-total, min(20, len(total)) - 1)[:20]
                    top = top[np.lexsort((top, -total[top]))]
                    found[query["id"]] = records.best(query["id"], ((base[i]["id"], float(total[i])) for i in top))
        choices |= {(names, weight): (found, spent) for weight, found in founds.items()}
    best_choice(f"rapidfuzz {scorer}", records, asked, choices)


def measure_pg_trgm(records):
    choices, asked = {}, records.ids
    for names, key in ("plain", "name"), ("cleaned", "clean"):
        spent, founds = Spent(), {weight: {} for weight in COUNTRY}
        table = matchers.Trigrams(spent)
        for base, queries in records.by_collection(asked):
            table.hold((row["id"], row[key].lower(), row["country"]) for row in base)
            for query in queries:
                rows = table.search(query[key].lower())
                for weight, found in founds.items():
                    points = {"": 0, query["country"]: weight} if query["country"] else {}
                    other = -weight if query["country"] else 0
                    ranked = [(held, 100 * likeness + points.get(country, other)) for held, country, likeness in rows]
                    found[query["id"]] = records.best(query["id"], sorted(ranked, key=lambda one: -one[1]))
        choices |= {(names, weight): (found, spent) for weight, found in founds.items()}
    best_choice(f"pg_trgm {table.version}", records, asked, choices)


def measure_linker(label, link, records, fields):
    spent = Spent()
    pairs = link(records, ["country"] if fields == "name" else ["country", "domain", "city", "phone", "tax_id"], spent)
    ranked = defaultdict(list)
    for query, account, score in pairs:
        ranked[query].append((account, float(score)))
    for found in ranked.values():
        found.sort(key=lambda one: -one[1])
    line(label, records, {query: records.best(query, found) for query, found in ranked.items()}, spent)


def quality(title, records, fields):
    matched = sum(q in records.truth for q in records.ids)
    print(f"\n{title}: {len(records.base):,} accounts, {len(records.ids):,} queries, {matched:,} of them with a match")
    head = f"{'F1':>5} {'prec.':>5} {'rec.':>5} {'rec@95':>6}"
    sample, whole = f"the same {len(records.sample):,} queries", "all queries"
    print(f"{'':<48} {sample:^24} | {whole:^24} | queries/s     CPU us     p50 us  set-up")
    print(f"{'':<48} {head} | {head} |  one core    a query    a query       s")
    if "ours" in PEERS:
        measure_ours(records, fields)
    if fields == "name" and "rapidfuzz" in PEERS:
        for scorer in SCORERS:
            measure_rapidfuzz(records, scorer)
    if fields == "name" and "pg_trgm" in PEERS:
        measure_pg_trgm(records)
    if "splink" in PEERS:
        for labels, told in (False, "EM, no labels"), (True, "labelled pairs"):
            link = partial(matchers.splink, labels=labels)
            measure_linker(f"Splink on DuckDB, {told}", link, records, fields)
    if "recordlinkage" in PEERS:
        measure_linker("recordlinkage + logistic regression", matchers.recordlinkage, records, fields)


def speed(prefix, sizes=(10_000, 100_000, 1_000_000)):
    print("\nSpeed in a growing set: the first accounts of the large one, one query at a time, one core")
    print(f"{'':<48} {'accounts':>9} {'queries':>8} | queries/s     CPU us     p50 us  set-up")
    for size in sizes:
        def told(label, spent):
            print(f"{label:<48} {size:>9,} {spent.queries:>8,} | {spent.columns()}", flush=True)
        for fields, label in ("all", "all fields"), ("name", "name and country"):
            if "ours" in PEERS:
                told(f"this matcher, {label}", ours(prefix, fields, size)[1])
        records = Records(prefix, size, queries=1000)
        if "pg_trgm" in PEERS:
            spent = Spent()
            table = matchers.Trigrams(spent)
            table.hold((row["id"], row["name"].lower(), row["country"]) for row in records.base)
            # Enough queries for a median, few enough for a minute.
            for row in records.queries[: 50_000_000 // max(size, 50_000)]:
                table.search(row["name"].lower(), limit=5)
            told(f"pg_trgm {table.version}", spent)
        if "rapidfuzz" in PEERS:
            for scorer in SCORERS[0], SCORERS[2]:
                spent, scores_of = Spent(), matchers.rapidfuzz(records.base, "plain", scorer)
                for key in matchers.rapidfuzz_keys(records.queries[: max(5, 2_000_000 // size)], "plain"):
                    since = spent.clock()
                    np.argpartition(-scores_of(key), 5)
                    spent.searched(since)
                told(f"rapidfuzz {scorer}", spent)


def main():
    if "pg_trgm" in PEERS and not os.environ.get("PRM_POSTGRES_URL"):
        print("skipped: pg_trgm, since there is no PostgreSQL")
        PEERS.remove("pg_trgm")
    folder, large = os.environ["PRM_ACCOUNTS"], os.environ.get("PRM_ACCOUNTS_LARGE")
    print(HEAD, flush=True)
    for prefix, title in ("real", "Real accounts (development set)"), ("synth", "Synthetic accounts"):
        records = Records(f"{folder}/{prefix}")
        for row in records.base + records.queries:
            row["clean"] = clean(row["name"])
        for fields, told in ("name", "name and country"), ("all", "all fields"):
            quality(f"{title}, {told}", records, fields)
    if large:
        speed(large)


if __name__ == "__main__":
    main()
