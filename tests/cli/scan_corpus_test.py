"""`mailban scan --events --parser auto` over every folder of labelled logs, judged by score.py."""

import os
import pathlib
import subprocess
import sys
import unittest

HERE = pathlib.Path(__file__).resolve().parent
PROGRAM = os.environ.get("MAILBAN") or HERE / "../../build/dev/mailban"
CORPUS = HERE.parent / "corpus"


def labelled_folders():
    return sorted(folder for folder in CORPUS.iterdir() if any(folder.glob("*.labels.jsonl")))


class EveryLabelledLog(unittest.TestCase):

    def test_is_read_without_a_wrong_address_and_completely(self):
        self.assertGreater(len(labelled_folders()), 0)
        for folder in labelled_folders():
            with self.subTest(folder.name):
                logs = sorted(folder.glob("*.log"))
                scan = subprocess.run((PROGRAM, "scan", "--events", *logs), capture_output=True,
                                      timeout=60, check=False)
                self.assertEqual((scan.returncode, scan.stderr), (0, b""))
                score = subprocess.run((sys.executable, "-B", CORPUS / "score.py", folder),
                                       input=scan.stdout, capture_output=True, timeout=60, check=False)
                print(f"{folder.name}\n{score.stdout.decode()}", flush=True)
                self.assertEqual(score.returncode, 0, score.stderr.decode()[:4000])

    def test_would_be_caught_with_a_wrong_address(self):
        folder = labelled_folders()[0]
        log = sorted(folder.glob("*.log"))[0]
        scan = subprocess.run((PROGRAM, "scan", "--events", log), capture_output=True, timeout=60,
                              check=True)
        lines = scan.stdout.replace(b'"ip":"', b'"ip":"198.18.0.1","was":"')
        for events in (lines, b""):
            score = subprocess.run((sys.executable, "-B", CORPUS / "score.py", "--quiet", folder),
                                   input=events, capture_output=True, timeout=60, check=False)
            self.assertEqual(score.returncode, 1)


if __name__ == "__main__":
    unittest.main()
