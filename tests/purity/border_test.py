"""The core decides and touches nothing: its library calls no system, its files include no shell."""

import os
import re
import subprocess
import unittest

import sources

LIBRARY = os.environ.get("MAILBAN_CORE_LIBRARY", "")

# The C functions that the core may call: they read and write memory they are given.
PURE_C = {
    "abort", "inet_ntop", "inet_pton", "localeconv", "memchr", "memcmp", "memcpy", "memmove", "memset",
    "pow", "snprintf", "strcmp", "strlen", "strtod", "strtoll", "strtoull", "bcmp", "memrchr",
    "__errno_location", "__assert_fail", "__libc_single_threaded", "__stack_chk_fail",
    "__isoc23_strtoll", "__isoc23_strtoull",
    # The fortified names of the same.
    "__memcpy_chk", "__memset_chk", "__memmove_chk", "__snprintf_chk",
    "ldexp",  # nlohmann::json reads binary formats, too
}
RUNTIME_C = re.compile(r"^(__cxa_|_Unwind_|__gxx_|__dso_handle$|__asan_|__ubsan_|__tsan_|__sanitizer_"
                       r"|__gcov_|_GLOBAL_OFFSET_TABLE_$|__start_|__stop_|__udivti3$|__umodti3$"
                       r"|__popcountdi2$)")

# Parts of the C++ library and of others that act on the world.
IMPURE_CPP = re.compile(
    r"std::chrono::_V2::\w+_clock::now|std::filesystem|std::(basic_)?[io]?fstream|basic_filebuf"
    r"|std::thread|std::this_thread|std::mutex|std::condition_variable|std::random_device"
    r"|std::(cout|cerr|clog|cin)\b|std::ios_base::Init|std::locale::global|std::chrono::tzdb"
    r"|boost::asio|spdlog::|std::future|std::__basic_file")

FOREIGN_HEADERS = re.compile(
    r"^(io|cli)/|asio|^spdlog/|^systemd/|^sqlite3|^nftables|^sys/|^linux/|^unistd\.h$|^fcntl\.h$"
    r"|^pthread\.h$|^netdb\.h$|^poll\.h$|^signal\.h$|^(c?time|c?signal)(\.h)?$"
    r"|^(iostream|fstream|thread|mutex|filesystem|future|condition_variable|shared_mutex|random"
    r"|atomic|syncstream|regex|ranges|source_location|latch|barrier|semaphore|stop_token)$")

CORE = ("include/mailban", "src/core")


def undefined_symbols(library):
    """What the library wants from elsewhere: (mangled, readable) names."""
    names = set()
    defined = set()
    listing = subprocess.run(("nm", library), capture_output=True, text=True, check=True).stdout
    for line in listing.splitlines():
        parts = line.split()
        if len(parts) == 2 and parts[0] == "U":
            names.add(parts[1])
        elif len(parts) == 3:
            defined.add(parts[2])
    wanted = sorted(names - defined)
    readable = subprocess.run(("c++filt",), input="\n".join(wanted), capture_output=True, text=True,
                              check=True).stdout.splitlines()
    return list(zip(wanted, readable))


def impurities(symbols):
    """Those of the symbols that a pure library has no use for."""
    found = []
    for mangled, readable in symbols:
        if mangled.startswith("_Z"):
            if IMPURE_CPP.search(readable):
                found.append(readable)
        elif mangled not in PURE_C and not RUNTIME_C.match(mangled):
            found.append(readable)
    return found


class TheCoreLibrary(unittest.TestCase):

    def test_calls_nothing_that_touches_the_world(self):
        self.assertTrue(os.path.exists(LIBRARY), f"no library at '{LIBRARY}'")
        symbols = undefined_symbols(LIBRARY)
        self.assertGreater(len(symbols), 20, "nm shows hardly any symbol: is this the library?")
        self.assertEqual(impurities(symbols), [])

    def test_would_be_caught_at_it(self):
        for name in ("open", "read", "write", "socket", "time", "clock_gettime", "getenv", "fork",
                     "pthread_create", "gettimeofday", "localtime_r", "rand", "getaddrinfo", "syscall"):
            self.assertEqual(impurities([(name, name)]), [name])
        clock = "std::chrono::_V2::system_clock::now()"
        self.assertEqual(impurities([("_ZNSt6chrono3_V212system_clock3nowEv", clock)]), [clock])
        self.assertEqual(impurities([("memcpy", "memcpy"), ("_ZN7mailban3netE", "mailban::net")]), [])


class TheCoreFiles(unittest.TestCase):

    def test_include_nothing_of_the_shell(self):
        files = sources.files(*CORE)
        self.assertGreater(len(files), 10)
        wrong = [f"{path}:{line}: {name}" for path in files
                 for line, name in sources.includes(sources.text(path))
                 if FOREIGN_HEADERS.search(name)]
        self.assertEqual(wrong, [])

    def test_meet_regular_expressions_in_one_place(self):
        # RE2 locks what it remembers of the texts it has seen, and writes its complaints to standard
        # error unless it is told not to; the answer depends on expression and text alone.
        users = [path for path in sources.files(*CORE)
                 if any(name.startswith("re2/") for _, name in sources.includes(sources.text(path)))]
        self.assertEqual(users, ["src/core/parse/pattern.cpp"])
        self.assertIn("set_log_errors(false)", sources.text(users[0]))

    def test_would_be_caught_at_it(self):
        for name in ("io/asio.h", "boost/asio.hpp", "spdlog/spdlog.h", "systemd/sd-bus.h", "fstream",
                     "iostream", "thread", "mutex", "sys/socket.h", "unistd.h", "regex", "ctime"):
            self.assertRegex(name, FOREIGN_HEADERS)
        for name in ("mailban/time/time.h", "chrono", "vector", "yaml-cpp/yaml.h", "arpa/inet.h"):
            self.assertNotRegex(name, FOREIGN_HEADERS)


if __name__ == "__main__":
    unittest.main()
