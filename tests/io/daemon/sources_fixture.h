// The sources of a daemon, and what one life of them hands over.
#pragma once

#include "io/daemon/sources.h"
#include "io/source/journal_fixture.h"

#include <gmock/gmock.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace mailban::io {

inline std::string failure(int client)
{
    return "login authenticator failed for (x) [192.0.2." + std::to_string(client) +
           "]: 535 Incorrect authentication data";
}

inline SourceConfig file_source(const std::string& path)
{
    SourceConfig source;
    source.file = path;
    return source;
}

// One life of the sources: the clients of its events, by log, and where each log was read to.
struct SourcesLife {
    SourcesLife(std::vector<SourceConfig> configs, std::map<std::string, SourcePosition> start)
        : positions(std::move(start))
    {
        SourcesSink sink;
        sink.on_event = [this](const Event& event, SourceId source, Arrival, Timestamp) {
            events.push_back(event.ip.to_string());
            logs.push_back(names.name_of(source));
            times.push_back(format_timestamp(event.time));
        };
        sink.on_progress = [this](const std::string& log, const SourcePosition& position) {
            positions.insert_or_assign(log, position);
        };
        sink.on_rest = [this](const std::string& log, const LogPosition& position) {
            positions.insert_or_assign(log, position);
        };
        sources =
            std::make_unique<Sources>(context, names, std::move(configs),
                                      SourcesPast{positions, {}}, kFirstEntry, std::move(sink));
        sources->start();
        const bool is_done = run_until(context, [this] {
            const auto reports = sources->reports();
            return std::ranges::all_of(reports, [](const auto& one) { return one.caught_up; });
        });
        EXPECT_TRUE(is_done);
        run_ready(context);
    }
    ~SourcesLife()
    {
        sources->stop();
        EXPECT_TRUE(run_until(context, [this] { return sources->idle(); }));
    }

    SourceNames names;
    asio::io_context context{1};
    std::map<std::string, SourcePosition> positions;
    std::vector<std::string> events{};
    std::vector<std::string> logs{};
    std::vector<std::string> times{};
    std::unique_ptr<Sources> sources{};
};

}  // namespace mailban::io
