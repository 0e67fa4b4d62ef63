#!/usr/bin/env python3
"""Prints what the Swift module offers, a line for each declaration: `swift_api.py FILE...`.

Kept beside the sources, as Kotlin's. A class stands for the protocol with the same functions. `Equatable` is not told where
`Hashable` says it."""

import re
import sys
from collections import defaultdict

from kotlin_api import closing, plain, without_comments

# What the generator needs for itself, and marks so, is not for applications.
OWN = re.compile(r"@_documentation\(visibility: private\)\s*#endif\s*(?:required )?(?:public|open) ")
TYPE = re.compile(r"^(?:public\s+|open\s+|indirect\s+)*(struct|enum|class|protocol|extension) ([\w.]+)([^{]*)\{", re.M)
FUNCTION = re.compile(r"(?:public |open )((?:static |convenience )*(?:func|init)\b[^{]*)\{")
PROPERTY = re.compile(r"(?:public )((?:static )?(?:var|let) [^{\n=]*)")
CASE = re.compile(r"^\s*case (`?\w+`?)(\()?", re.M)


def flat(text):
    """The text without what is in braces."""
    kept, at = [], 0
    while (opens := text.find("{", at)) >= 0:
        kept.append(text[at : opens + 1])
        at = closing(text, opens, "{}")
    return "".join(kept) + text[at:]


def signature(text):
    return re.sub(r"\)(?=async|throws)", ") ", plain(text))


def members(body):
    """What can be called or read of a type, without the fields that its initialiser takes."""
    functions = [signature(found) for found in FUNCTION.findall(body) if "uniffi" not in found]
    fields = [plain(found) for found in PROPERTY.findall(body)]
    made = " ".join(line for line in functions if line.startswith("init"))
    return functions + [field for field in fields if not re.search(rf"[(,] ?{re.escape(field.split(' ', 1)[1])}(?=[,) ])", made)]


def cases(body):
    for found in CASE.finditer(body):
        fields = body[found.end(2) - 1 : closing(body, found.end(2) - 1, "()") + 1] if found[2] else ""
        yield plain(found[1] + fields)


def types(text, known):
    """Adds the types of a file to those that are known, with what extensions say of them."""
    for found in TYPE.finditer(text):
        kind, name, conforms = found.groups()
        body = flat(text[found.end() : closing(text, found.end() - 1, "{}")])
        of = known[name.replace("Foundation.", "")]
        of["conforms"] += [one for one in plain(conforms).lstrip(": ").split(", ") if one]
        of["members"] += members(body)
        if kind != "extension":
            of["kind"] = kind if "public" in found[0] or "open" in found[0] else None
            of["cases"] = list(cases(body)) if kind == "enum" else []


def lines(name, of):
    conforms = [one for one in dict.fromkeys(of["conforms"]) if one not in ("Equatable", f"{name}Protocol")]
    head, after = f"{of['kind']} {name}", f": {', '.join(conforms)}" if conforms else ""
    if of["kind"] == "enum" and not any("(" in case for case in of["cases"]) and not of["members"]:
        return [f"{head}{after} {{ {', '.join(of['cases'])} }}"]
    if of["kind"] == "struct" and len(of["members"]) == 1 and of["members"][0].startswith("init("):
        return [f"{head}{of['members'][0].removeprefix('init')}{after}"]
    return [head + after, *("    " + case for case in of["cases"]), *sorted("    " + member for member in of["members"])]


def main():
    known = defaultdict(lambda: {"kind": None, "conforms": [], "members": [], "cases": []})
    told = []
    for file in sys.argv[1:]:
        with open(file, encoding="utf-8") as source:
            text = re.sub(r"^#.*$", "", OWN.sub("private ", without_comments(source.read())), flags=re.M)
        types(text, known)
        outside = flat(text)
        told += [[plain(found)] for found in re.findall(r"^public (typealias [^\n]*)", outside, re.M)]
        told += [[signature(found)] for found in re.findall(r"^public (func [^{]*)\{", outside, re.M) if "uniffi" not in found]
    told += [lines(name, of) for name, of in known.items() if of["kind"] not in (None, "protocol")]
    for declaration in sorted(told, key=lambda one: one[0].split(" ", 1)[1]):
        print("\n".join(declaration))


main()
