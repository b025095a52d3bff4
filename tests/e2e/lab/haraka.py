"""Haraka from npm's registry, installed into the lab's folder by the first long run of its story."""

import os
import shutil

from . import exim, guessing, image, story
from .shell import outcome, run, start, stop, wait_until

FOLDER = "/srv/haraka"
LOG = f"{FOLDER}/haraka.log"
PORT = 465
_CONFIGURATION = {
    "smtp.ini": "listen=[::0]:25,[::0]:465\nsmtps_port=465\nnodes=0\n",
    "log.ini": "[main]\nlevel=info\ntimestamps=true\nformat=default\n",
    "plugins": "tls\nauth/flat_file\nrcpt_to.in_host_list\nqueue/test\n",
    "auth_flat_file.ini": f"[core]\nmethods=PLAIN,LOGIN\nconstrain_sender=false\n[users]\n{guessing.ACCOUNT}="
                          f"{guessing.PASSWORD}\ncarla={guessing.PASSWORD}\n",
    "host_list": "example.com\n",
    "me": "mx.example.com\n",
    "internalcmd_key": "x\n",
}


def program():
    """The path of Haraka's own script; None where it is not installed."""
    folder = os.path.join(image.folder(), "haraka")
    script = os.path.join(folder, "node_modules/Haraka/bin/haraka")
    if not os.path.exists(script) and story.IS_LONG and shutil.which("npm"):
        os.makedirs(folder, exist_ok=True)
        outcome("npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", folder, "Haraka",
                timeout=300)
    return script if os.path.exists(script) and shutil.which("node") else None


class Haraka:
    """The running server; ends with the block it is used in."""

    def __enter__(self):
        os.makedirs(f"{FOLDER}/config", exist_ok=True)
        os.makedirs(f"{FOLDER}/queue", exist_ok=True)
        exim.make_certificate(FOLDER)
        shutil.copy(f"{FOLDER}/key.pem", f"{FOLDER}/config/tls_key.pem")
        shutil.copy(f"{FOLDER}/certificate.pem", f"{FOLDER}/config/tls_cert.pem")
        package = os.path.dirname(os.path.dirname(program()))
        shutil.copy(f"{package}/config/connection.ini", f"{FOLDER}/config")
        for name, text in _CONFIGURATION.items():
            with open(f"{FOLDER}/config/{name}", "w", encoding="ascii") as file:
                file.write(text)
        self._process = start("node", program(), "-c", FOLDER, log=LOG)
        wait_until(self._is_up, "Haraka listens", 30)
        return self

    def __exit__(self, *_):
        stop(self._process)

    def _is_up(self):
        if self._process.poll() is not None:
            with open(LOG, encoding="utf-8", errors="replace") as said:
                raise AssertionError(f"Haraka ended: {said.read()[-2000:]}")
        return f":{PORT} " in run("ss", "-Hltn")
