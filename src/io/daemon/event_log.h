// EventLog: messages about events. Where stderr goes to systemd's journal, they go there by
// themselves and have fields (mailban/hook/journal_fields.h); else they are lines of the log.
#pragma once

#include "mailban/hook/hook_event.h"
#include "mailban/parse/event.h"

#include <spdlog/common.h>

#include <optional>
#include <string>
#include <vector>

namespace mailban::io {

class EventLog {
public:
    // Looks whether stderr is the stream that JOURNAL_STREAM names (systemd.exec(5)).
    EventLog();

    // `log`: the name of the log that it comes from, or empty.
    void note(spdlog::level::level_enum level, const std::string& text,
              const std::optional<HookEvent>& hook_event, const std::string& log) const;
    // An event as a log tells it; at level debug.
    bool shows_events() const;
    void note(const Event& event, const std::string& log) const;

private:
    void write(spdlog::level::level_enum level, const std::string& text,
               std::vector<std::string> fields, const std::string& log) const;

    bool is_journal_ = false;
};

}  // namespace mailban::io
