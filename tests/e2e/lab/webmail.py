"""Debian's Roundcube in Apache, and Debian's SOGo behind Apache or nginx, asking a Dovecot or nobody."""

import contextlib
import json
import os
import re
import shutil
import urllib.parse

from . import client
from .shell import run, start, stop, wait_until

ROUNDCUBE_LOG = "/var/log/roundcube/userlogins.log"
SOGO_LOG = "/srv/sogo/sogo.log"
PORT = 80
_ROUNDCUBE_CONFIG = """<?php
$config['db_dsnw'] = 'sqlite:////srv/roundcube/mail.db?mode=0646';
$config['imap_host'] = ['localhost:143'];
$config['des_key'] = 'nIxKbnR9cIYMp/jEMN5rruyz';
$config['log_logins'] = true;
$config['log_driver'] = 'file';
$config['plugins'] = [];
"""
_APACHE = """
ServerName mail.example.com
<VirtualHost *:80>
  DocumentRoot /var/lib/roundcube/public_html
</VirtualHost>
"""
# What makes the address in SOGo's log true; its own apache.conf leaves the client's word in place.
TRUE_ADDRESS = """
<Proxy http://127.0.0.1:20000/SOGo>
RequestHeader set x-webobjects-remote-host "expr=%{REMOTE_ADDR}"
RequestHeader unset "X-Forward"
</Proxy>
"""
_NGINX = """
daemon off;
pid /run/nginx-lab.pid;
error_log /srv/nginx.log;
events {}
http {
  access_log off;
  server {
    listen 80;
    location /SOGo {
      proxy_pass http://127.0.0.1:20000;
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
      proxy_set_header x-webobjects-server-port $server_port;
      proxy_set_header x-webobjects-server-name $server_name;
      proxy_set_header x-webobjects-server-url $scheme://$host;
      proxy_set_header x-webobjects-server-protocol HTTP/1.0;
      proxy_set_header x-webobjects-remote-host $remote_addr;
      proxy_set_header X-Forward "";
    }
  }
}
"""
_SOGO_CONFIG = """{
  SOGoTimeZone = UTC;
  SOGoMemcachedHost = 127.0.0.1;
  SOGoUserSources = ();
  WOWorkersCount = 2;
}
"""


def _write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


@contextlib.contextmanager
def _running(*argv, port, log):
    # Apache ends its whole process group.
    process = start(*argv, log=log, start_new_session=True)

    def is_up():
        if process.poll() is not None:
            with open(log, encoding="utf-8", errors="replace") as said:
                raise AssertionError(f"{argv[0]} ended: {said.read()[-2000:]}")
        return f":{port} " in run("ss", "-Hltn")
    try:
        wait_until(is_up, f"{argv[0]} listens", 20)
        yield
    finally:
        stop(process)
        wait_until(lambda: f":{port} " not in run("ss", "-Hltn"), f"{argv[0]} is gone", 10)


@contextlib.contextmanager
def apache(more=""):
    """Apache with Roundcube, and with SOGo's own configuration and `more` of it."""
    for module in ("proxy", "proxy_http", "headers", "rewrite"):
        for kind in ("load", "conf"):
            if os.path.exists(f"/etc/apache2/mods-available/{module}.{kind}"):
                with contextlib.suppress(FileExistsError):
                    os.symlink(f"../mods-available/{module}.{kind}", f"/etc/apache2/mods-enabled/{module}.{kind}")
    shutil.copy("/usr/share/doc/sogo/apache.conf", "/etc/apache2/conf-enabled/SOGo.conf")
    _write("/etc/apache2/conf-enabled/zz-lab.conf", more)
    _write("/etc/apache2/sites-enabled/000-default.conf", _APACHE)
    _write("/etc/roundcube/config.inc.php", _ROUNDCUBE_CONFIG)
    for folder in ("/srv/roundcube", "/run/lock", "/run/apache2", "/var/log/apache2", "/var/log/roundcube"):
        os.makedirs(folder, exist_ok=True)
    with open("/usr/share/roundcube/SQL/sqlite.initial.sql", encoding="utf-8") as schema:
        _make_database("/srv/roundcube/mail.db", schema.read())
    run("chown", "-R", "www-data:", "/srv/roundcube", "/var/log/roundcube")
    os.chmod("/etc/roundcube/config.inc.php", 0o644)
    with _running("bash", "-c", ". /etc/apache2/envvars && exec apache2 -D FOREGROUND", port=PORT,
                  log="/srv/apache.log"):
        yield


def _make_database(path, schema):
    import sqlite3
    with contextlib.closing(sqlite3.connect(path)) as database:
        if not database.execute("SELECT 1 FROM sqlite_master").fetchone():
            database.executescript(schema)


@contextlib.contextmanager
def nginx():
    """nginx in front of SOGo, which says who its peer is."""
    _write("/srv/nginx.conf", _NGINX)
    with _running("nginx", "-c", "/srv/nginx.conf", port=PORT, log="/srv/nginx.output"):
        yield


@contextlib.contextmanager
def sogo():
    """SOGo itself, on loopback."""
    _write("/etc/sogo/sogo.conf", _SOGO_CONFIG)
    os.makedirs("/srv/sogo", exist_ok=True)
    os.makedirs("/run/sogo", exist_ok=True)
    run("chown", "-R", "sogo:", "/srv/sogo", "/run/sogo")
    with _running("runuser", "-u", "sogo", "--", "/usr/sbin/sogod", "-WOPort", "127.0.0.1:20000", "-WONoDetach", "YES",
                  "-WOLogFile", SOGO_LOG, "-WOPidFile", "/run/sogo/sogo.pid", port=20000, log="/srv/sogo/output"):
        yield


def request(source, method, path, headers=(), body=b""):
    """One HTTP request of a client; the answer's head and body."""
    lines = [f"{method} {path} HTTP/1.0", "Host: mail.example.com", "Connection: close",
             f"Content-Length: {len(body)}", *headers]
    with contextlib.closing(client.connect(source, PORT, 20)) as line:
        line.sendall("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
        answer = b""
        while received := line.recv(65536):
            answer += received
    head, _, rest = answer.partition(b"\r\n\r\n")
    return head.decode(errors="replace"), rest.decode(errors="replace")


def roundcube_login(source, user, password="wrong"):
    """Fills in Roundcube's form; the answer's first line."""
    head, page = request(source, "GET", "/")
    token = re.search(r'name="_token" value="([^"]*)"', page)
    cookies = "; ".join(re.findall(r"(?im)^set-cookie: ([^;]*)", head))
    assert token, f"no form: {head}\n{page[:500]}"
    form = urllib.parse.urlencode({"_token": token[1], "_task": "login", "_action": "login", "_timezone": "UTC",
                                   "_user": user, "_pass": password})
    head, _ = request(source, "POST", "/?_task=login", (f"Cookie: {cookies}",
                      "Content-Type: application/x-www-form-urlencoded"), form.encode())
    return head.splitlines()[0]


def sogo_login(source, user, *headers, password="wrong"):
    """SOGo's login as its own page does it; the answer's first line."""
    body = json.dumps({"userName": user, "password": password}).encode()
    head, _ = request(source, "POST", "/SOGo/connect", ("Content-Type: application/json", *headers), body)
    return head.splitlines()[0]
