"""The peers: rapidfuzz and pg_trgm search one name; Splink and recordlinkage give (query, account, score) of all queries."""
import itertools
import logging
import os
import re
import time
import warnings

import numpy as np
import pandas as pd

# Single queries that are timed: each takes these tools tens of milliseconds and more.
ALONE = 20
FREE_MAIL = {"gmail.com", "outlook.com", "yahoo.com", "hotmail.com", "qq.com", "163.com", "gmx.de", "mail.ru", "web.de"}
SECOND_LEVEL = {"ac", "co", "com", "edu", "go", "gov", "ne", "net", "or", "org"}


def rapidfuzz_keys(rows, names):
    from rapidfuzz.utils import default_process

    return [row["clean"] if names == "cleaned" else default_process(row["name"]) for row in rows]


def rapidfuzz(base, names, scorer):
    """A function that gives a name's likeness to each account, of 100."""
    from rapidfuzz import fuzz, process

    keys, scorer = rapidfuzz_keys(base, names), getattr(fuzz, scorer)
    return lambda key: process.cdist([key], keys, scorer=scorer, dtype=np.float32, workers=1)[0]


class Trigrams:
    """pg_trgm in a table of its own that is gone with the connection."""

    def __init__(self, spent):
        import psycopg

        self.connection = psycopg.connect(os.environ["PRM_POSTGRES_URL"], autocommit=True, prepare_threshold=None)
        self.connection.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
        # All in memory, no helpers, and the index always: the planner takes long names for cheap ones and reads the table.
        for setting in (
            "temp_buffers = '1GB'",
            "maintenance_work_mem = '1GB'",
            "max_parallel_workers_per_gather = 0",
            "max_parallel_maintenance_workers = 0",
            "enable_seqscan = off",
        ):
            self.connection.execute(f"SET {setting}")
        self.version = self.connection.execute("SHOW server_version").fetchone()[0].split()[0]
        self.spent, spent.extra = spent, self.server
        self.process = self.connection.execute("SELECT pg_backend_pid()").fetchone()[0]

    def server(self):
        """Processor seconds of the server's process; not known of a server elsewhere."""
        try:
            with open(f"/proc/{self.process}/stat") as file:
                fields = file.read().rpartition(")")[2].split()
        except OSError:
            return float("nan")
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def hold(self, rows):
        """Takes (id, name, country)."""
        since = time.perf_counter()
        self.connection.execute("DROP TABLE IF EXISTS account")
        self.connection.execute("CREATE TEMPORARY TABLE account (id text, name text, country text)")
        with self.connection.cursor().copy("COPY account FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
        self.connection.execute("CREATE INDEX ON account USING gin (name gin_trgm_ops)")
        self.connection.execute("ANALYZE account")
        self.spent.setup += time.perf_counter() - since

    def search(self, name, limit=20):
        since = self.spent.clock()
        rows = self.connection.execute(
            "SELECT id, country, similarity(name, %s) AS likeness FROM account WHERE name %% %s ORDER BY likeness DESC LIMIT %s",
            (name, name, limit),
        ).fetchall()
        self.spent.searched(since)
        return rows


def domain_label(domain):
    """`example` of www.example.co.uk; a mail provider's says nothing."""
    parts = domain.lower().split(".")
    if domain in FREE_MAIL or len(parts) < 2:
        return ""
    return parts[-3] if len(parts) > 2 and parts[-2] in SECOND_LEVEL else parts[-2]


def frame(rows, fields):
    """What both tools compare: the cleaned name, parts of it to block on, and the fields as they compare best."""
    data = pd.DataFrame({"id": [row["id"] for row in rows], "collection": [row["collection"] for row in rows]})
    words = [row["clean"].split() for row in rows]
    data["name"] = [" ".join(w) for w in words]
    data["sorted"] = [" ".join(sorted(w)) for w in words]
    data["first"] = [w[0] for w in words]
    data["longest"] = [max(w, key=len) for w in words]
    data["begins"] = ["".join(w)[:6] for w in words]
    plain = {
        "domain": domain_label,
        "phone": lambda text: re.sub(r"\D", "", text)[-9:],
        "tax_id": lambda text: re.sub(r"\W", "", text).lower(),
    }
    for field in fields:
        data[field] = [plain.get(field, str.lower)(row[field]) for row in rows]
    return data.astype("string").replace("", None)


def frames(records, fields):
    """Both sides, and those fields that are filled on both."""
    base, queries = frame(records.base, fields), frame(records.queries, fields)
    return base, queries, [field for field in fields if base[field].notna().any() and queries[field].notna().any()]


def splink(records, fields, spent, labels=False):
    """Trained by expectation maximisation or, with labels, on the pairs that are the same."""
    import duckdb
    import splink.comparison_library as compare
    from splink import Linker, SettingsCreator, block_on
    from splink.backends.duckdb import DuckDBAPI

    logging.getLogger("splink").setLevel(logging.ERROR)
    base, queries, fields = frames(records, fields)
    since = spent.clock()
    database = DuckDBAPI(connection=duckdb.connect(config={"threads": 1}))
    for side in base, queries:
        side["words"] = [sorted(set(name.split())) for name in side["name"]]
    columns = ["id", "collection", "name", "sorted", "words", "first", "longest", "begins", *fields]
    sides = [database.register(side[columns], table_name=name) for name, side in (("base", base), ("queries", queries))]
    blocks = ["first", "longest", "begins", *(field for field in fields if field in ("domain", "phone", "tax_id"))]
    settings = SettingsCreator(
        link_type="link_only",
        unique_id_column_name="id",
        comparisons=[
            compare.JaroWinklerAtThresholds("sorted", [0.95, 0.88, 0.8, 0.7]).configure(term_frequency_adjustments=True),
            compare.ArrayIntersectAtSizes("words", [3, 2, 1]),
            compare.ExactMatch("longest").configure(term_frequency_adjustments=True),
            compare.ExactMatch("first").configure(term_frequency_adjustments=True),
            *(compare.ExactMatch(field).configure(term_frequency_adjustments=field in ("country", "city")) for field in fields),
        ],
        blocking_rules_to_generate_predictions=[block_on("collection", block) for block in blocks],
        probability_two_random_records_match=1 / len(base),
        retain_matching_columns=False,
    )
    linker = Linker(sides, settings, log_level=logging.ERROR)
    linker.training.estimate_u_using_random_sampling(max_pairs=1e6, seed=1)
    if labels:
        pairs = [("base", account, "queries", query) for query, account in records.truth.items()]
        table = pd.DataFrame(pairs, columns=["source_dataset_l", "id_l", "source_dataset_r", "id_r"])
        linker.training.estimate_m_from_pairwise_labels(database.register(table, table_name="labels"))
    for block in () if labels else ("longest", "begins"):
        linker.training.estimate_parameters_using_expectation_maximisation(block_on("collection", block))
    spent.setup = spent.clock()[0] - since[0]
    since = spent.clock()
    pairs = linker.inference.predict(threshold_match_weight=-20).as_pandas_dataframe()
    spent.searched(since, len(queries), alone=False)
    since = spent.search, spent.cpu, spent.queries
    for at in range(ALONE):
        one = database.register(queries[columns].iloc[at : at + 1], table_name=f"query_{at}")
        clock = spent.clock()
        linker.inference.predict_between(sides[0], one, threshold_match_weight=-20).as_pandas_dataframe()
        spent.searched(clock)
    spent.search, spent.cpu, spent.queries = since
    # Which side an id is on follows from the order of the tables' names.
    known = set(queries["id"])
    for left, right, weight in zip(pairs["id_l"], pairs["id_r"], pairs["match_weight"]):
        yield (left, right, weight) if left in known else (right, left, weight)


def likeness(base, queries, fields):
    """The candidate pairs of recordlinkage and what it says of each."""
    import recordlinkage as link

    index = link.Index()
    for block in "longest", "begins", "first", *(field for field in fields if field in ("domain", "phone", "tax_id")):
        if base[block].notna().any() and queries[block].notna().any():
            index.block(["collection", block])
    pairs = index.index(base, queries)
    if pairs.empty:
        return pairs, []
    compare = link.Compare()
    compare.string("name", "name", method="jarowinkler")
    compare.string("sorted", "sorted", method="cosine")
    compare.string("name", "name", method="qgram")
    for exact in "longest", "first", *fields:
        compare.exact(exact, exact)
    values = compare.compute(pairs, base, queries)
    for field in fields:
        # A missing field is no conflict.
        left = base[field].reindex(values.index.get_level_values(0)).to_numpy(dtype=object, na_value=None)
        right = queries[field].reindex(values.index.get_level_values(1)).to_numpy(dtype=object, na_value=None)
        values[f"{field} differs"] = [int(a is not None and b is not None and a != b) for a, b in zip(left, right)]
    return pairs, values.fillna(0).to_numpy(dtype=float)


def recordlinkage(records, fields, spent):
    from sklearn.linear_model import LogisticRegression

    warnings.filterwarnings("ignore")
    base, queries, fields = frames(records, fields)
    base, queries = base.set_index("id"), queries.set_index("id")
    since = spent.clock()
    pairs, values = likeness(base, queries, fields)
    spent.searched(since, len(queries), alone=False)
    since = spent.clock()
    counted = [(query, account) not in records.ignored for account, query in pairs]
    same = [records.truth.get(query) == account for account, query in pairs]
    model = LogisticRegression(max_iter=1000).fit(values[counted], list(itertools.compress(same, counted)))
    spent.setup = spent.clock()[0] - since[0]
    since = spent.clock()
    scores = model.decision_function(values)
    spent.searched(since, 0, alone=False)
    kept = spent.search, spent.cpu, spent.queries
    for at in range(ALONE):
        clock = spent.clock()
        _, few = likeness(base, queries.iloc[at : at + 1], fields)
        if len(few):
            model.decision_function(few)
        spent.searched(clock)
    spent.search, spent.cpu, spent.queries = kept
    return ((query, account, score) for (account, query), score in zip(pairs, scores))
