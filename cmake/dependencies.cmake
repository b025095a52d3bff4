# Everything comes from the distribution's packages; nothing is vendored or downloaded.
# What each is for stands in docs/architecture.md.
find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)
# CMake 3.30 and newer warn of their own module, which finds a Boost without a package configuration.
find_package(Boost 1.81 QUIET CONFIG)
if(NOT Boost_FOUND)
    find_package(Boost 1.81 REQUIRED)
endif()
find_package(spdlog REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(CLI11 REQUIRED)
pkg_check_modules(systemd REQUIRED IMPORTED_TARGET libsystemd)
pkg_check_modules(sqlite REQUIRED IMPORTED_TARGET sqlite3)
pkg_check_modules(nftables REQUIRED IMPORTED_TARGET libnftables)
pkg_check_modules(nftnl REQUIRED IMPORTED_TARGET libnftnl)
pkg_check_modules(mnl REQUIRED IMPORTED_TARGET libmnl)
pkg_check_modules(cares REQUIRED IMPORTED_TARGET libcares)
pkg_check_modules(zlib REQUIRED IMPORTED_TARGET zlib)
pkg_check_modules(zstd REQUIRED IMPORTED_TARGET libzstd)

# Not by pkg-config: since RE2 uses Abseil, its file names 140 libraries that no linker needs here, and
# pkg-config takes half a minute to list them.
find_library(RE2_LIBRARY re2 REQUIRED)
find_path(RE2_INCLUDE_DIR re2/re2.h REQUIRED)
add_library(mailban_re2 INTERFACE)
target_include_directories(mailban_re2 SYSTEM INTERFACE ${RE2_INCLUDE_DIR})
target_link_libraries(mailban_re2 INTERFACE ${RE2_LIBRARY} Threads::Threads)

add_library(mailban_asio INTERFACE)
target_link_libraries(mailban_asio INTERFACE Boost::headers Threads::Threads)
if(MAILBAN_SANITIZE MATCHES thread)
    # g++'s thread sanitizer cannot follow fences.
    target_compile_definitions(mailban_asio INTERFACE BOOST_ASIO_DISABLE_FENCED_BLOCK)
endif()
