// An engine with a clock that tests move, and what its effects hold.
#pragma once

#include "mailban/engine/engine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace mailban::test {

inline constexpr Timestamp kStart{std::chrono::seconds(1'800'000'000)};

inline Config five_in_ten_minutes()
{
    Config config;
    Rule rule;
    rule.name = "password-guessing";
    config.rules = {rule};
    return config;
}

inline Event failure(const std::string& ip, Timestamp at)
{
    Event event;
    event.ip = *IpAddress::parse(ip);
    event.time = at;
    return event;
}

template <class Kind>
std::vector<Kind> all_of(const Effects& effects)
{
    std::vector<Kind> found;
    for (const auto& effect : effects) {
        if (const auto* one = effect_as<Kind>(effect)) found.push_back(*one);
    }
    return found;
}

class AnEngine : public ::testing::Test {
protected:
    explicit AnEngine(Config config = five_in_ten_minutes()) : engine_(config, PrefixSet(), 1) {}

    Effects fail(const std::string& ip, Arrival arrival = Arrival::live)
    {
        return engine_.observe(failure(ip, now_), 0, arrival, now_);
    }
    std::vector<Enforce> fail_times(const std::string& ip, int times)
    {
        std::vector<Enforce> changes;
        for (int i = 0; i < times; ++i) {
            now_ += std::chrono::seconds(1);
            for (const auto& change : all_of<Enforce>(fail(ip)))
                changes.push_back(change);
        }
        return changes;
    }

    Engine engine_;
    Timestamp now_ = kStart;
};

}  // namespace mailban::test
