#include "sasl_result.h"

#include <algorithm>
#include <array>

namespace mailban {

namespace {

struct SaslResult {
    int code = 0;
    std::string_view name{};
    EventKind kind = EventKind::abuse;
};

constexpr std::array<SaslResult, 25> kResults{{
    {kSaslFailed, "generic failure", EventKind::abuse},
    {-2, "no memory available", EventKind::auth_unavailable},
    {-3, "overflowed buffer", EventKind::abuse},
    {-4, "no mechanism available", EventKind::abuse},
    {-5, "bad protocol / cancel", EventKind::abuse},
    {-6, "can't request information until later in exchange", EventKind::abuse},
    {-7, "invalid parameter supplied", EventKind::abuse},
    {-8, "transient failure (e.g., weak key)", EventKind::abuse},
    {-9, "integrity check failed", EventKind::abuse},
    {-10, "server failed mutual authentication step", EventKind::abuse},
    {-11, "mechanism doesn't support requested feature", EventKind::abuse},
    {-12, "SASL library not initialized", EventKind::auth_unavailable},
    {-13, "authentication failure", EventKind::auth_failure},
    {-14, "authorization failure", EventKind::rejected},
    {-15, "mechanism too weak for this user", EventKind::rejected},
    {-16, "encryption needed to use mechanism", EventKind::rejected},
    {-17, "One time use of a plaintext password will enable requested mechanism for user",
     EventKind::rejected},
    {-18, "passphrase expired, has to be reset", EventKind::rejected},
    {-19, "account disabled", EventKind::rejected},
    {-20, "user not found", EventKind::auth_failure},
    {-23, "version mismatch with plug-in", EventKind::auth_unavailable},
    {-24, "remote authentication server unavailable", EventKind::auth_unavailable},
    {-26, "user exists, but no verifier for user", EventKind::abuse},
    {-32, "channel binding failure", EventKind::abuse},
    {-100, "error when parsing configuration file", EventKind::auth_unavailable},
}};

}  // namespace

EventKind kind_of_sasl_result(int code) noexcept
{
    const auto* const found = std::find_if(kResults.begin(), kResults.end(),
                                           [&](const auto& result) { return result.code == code; });
    return found == kResults.end() ? EventKind::abuse : found->kind;
}

EventKind kind_of_sasl_failure(std::string_view detail) noexcept
{
    const bool is_blank = detail.find("All-whitespace username") != std::string_view::npos;
    return is_blank ? EventKind::auth_failure : kind_of_sasl_result(kSaslFailed);
}

std::optional<int> sasl_result_named(std::string_view name) noexcept
{
    const auto* const found = std::find_if(kResults.begin(), kResults.end(),
                                           [&](const auto& result) { return result.name == name; });
    if (found == kResults.end()) return std::nullopt;
    return found->code;
}

}  // namespace mailban
