"""What `cmake --install` lays down is complete, and the target `uninstall` removes it."""

import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

BUILD = pathlib.Path(os.environ["MAILBAN"]).resolve().parent
DOCUMENTS = "usr/share/doc/mailban"
CONFIGURATION = "etc/mailban/mailban.yaml"


def anchors(page):
    """The anchors of a page's headings, as web views of Markdown make them, and those written by hand."""
    text = page.read_text(encoding="utf-8")
    found = set(re.findall(r'<a id="([^"]+)">', text))
    for line in text.splitlines():
        if heading := re.match(r"#+ (.*)", line):
            found.add(re.sub(r"[^\w\- ]", "", heading.group(1).lower()).replace(" ", "-"))
    return found


class AnInstallation(unittest.TestCase):

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        # The record of what was installed is the build's: a developer's own stays as it is.
        manifest = BUILD / "install_manifest.txt"
        if manifest.exists():
            kept = shutil.copy(manifest, f"{manifest}.kept")
            self.addCleanup(os.replace, kept, manifest)
        self.run_cmake("--install", BUILD, "--prefix", "/usr")

    def run_cmake(self, *arguments):
        done = subprocess.run(["cmake", *arguments], env={**os.environ, "DESTDIR": str(self.root)}, timeout=120,
                              capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done.stdout

    def files(self):
        return sorted(str(path.relative_to(self.root)) for path in self.root.rglob("*") if not path.is_dir())

    def test_has_documents_whose_links_lead_somewhere(self):
        pages = list((self.root / DOCUMENTS).rglob("*.md"))
        self.assertIn(self.root / DOCUMENTS / "docs/operations.md", pages)
        links = 0
        for page in pages:
            for path, anchor in re.findall(r"\]\(([^)#:\s]*)(?:#([^)\s]*))?\)", page.read_text(encoding="utf-8")):
                with self.subTest(page=page.name, link=f"{path}#{anchor}"):
                    target = page.parent / path if path else page
                    self.assertTrue(target.exists())
                    if anchor:
                        self.assertIn(anchor, anchors(target))
                links += 1
        self.assertGreater(links, 20)

    def test_has_units_whose_programs_and_documents_are_there(self):
        named = []
        for unit in self.root.glob("usr/lib/systemd/system/mailban*"):
            text = unit.read_text(encoding="utf-8")
            named += re.findall(r"^Documentation=file://(\S+)", text, re.M)
            named += re.findall(r"^Exec(?:Start|Reload)=(/\S+)", text, re.M)
        self.assertGreaterEqual(len(named), 5)
        for path in named:
            self.assertTrue((self.root / path.lstrip("/")).exists(), path)

    def test_is_removed_as_a_whole(self):
        self.run_cmake("--build", BUILD, "--target", "uninstall")
        self.assertEqual(self.files(), [])
        self.assertEqual([path for path in self.root.rglob("mailban")], [])

    def test_keeps_an_edited_configuration_when_it_is_removed(self):
        edited = self.root / CONFIGURATION
        edited.write_text("sources: auto\n", encoding="ascii")
        said = self.run_cmake("--build", BUILD, "--target", "uninstall")
        self.assertEqual(self.files(), [CONFIGURATION])
        self.assertIn(f"Kept {edited}", said)

    def test_keeps_an_edited_configuration_when_it_is_repeated(self):
        edited = self.root / CONFIGURATION
        edited.write_text("sources: auto\n", encoding="ascii")
        self.run_cmake("--install", BUILD, "--prefix", "/usr")
        self.assertEqual(edited.read_text(encoding="ascii"), "sources: auto\n")
        self.run_cmake("--build", BUILD, "--target", "uninstall")
        self.assertEqual(self.files(), [CONFIGURATION])


if __name__ == "__main__":
    unittest.main()
