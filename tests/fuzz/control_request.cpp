// Any bytes as a request on the control socket: an error, or a request that holds together.
#include "mailban/control/protocol.h"

#include <cstdlib>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size)
{
    const std::string_view line(reinterpret_cast<const char*>(data), size);
    const auto request = mailban::parse_request(line);
    if (!request && request.error().message.empty()) std::abort();
    return 0;
}
