"""What the build needs stands in four lists, because each packager reads its own: they have to agree."""

import pathlib
import re
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]

# Fedora's name for each development package of Debian; Boost is looked for by scripts/common.sh itself.
FEDORA = {
    "libboost-dev": "boost-devel",
    "libc-ares-dev": "c-ares-devel",
    "libcli11-dev": "cli11-devel",
    "libmnl-dev": "libmnl-devel",
    "libnftables-dev": "nftables-devel",
    "libnftnl-dev": "libnftnl-devel",
    "libre2-dev": "re2-devel",
    "libspdlog-dev": "spdlog-devel",
    "libsqlite3-dev": "sqlite-devel",
    "libsystemd-dev": "systemd-devel",
    "libyaml-cpp-dev": "yaml-cpp-devel",
    "libzstd-dev": "libzstd-devel",
    "nlohmann-json3-dev": "json-devel",
    "zlib1g-dev": "zlib-devel",
}


def text(name):
    return (ROOT / name).read_text(encoding="utf-8")


class ThePackages(unittest.TestCase):

    def test_of_scripts_are_those_of_the_debian_package(self):
        scripts = re.search(r"^build_packages=\((.*?)\)", text("scripts/common.sh"), re.M | re.S).group(1)
        depends = re.search(r"^Build-Depends:\n(.*?)^Standards", text("packaging/debian/control"), re.M | re.S).group(1)
        self.assertEqual(set(re.findall(r"[\w.-]+-dev\b", scripts)) | {"libboost1.81-dev", "libboost-dev"},
                         set(re.findall(r"[\w.-]+-dev\b", depends)))
        self.assertEqual(set(FEDORA), set(re.findall(r"[\w.-]+-dev\b", depends)) - {"libboost1.81-dev"})

    def test_of_the_rpm_package_are_the_same_libraries_and_the_documents_name_them(self):
        required = set(re.findall(r"^BuildRequires: +(\S+-devel)", text("packaging/mailban.spec"), re.M))
        self.assertEqual(required, set(FEDORA.values()))
        dnf = re.search(r"dnf install (boost-devel.*?)\n\n", text("docs/install.md"), re.S).group(1)
        self.assertEqual(set(re.findall(r"\S+-devel", dnf)), required)

    def test_have_the_version_of_the_program(self):
        version = re.search(r"project\(mailban VERSION ([\d.]+)", text("CMakeLists.txt")).group(1)
        self.assertIn(f"Version:        {version}\n", text("packaging/mailban.spec"))


if __name__ == "__main__":
    unittest.main()
