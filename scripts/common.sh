# shellcheck shell=bash
# What the scripts share. Sourced, not run.

project=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
jobs=${MAILBAN_JOBS:-$(nproc)}

# What the build needs; the distribution's packages and nothing else.
# shellcheck disable=SC2034
build_packages=(g++ cmake ninja-build pkg-config ccache libspdlog-dev libyaml-cpp-dev nlohmann-json3-dev
    libcli11-dev libre2-dev libsystemd-dev libsqlite3-dev libnftables-dev
    libnftnl-dev libmnl-dev libc-ares-dev zlib1g-dev libzstd-dev)

# What the tests need in addition.
# shellcheck disable=SC2034
test_packages=(libgtest-dev libgmock-dev libbenchmark-dev python3 iproute2 nftables logrotate shellcheck git zstd
    systemd-journal-remote libfaketime zsh fish man-db)

say() { printf '\n== %s\n' "$*"; }

as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        echo "not root and no sudo here: cannot run $*" >&2
        return 1
    fi
}

is_installed() {
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

# Boost 1.81 or newer is called libboost-dev or, beside an older one, by its version.
boost_package() {
    local name version
    for name in libboost-dev libboost1.81-dev libboost1.83-dev; do
        version=$(apt-cache policy "$name" 2>/dev/null | awk '$1 == "Candidate:" { print $2 }')
        if [ -n "$version" ] && [ "$version" != "(none)" ] && dpkg --compare-versions "$version" ge 1.81; then
            echo "$name"
            return
        fi
    done
    echo libboost-dev
}

boost_is_there() {
    local header=/usr/include/boost/version.hpp
    [ -r "$header" ] && [ "$(awk '$1 == "#define" && $2 == "BOOST_VERSION" { print $3 }' "$header")" -ge 108100 ]
}

# Installs whatever of the named packages is not there yet.
install_packages() {
    local missing=() name
    if ! command -v apt-get >/dev/null; then
        say "This system has no apt-get, so these packages, or similar ones, must be installed already"
        printf '%s\n' "$*"
        return
    fi
    for name in "$@"; do
        is_installed "$name" || missing+=("$name")
    done
    if [ "${#missing[@]}" -eq 0 ] && boost_is_there; then
        say "All ${#} packages are installed already"
        return
    fi
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -q update
    boost_is_there || missing+=("$(boost_package)")
    say "Installing ${missing[*]}"
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -q install -y --no-install-recommends "${missing[@]}"
}

# Configures and builds one preset.
build() {
    local preset=$1
    shift
    say "Building preset $preset with $jobs jobs"
    (cd "$project" && cmake --preset "$preset" && cmake --build --preset "$preset" -j "$jobs" "$@")
}
