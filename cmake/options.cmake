# How everything here is compiled: one interface target, one place.
option(MAILBAN_WERROR "Treat warnings as errors" OFF)
option(MAILBAN_FUZZ "Build the libFuzzer targets (clang)" OFF)
set(MAILBAN_SANITIZE "" CACHE STRING "Sanitizers, as -fsanitize= takes them")

option(MAILBAN_PRECOMPILE "Precompile what many sources include; without it, each source has to name what it uses" OFF)

find_program(CCACHE ccache)
if(CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
    # Precompiled headers carry time stamps; ccache has to be told, when it runs, that they do not matter.
    # It learns from the compiler which files were included: to preprocess each source first, as it would
    # else, makes a first build a fifth slower.
    set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros CCACHE_DEPEND=1
        ${CCACHE})
endif()

set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

# mailban_sanitized(TARGET): how a program with the address sanitizer runs in tests.
function(mailban_sanitized target)
    if(MAILBAN_SANITIZE MATCHES address)
        target_sources(${target} PRIVATE ${PROJECT_SOURCE_DIR}/tests/sanitized.cpp)
        set_source_files_properties(${PROJECT_SOURCE_DIR}/tests/sanitized.cpp TARGET_DIRECTORY ${target}
            PROPERTIES SKIP_PRECOMPILE_HEADERS ON SKIP_UNITY_BUILD_INCLUSION ON)
    endif()
endfunction()

add_library(mailban_options INTERFACE)
target_compile_features(mailban_options INTERFACE cxx_std_20)
target_compile_options(mailban_options INTERFACE
    -Wall -Wextra -Wpedantic -Wshadow -Wconversion
    $<$<BOOL:${MAILBAN_WERROR}>:-Werror>
    # Optimizing, g++ 12 takes std::string's operator+ for overlapping copies (GCC bug 105651).
    $<$<AND:$<CXX_COMPILER_ID:GNU>,$<VERSION_LESS:$<CXX_COMPILER_VERSION>,13>>:-Wno-restrict>
    # g++ takes Asio's coroutine frames for memory of another allocator where it does not inline its
    # operators new and delete, which are a pair.
    $<$<CXX_COMPILER_ID:GNU>:-Wno-mismatched-new-delete>
    $<$<CXX_COMPILER_ID:GNU>:-fpch-preprocess>)
if(MAILBAN_SANITIZE)
    target_compile_options(mailban_options INTERFACE
        -fsanitize=${MAILBAN_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all
        # clang 14 rejects calls through coroutine frames as calls through a wrong type.
        $<$<CXX_COMPILER_ID:Clang>:-fno-sanitize=function>)
    target_link_options(mailban_options INTERFACE -fsanitize=${MAILBAN_SANITIZE})
    # A sanitized program has a million pointers in its records of checks. Linked to a fixed address it
    # starts in half of the time, and the stories start it some thousand times.
    target_compile_options(mailban_options INTERFACE -fno-pie)
    target_link_options(mailban_options INTERFACE -no-pie)
endif()
# Checks that the gate leaves to the presets "asan" and "fuzz": they are two thirds of all checks and a
# quarter of the time to compile. What they would find of importance, a null pointer that is followed,
# ends a program here too.
set(MAILBAN_SANITIZE_EXCEPT "" CACHE STRING "Sanitizers to leave out, as -fno-sanitize= takes them")
if(MAILBAN_SANITIZE_EXCEPT)
    target_compile_options(mailban_options INTERFACE -fno-sanitize=${MAILBAN_SANITIZE_EXCEPT})
endif()
if(MAILBAN_FUZZ)
    target_compile_options(mailban_options INTERFACE -fsanitize=fuzzer-no-link)
endif()

# mailban_precompile(TARGET HEADER...). The common headers below are for every source of C++ here.
set(mailban_common_headers <algorithm> <array> <charconv> <chrono> <deque> <functional> <limits> <map>
    <memory> <optional> <set> <span> <string> <string_view> <tuple> <unordered_map> <utility> <variant>
    <vector> <boost/unordered/unordered_flat_map.hpp> <boost/unordered/unordered_flat_set.hpp>
    <nlohmann/json.hpp>)
function(mailban_precompile target)
    if(MAILBAN_PRECOMPILE)
        target_precompile_headers(${target} PRIVATE ${mailban_common_headers} ${ARGN})
    endif()
endfunction()

# To optimize is half of a compilation. Builds for tests do less of it but where each line passes.
set(MAILBAN_OPTIMIZE_LINES "" CACHE STRING "Option that says how much to optimize what each line passes, as -O2")

# mailban_unite(TARGET [PATTERN]): compiles sources that lie side by side at once, up to some
# MAILBAN_UNIT bytes of them, where that is asked for; with a pattern, those sources alone whose path
# matches. What the headers cost is paid once a unit, and anonymous namespaces of a target share their
# names. A build without it shows whether each source names what it uses: `scripts/test --long` makes one.
option(MAILBAN_UNITE "Compile several sources at once" OFF)
set(MAILBAN_UNIT 90000)
function(mailban_unite target)
    if(NOT MAILBAN_UNITE)
        return()
    endif()
    set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_MODE GROUP)
    get_target_property(sources ${target} SOURCES)
    if(ARGC GREATER 1)
        list(FILTER sources INCLUDE REGEX ${ARGV1})
    endif()
    set(unit 0)
    set(bytes 0)
    foreach(source IN LISTS sources)
        cmake_path(ABSOLUTE_PATH source BASE_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR} OUTPUT_VARIABLE path)
        file(SIZE ${path} size)
        if(bytes GREATER MAILBAN_UNIT)
            math(EXPR unit "${unit} + 1")
            set(bytes 0)
        endif()
        math(EXPR bytes "${bytes} + ${size}")
        set_source_files_properties(${source} TARGET_DIRECTORY ${target} PROPERTIES UNITY_GROUP ${unit})
    endforeach()
    # To g++ every source but the first looks like a header, where local types would be a mistake.
    target_compile_options(${target} PRIVATE $<$<CXX_COMPILER_ID:GNU>:-Wno-subobject-linkage>)
endfunction()
