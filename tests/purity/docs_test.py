"""The documents: links lead somewhere, named tests exist, and no word of a private language comes back."""

import glob
import os
import re
import unittest

import sources

DOCUMENTS = ("README.md", "CONTRIBUTING.md", *sources.files("docs", ends=".md"))
PLAIN = (*DOCUMENTS, "config/mailban.yaml")
# CONTRIBUTING quotes words to avoid, and json.md names that changed.
QUOTING = ("CONTRIBUTING.md", "docs/json.md")

_LINK = re.compile(r"\]\(([^)\s]+)\)")
_ANCHOR = re.compile(r'<a id="([^"]+)">')
_TEST = re.compile(r"`((?:unit|io|e2e|cli|corpus|fuzz|scenarios|purity|firewall|attacker)/[\w*/.-]*)`")

# Where JSON is written, and its members.
JSON_CODE = (*sources.files("src/core/control", "src/core/survey", "src/core/replay", ends=".cpp"),
             *(f"src/cli/{name}.cpp" for name in ("health", "check", "firewall", "explain", "import")))
_MEMBER = re.compile(r'\{"([a-z_]+)",|\["([a-z_]+)"\] =|,?"([a-z_]+)":')

# A word that readers with another first language trip over, and what to write instead.
AVOIDED = {
    r"\b(told|tells?|telling)\b": "report, log, show",
    r"\bfor ever\b": "forever",
    r"\blately\b": "recently",
    r"\banew\b": "again",
    r"\bso many\b": "the number",
    r"\btheir like\b": "similar",
    r"\bhappenings?\b": "event, notification",
    r"\bwhom\b": "the client, the user",
    r"\btellers?\b": "reporter",
    r"\b(let|lets|shut|shuts) (\w+ ){0,2}(in|out)\b": "ban, remove the ban",
    r"\bbites?\b": "effective, ineffective",
}


def anchors_of(text):
    """The anchors of a page as GitHub makes them of its headings, and its own."""
    found = set(_ANCHOR.findall(text))
    for heading in re.findall(r"^#+ (.+)$", without_examples(text), re.MULTILINE):
        found.add(re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-"))
    return found


def without_examples(text):
    """The text without indented and fenced examples, in which `#` begins no heading."""
    text = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    return re.sub(r"^    .*$", "", text, flags=re.MULTILINE)


def broken_links(path, text):
    """The links of one page that lead nowhere."""
    broken = []
    for link in _LINK.findall(text):
        if re.match(r"[a-z]+:", link):
            continue
        page, _, anchor = link.partition("#")
        target = os.path.normpath(os.path.join(os.path.dirname(path), page)) if page else path
        if not os.path.exists(os.path.join(sources.ROOT, target)):
            broken.append(link)
        elif anchor and target.endswith(".md"):
            if anchor not in anchors_of(sources.text(target) if page else text):
                broken.append(link)
    return broken


def avoidable(text):
    """(line number, word, better) of every word to avoid, outside of code."""
    prose = re.sub(r"`[^`\n]*`", "``", without_examples(text))
    return [(prose[:found.start()].count("\n") + 1, found[0], better)
            for pattern, better in AVOIDED.items()
            for found in re.finditer(pattern, prose, re.IGNORECASE)]


def members(code):
    """The members of JSON objects that this code writes."""
    return [first or second or third for first, second, third in _MEMBER.findall(code)]


class TheDocuments(unittest.TestCase):

    maxDiff = None

    def test_link_to_what_exists(self):
        broken = [f"{path}: {link}" for path in DOCUMENTS for link in broken_links(path, sources.text(path))]
        self.assertEqual(broken, [])

    def test_name_tests_that_exist(self):
        missing = [f"{path}: {name}" for path in DOCUMENTS for name in _TEST.findall(sources.text(path))
                   if not glob.glob(os.path.join(sources.ROOT, "tests", name))]
        self.assertEqual(missing, [])

    def test_avoid_words_that_few_readers_know(self):
        found = [f"{path}:{line}: {word} (rather: {better})" for path in PLAIN if path not in QUOTING
                 for line, word, better in avoidable(sources.text(path))]
        self.assertEqual(found, [])

    def test_describe_every_member_of_the_json(self):
        pages = sources.text("docs/json.md") + sources.text("docs/control.md")
        described = set(re.findall(r"`([a-z_]+)`", pages) + re.findall(r'"([a-z_]+)":', pages))
        missing = [f"{path}: {name}" for path in JSON_CODE if "json" in sources.text(path)
                   for name in members(sources.text(path)) if name not in described]
        self.assertEqual(missing, [])

    def test_would_be_caught(self):
        self.assertEqual(members('{"first", 1}, result["second"] = 2; R"(,"third":)"'), ["first", "second", "third"])
        self.assertEqual(broken_links("README.md", "[a](docs/none.md) [b](#none)"), ["docs/none.md", "#none"])
        self.assertEqual(broken_links("README.md", "# One: two\n[a](#one-two) [b](https://example.org)"), [])
        self.assertEqual([word for _, word, _ in avoidable("It tells `told` of it.\n\n    told\n")], ["tells"])


if __name__ == "__main__":
    unittest.main()
