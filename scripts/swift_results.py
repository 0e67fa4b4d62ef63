#!/usr/bin/env python3
"""Prints a line for each suite of a run of Swift's tests, in the words of the others: `swift_results.py EVENTS`.

EVENTS is what `swift test --event-stream-output-path` writes. A test with arguments counts once for each of them; one that
began and did not end, because something trapped, has failed."""

import json
import sys
from collections import Counter, defaultdict


def main():
    ended, cases, failed_cases, skipped = {}, Counter(), defaultdict(set), set()
    tests = {}
    with open(sys.argv[1], encoding="utf-8") as stream:
        records = [json.loads(line) for line in stream if line.strip()]
    for record in records:
        of, id = record["payload"], record["payload"].get("testID")
        if record["kind"] == "test" and of["kind"] == "function":
            tests[of["id"]] = of
        elif of["kind"] == "testSkipped":
            skipped.add(id)
        elif of["kind"] == "testCaseStarted":
            cases[id] += 1
        elif of["kind"] == "issueRecorded" and not of.get("issue", {}).get("isKnown"):
            failed_cases[id].add(json.dumps(of.get("_testCase")))
        elif of["kind"] == "testEnded":
            ended[id] = all(message["symbol"] != "fail" for message in of["messages"])
    suites = defaultdict(Counter)
    for id, test in tests.items():
        suite = suites[id.split("/")[0].split(".")[-1]]
        if id in skipped:
            suite["skipped"] += 1
            continue
        runs = max(cases[id], 1) if test["isParameterized"] else 1
        failed = 0 if ended.get(id) else max(len(failed_cases[id]), 1)
        suite["failed"] += failed
        suite["passed"] += max(runs - failed, 0)
    for name, of in sorted(suites.items()):
        print(f"test result: swift. {of['passed']} passed; {of['failed']} failed; {of['skipped']} ignored; {name}")


main()
