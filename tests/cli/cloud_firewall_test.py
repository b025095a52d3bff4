"""The example script for a firewall that is told over HTTP, against a small server of its own."""

import http.server
import json
import os
import shutil
import subprocess
import tempfile
import threading
import unittest
import urllib.parse

SCRIPT = os.path.realpath(os.path.join(os.path.dirname(__file__),
                                       "../../config/commands/cloud-firewall"))


class Cloud(http.server.BaseHTTPRequestHandler):
    """The three calls, with rules in a dictionary; one of them is somebody else's."""

    def do_GET(self):
        self.answer(200, [{"prefix": prefix, "note": rule["note"]}
                          for prefix, rule in self.server.rules.items()])

    def do_PUT(self):
        size = int(self.headers["Content-Length"])
        self.server.rules[self.prefix()] = json.loads(self.rfile.read(size))
        self.answer(204)

    def do_DELETE(self):
        known = self.server.rules.pop(self.prefix(), None)
        self.answer(204 if known else 404)

    def prefix(self):
        return urllib.parse.unquote(self.path.removeprefix("/rules/"))

    def answer(self, code, body=None):
        if self.headers["Authorization"] != "Bearer secret":
            code, body = 401, None
        self.send_response(code)
        text = json.dumps(body).encode() if body is not None else b""
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_):
        pass


class TheCloudScript(unittest.TestCase):

    def setUp(self):
        self.server = http.server.HTTPServer(("127.0.0.1", 0), Cloud)
        self.server.rules = {"203.0.113.0/24": {"note": "somebody else's"}}
        thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        thread.start()
        self.addCleanup(thread.join)
        self.addCleanup(self.server.server_close)
        self.addCleanup(self.server.shutdown)
        self.folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.folder)
        shutil.copy(SCRIPT, self.folder)
        self.write_settings("secret")

    def write_settings(self, token, folder=None):
        with open(f"{folder or self.folder}/cloud-firewall.json", "w", encoding="utf-8") as file:
            json.dump({"url": f"http://127.0.0.1:{self.server.server_port}/rules", "token": token},
                      file)

    def script(self, *words, **credentials):
        """Runs one verb in the environment that mailban gives its commands."""
        return subprocess.run([f"{self.folder}/cloud-firewall", *words], capture_output=True,
                              text=True, timeout=60, check=False,
                              env={"PATH": os.environ["PATH"], "LANG": "C", **credentials})

    def test_takes_its_token_from_the_services_credentials_where_they_are_given(self):
        given = self.enterContext(tempfile.TemporaryDirectory())
        self.assertEqual(self.script("list", CREDENTIALS_DIRECTORY=given).returncode, 0)
        self.write_settings("wrong")
        self.assertEqual(self.script("list", CREDENTIALS_DIRECTORY=given).returncode, 1)
        self.write_settings("secret", given)
        self.assertEqual(self.script("list", CREDENTIALS_DIRECTORY=given).returncode, 0)

    def test_bans_lists_and_unbans_what_is_ours(self):
        for prefix in ("192.0.2.7/32", "2001:db8::/64"):
            self.assertEqual(self.script("ban", prefix, "25,465").returncode, 0)
            self.assertEqual(self.script("ban", prefix, "25,465").returncode, 0)
        self.assertEqual(self.server.rules["2001:db8::/64"], {"ports": [25, 465], "note": "mailban"})
        self.assertEqual(self.script("list").stdout, "192.0.2.7/32\n2001:db8::/64\n")
        for _ in range(2):
            self.assertEqual(self.script("unban", "192.0.2.7/32").returncode, 0)
        self.assertEqual(self.script("list").stdout, "2001:db8::/64\n")
        self.assertIn("203.0.113.0/24", self.server.rules)

    def test_says_in_one_sentence_what_failed(self):
        self.write_settings("wrong")
        for words in (("list",), ("ban", "192.0.2.7/32", "25"), ("unban", "192.0.2.7/32")):
            done = self.script(*words)
            self.assertEqual(done.returncode, 1)
            self.assertEqual(done.stderr, "cloud-firewall: HTTP Error 401: Unauthorized\n")
        self.assertEqual(self.script("dance").returncode, 1)


if __name__ == "__main__":
    unittest.main()
