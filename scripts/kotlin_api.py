#!/usr/bin/env python3
"""Prints what the generated Kotlin files offer, a line for each declaration: `kotlin_api.py FILE...`.

Kept beside the sources, so that a change of what an application sees is seen in the diff."""

import re
import sys

# What the generator needs for itself.
OWN = re.compile(r"^(FfiConverter|Uniffi|uniffi|Rust|ForeignBytes|Disposable|ExternalErrorHandler|NoHandle|IntegrityChecking)|Internal|ErrorHandler$")


def without_comments(text):
    return re.sub(r"/\*.*?\*/|//[^\n]*", "", text, flags=re.S)


def closing(text, at, pair):
    """Where the bracket that opens at `at` closes."""
    depth = 0
    for place in range(at, len(text)):
        depth += (text[place] == pair[0]) - (text[place] == pair[1])
        if depth == 0:
            return place
    raise SystemExit(f"unbalanced {pair}")


def plain(text):
    text = re.sub(r"\s+", " ", text.replace("`", "").replace("kotlin.", ""))
    return re.sub(r"\s*,\s*", ", ", re.sub(r"\(\s+|\s+\)", lambda found: found[0].strip(), text)).replace(" :", ":").strip()


def fields(text, at):
    """The fields of a constructor whose bracket opens at `at`, without annotations."""
    return plain(text[at : closing(text, at, "()") + 1])


def members(body):
    """The variants of a sealed class."""
    for found in re.finditer(r"^    (?:data )?(class|object) (\w+)", body, re.M):
        opens = body.find("(", found.end()) if found[1] == "class" else -1
        yield f"    {found[2]}{fields(body, opens) if opens >= 0 else ''}"


def companion(body):
    """What stands in the companion: the other ways to make one."""
    found = re.search(r"^    companion object[^{\n]*\{", body, re.M)
    return body[found.start() : closing(body, found.end() - 1, "{}")] if found else ""


def outside(text):
    """The text without the bodies of classes and interfaces."""
    kept, at = [], 0
    for found in re.finditer(r"^(?:public |open |sealed |internal |data |enum )*(?:class|interface|object) [^{\n(]*(?:\n)?\{", text, re.M):
        if found.start() >= at:
            kept.append(text[at : found.start()])
            at = closing(text, found.end() - 1, "{}") + 1
    return "".join(kept) + text[at:]


def declarations(text):
    for found in re.finditer(r"^(?:public |open |sealed |data |enum )*(class|interface|typealias) `?(\w+)`?", text, re.M):
        kind, name, whole = found[1], found[2], found[0]
        if OWN.search(name):
            continue
        if kind == "typealias":
            yield name, [plain(text[found.start() : text.index("\n", found.start())])]
            continue
        if whole.startswith("data"):
            yield name, [f"data class {name}{fields(text, text.index('(', found.end()))}"]
            continue
        body = text[text.index("{", found.end()) : closing(text, text.index("{", found.end()), "{}")]
        if whole.startswith("enum"):
            entries = body[1:].split(";")[0]
            yield name, [f"enum {name}: {plain(entries).rstrip(', ')}"]
        elif whole.startswith("sealed"):
            yield name, [f"sealed class {name}", *members(body)]
        elif kind == "interface":
            lines = re.findall(r"^    ((?:suspend )?fun [^\n{]+)", body, re.M)
            yield name, [f"interface {name}", *sorted("    " + plain(line) for line in lines)]
        elif whole.startswith("open"):
            made = ["constructor" + fields(body, found.end() - 1) for found in re.finditer(r"^    constructor\(", body, re.M)]
            made += [plain(line) for line in re.findall(r"((?:suspend )?fun `\w+`\([^\n{]+)", companion(body))]
            yield name, [f"class {name}", *sorted("    " + line for line in made if "andle: " not in line)]
    for line in re.findall(r"^ *(?:@Throws\([^)]*\) )?((?:suspend )?fun `\w+`\([^\n{]+)\{", outside(text), re.M):
        yield line, [plain(line)]


def main():
    for file in sys.argv[1:]:
        with open(file, encoding="utf-8") as source:
            text = without_comments(source.read())
        package = re.search(r"^package (\S+)", text, re.M)[1]
        print(f"package {package}\n")
        seen = set()
        for _, lines in sorted(declarations(text), key=lambda one: one[1][0].split(" ", 1)[1]):
            if lines[0] not in seen:
                seen.add(lines[0])
                print("\n".join(lines))
        print()


if __name__ == "__main__":
    main()
