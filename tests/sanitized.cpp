// How programs with the address sanitizer run in tests; they are started some thousand times.
#include <fstream>
#include <string>

namespace {

// The daemon, and programs of tests. proc(5): the arguments, each with a NUL at its end.
bool is_searched_for_leaks()
{
    std::ifstream command_line("/proc/self/cmdline", std::ios::binary);
    std::string program;
    std::string command;
    std::getline(command_line, program, '\0');
    std::getline(command_line, command, '\0');
    return !program.ends_with("/mailban") || command == "run";
}

}  // namespace

extern "C" {

// Where memory was allocated is not kept, and little of what was freed: it is a third of the time
// that a command takes. ASAN_OPTIONS=malloc_context_size=30 shows the whole of an error that was
// found.
const char* __asan_default_options();
const char* __asan_default_options()
{
    return "malloc_context_size=0:quarantine_size_mb=16";
}

// The daemon and the tests are searched for leaks when they end. A command that ends at once is
// not: the search takes as long as the command.
int __lsan_is_turned_off();
int __lsan_is_turned_off()
{
    return is_searched_for_leaks() ? 0 : 1;
}
}
